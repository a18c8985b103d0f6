"""`Outcome` and `SpecResult`: what one spec showed of one rule."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from flue_conformance.rules import Level, Requirement


class Outcome(StrEnum):
    """The six outcomes, never merged; only `HELD` is a pass."""

    HELD = "held"
    BROKEN = "broken"
    NOT_APPLICABLE = "not applicable"
    """The edition lacks the rule, the durability is not declared, or a hook is missing."""
    NOT_RUN = "not run"
    """Filtered away, left out by the profile, or without what this machine would need for it."""
    WAIVED = "waived"
    """A deviation that the adapter's author knows and has given a reason for."""
    ERROR = "error"
    """The kit's fault or the environment's; it says nothing about the adapter."""


_GRAVEST_FIRST = (
    Outcome.ERROR,
    Outcome.BROKEN,
    Outcome.WAIVED,
    Outcome.NOT_RUN,
    Outcome.HELD,
    Outcome.NOT_APPLICABLE,
)


def gravest(outcomes: Iterable[Outcome]) -> Outcome:
    """Return the outcome that several together amount to.

    One spec that was not run spoils any number that held, and *not applicable* needs all to say
    so. Raises `ValueError` when there is none: nothing shown is for the caller to judge.
    """
    return min(outcomes, key=_GRAVEST_FIRST.index)


@dataclass(frozen=True, slots=True)
class SpecResult:
    """What one run of one spec showed of one rule."""

    rule_id: str
    level: Level | None
    """The level that the spec proves the rule at; None: the lowest from which the rule counts."""
    node_id: str
    outcome: Outcome
    reason: str = ""
    requirement: Requirement | None = None
    """Weaker than the rule's where the spec is about a weaker part of it; None: the rule's own.

    EVENT-09 is a MUST, yet that the second append raises is a SHOULD: a spec of that part can
    neither break nor hold the rule, and its findings are listed beside it.
    """
