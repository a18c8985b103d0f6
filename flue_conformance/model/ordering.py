"""Section 3.3: the queue of each session, and what lists show of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from flue_conformance.model.records import Submission
from flue_conformance.model.relations import MISFIT, Moment, Pattern
from flue_conformance.model.state import State
from flue_conformance.model.steps import Step, Steps


@dataclass(frozen=True)
class Listed(Pattern):
    """Submissions in ascending order of their sequences."""

    certain: tuple[Submission, ...]
    possible: tuple[Submission, ...] = ()
    """Those that may be among them."""

    def learned(self, seen: object) -> Any:
        """Return the submissions that were listed, with all that is known of them."""
        if not isinstance(seen, Sequence):
            return MISFIT
        expected = {each.submission_id: each for each in (*self.certain, *self.possible)}
        known: list[Any] = []
        for record in seen:
            submission = expected.pop(record.submission_id, None)
            known.append(submission.learned(record) if submission else MISFIT)
        if MISFIT in known or any(each.submission_id in expected for each in self.certain):
            return MISFIT
        ascending = all(one.sequence < other.sequence for one, other in pairwise(known))
        return Listed(tuple(known)) if ascending else MISFIT

    def kept_in(self, state: State) -> State | None:
        """Return the state that has the submissions."""
        kept: State | None = state
        for each in self.certain:
            kept = each.kept_in(kept) if kept else None
        return kept

    def __str__(self) -> str:
        listed = ", ".join(map(str, self.certain))
        possible = f", perhaps also {', '.join(map(str, self.possible))}" if self.possible else ""
        return f"[{listed}]{possible}"


def get_submission(state: State, at: Moment, submission_id: str) -> Steps:
    """Return a submission, or null."""
    del at
    found = state.submissions.get(submission_id)
    yield Step(state, found, ("ORDERING-12",) if found is None else ("DURABILITY-03",))


def has_unsettled_submissions(state: State, at: Moment) -> Steps:
    """Tell whether anything is queued or running."""
    del at
    unsettled = any(each.unsettled for each in state.submissions.values())
    yield Step(state, unsettled, ("ORDERING-11",))


def list_runnable_submissions(state: State, at: Moment) -> Steps:
    """Return the first unsettled submission of each session, where that is queued."""
    del at
    heads = [
        head
        for key in state.lanes
        if (head := state.head(key)) is not None and head.status == "queued"
    ]
    rules = (
        "ORDERING-03",
        "ORDERING-04",
        "ORDERING-05",
        "ORDERING-06",
        "ORDERING-08",
        "ORDERING-16",
    )
    yield _listed(state, heads, rules)


def list_running_submissions(state: State, at: Moment) -> Steps:
    """Return all running submissions, whatever their leases."""
    del at
    yield _listed(state, running(state), ("ORDERING-10", "CLAIM-04"))


def running(state: State) -> list[Submission]:
    """Return all running submissions."""
    return [each for each in state.submissions.values() if each.status == "running"]


def _listed(state: State, found: Iterable[Submission], rules: tuple[str, ...]) -> Step:
    return Step(state, Listed(tuple(found)), rules)
