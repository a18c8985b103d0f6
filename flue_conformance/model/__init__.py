"""The executable specification: sections 3.1 to 3.13 of the contract as steps of a pure model.

A step leads from a state and a call to another state and a result; there are several where the
contract leaves something open. There is no database and no clock: time is an argument. What the
contract tells by relation alone, such as sequences and instants, is a pattern until it was seen.
"""

from __future__ import annotations

from flue_conformance.model.calls import METHODS, READS, Call, steps
from flue_conformance.model.index import Position
from flue_conformance.model.relations import Failure, Moment, Raises, told
from flue_conformance.model.state import State
from flue_conformance.model.steps import Step, difference

__all__ = [
    "METHODS",
    "READS",
    "Call",
    "Failure",
    "Moment",
    "Position",
    "Raises",
    "State",
    "Step",
    "difference",
    "steps",
    "told",
]
