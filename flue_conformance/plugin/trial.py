"""`Trial`: one run of one spec, and what it leaves for the report."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from flue_conformance.specs.support.database import Database
from flue_conformance.specs.support.ledger import Ledger


@dataclass(slots=True)
class Trial:
    """What a spec called, and the databases that it had."""

    ledger: Ledger = field(default_factory=Ledger)
    databases: list[Database] = field(default_factory=list)
    kept: bool = False
    """Whether the databases stay where they are."""


_TRIAL = pytest.StashKey[Trial]()


def begin_trial(item: pytest.Item) -> None:
    """Begin a run of a spec; plugins that repeat failed tests begin several."""
    item.stash[_TRIAL] = Trial()


def trial_of(item: pytest.Item) -> Trial:
    """Return the current run of a spec."""
    return item.stash.setdefault(_TRIAL, Trial())
