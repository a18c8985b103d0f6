"""Section 3.14, as far as those tell who boot at once."""

from __future__ import annotations

from flue_conformance.model.relations import Moment
from flue_conformance.model.state import State
from flue_conformance.model.steps import Step, Steps


def migrate(state: State, at: Moment) -> Steps:
    """Make a location ready; it loses nothing that is there, whoever does it meanwhile."""
    del at
    yield Step(state, None, ("ADAPTER-08", "ADAPTER-01"))
