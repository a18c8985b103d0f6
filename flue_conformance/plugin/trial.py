"""`Trial`: one run of one spec, and what it leaves for the report."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from flue_conformance.specs.support.database import Database
from flue_conformance.specs.support.ledger import Ledger
from flue_conformance.specs.support.pulse import Pulse


@dataclass(slots=True)
class Trial:
    """What a spec called, and the databases that it had."""

    ledger: Ledger = field(default_factory=Ledger)
    databases: list[Database] = field(default_factory=list)
    lent: list[Database] = field(default_factory=list)
    """Those of them that nobody has dropped yet."""
    kept: bool = False
    """Whether the databases stay where they are."""


_TRIAL = pytest.StashKey[Trial]()


def begin_trial(item: pytest.Item, pulse: Pulse) -> None:
    """Begin a run of a spec; plugins that repeat failed tests begin several."""
    item.stash[_TRIAL] = Trial(Ledger(pulse=pulse))


def forget_trial(item: pytest.Item) -> None:
    """Let go of all that a spec called: items live to the end of the run."""
    if _TRIAL in item.stash:
        del item.stash[_TRIAL]


def trial_of(item: pytest.Item) -> Trial:
    """Return the current run of a spec."""
    return item.stash.setdefault(_TRIAL, Trial())
