"""Section 3.9: deletion of a session, in the phases that others can see."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import product
from typing import Final

from flue_conformance.contract import SessionBusy
from flue_conformance.model.chunks import without
from flue_conformance.model.records import Receipt, Submission
from flue_conformance.model.relations import Between, Moment, Raises
from flue_conformance.model.state import State, Unspecified
from flue_conformance.model.steps import Step, Steps

CALLS_BACK: Final = "calls back"
"""What the first phase ends in, where it is not refused."""


def mark(state: State, at: Moment, session_key: str) -> Steps:
    """Begin: from the call to its callback, or to its refusal."""
    if state.head(session_key) is not None:
        yield Step(state, Raises(SessionBusy), ("DELETION-01",))
        return
    marked = replace(state, deleting=state.deleting.with_row(session_key, at.now))
    yield Step(marked, CALLS_BACK, ("DELETION-02", "DELETION-03"))


def clean(state: State, at: Moment, session_key: str) -> Steps:
    """Clean up: from the end of the callback to that of the call."""
    del at
    since = state.deleting.get(session_key, Between(0, 0))
    certain, uncertain = [], []
    for each in state.in_session(session_key):
        if each.accepted_at <= since.low:
            certain.append(each)
        else:
            uncertain.append(each)  # DELETION-08
    unmarked = replace(state, deleting=state.deleting.without(session_key))
    for removed in _subsets(certain, uncertain):
        rules = ("DELETION-06", "DELETION-07", "DELETION-08")
        for streams in product(*(_streams(state, each.submission_id) for each in removed)):
            yield Step(_removed(unmarked, removed, streams), None, rules)


def give_up(state: State, at: Moment, session_key: str) -> Steps:
    """End after a callback that raised, with its error."""
    del at
    unmarked = replace(state, deleting=state.deleting.without(session_key))
    yield Step(unmarked, Raises(), ("DELETION-09",))


def _subsets(certain: list[Submission], uncertain: list[Submission]) -> Iterator[list[Submission]]:
    if not uncertain:
        yield certain
        return
    first, *others = uncertain
    yield from _subsets(certain, others)
    yield from _subsets([*certain, first], others)


def _streams(state: State, submission_id: str) -> list[str | None]:
    """Return what the current stream key of a submission's journal may be."""
    journal = state.journals.get(submission_id)
    if isinstance(journal, Unspecified):  # JOURNAL-05: whichever its attempt has named, if any.
        return [None, *sorted({stream_key for stream_key, _ in state.chunks})]
    return [journal.stream_key if journal else None]


def _removed(state: State, removed: list[Submission], streams: Iterable[str | None]) -> State:
    ids = [each.submission_id for each in removed]
    receipts = state.receipts
    for each in removed:
        if each.kind == "dispatch":  # DELETION-07
            receipt = Receipt(each.submission_id, each.accepted_at)
            receipts = receipts.with_row(each.submission_id, receipt)
    return without(
        replace(
            state,
            submissions=state.submissions.without(*ids),
            journals=state.journals.without(*ids),
            receipts=receipts,
        ),
        {each for each in streams if each is not None},  # DELETION-06
    )
