"""What no order explains is broken, as far as the contract promises an order."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, Final

import pytest

from flue_conformance.contract import (
    EventStreamReadResult,
    StreamChunkSegment,
    StreamEvent,
    SubmissionAttemptRef,
    format_offset,
)
from flue_conformance.harness import Answer, Operation, check
from flue_conformance.harness.explaining import Contract, promised
from flue_conformance.model import Call, Failure, Moment
from flue_conformance.specs.support.broken import BrokenRule
from flue_conformance.specs.support.clients import History
from flue_conformance.specs.support.explained import decide, expect_agreement

AT = Moment(0, 1)


def called(
    name: str, *arguments: object, began: int, ended: int, outcome: object
) -> Operation[Call]:
    call = Call.of(f"submissions.{name}", *arguments, at=AT)
    return Operation("client", "key", call, began, ended, outcome)


def history(*, asked_from: int, asked_to: int, answer: bool) -> History:
    """Return one in which a submission is seen at 10 and begins to be settled at 20."""
    queued = SimpleNamespace(submission_id="a", status="queued")
    settled = called(
        "complete_submission", SubmissionAttemptRef("a", "1"), began=20, ended=25, outcome=True
    )
    return History(
        operations=[called("get_submission", "a", began=5, ended=10, outcome=queued), settled],
        homes={"a": "key"},
        unsettled=[
            called("has_unsettled_submissions", began=asked_from, ended=asked_to, outcome=answer)
        ],
    )


def test_nobody_is_told_of_no_work_while_there_is_some() -> None:
    with pytest.raises(BrokenRule) as caught:
        expect_agreement(history(asked_from=12, asked_to=15, answer=False))

    assert caught.value.rules == ("ORDERING-11",)


@pytest.mark.parametrize(
    ("asked_from", "asked_to", "answer"),
    [(12, 15, True), (8, 15, False), (12, 22, False), (30, 31, False)],
)
def test_nothing_is_said_of_what_overlaps(asked_from: int, asked_to: int, answer: bool) -> None:
    expect_agreement(history(asked_from=asked_from, asked_to=asked_to, answer=answer))


def appended(index: int, body: str, *, began: int, ended: int, outcome: bool) -> Operation[Call]:
    name = "append_stream_chunk_segment"
    return called(name, "key", index, body, began=began, ended=ended, outcome=outcome)


def seen(*segments: tuple[int, str], began: int, ended: int) -> Operation[Call]:
    outcome = [StreamChunkSegment(index, body) for index, body in segments]
    name = "get_stream_chunk_segments"
    return called(name, "key", began=began, ended=ended, outcome=outcome)


def test_a_deletion_may_miss_the_segment_that_is_appended_meanwhile() -> None:
    operations = [
        appended(3, "early", began=1, ended=2, outcome=True),
        called("delete_stream_chunk_segments", "key", began=3, ended=9, outcome=None),
        appended(2, "meanwhile", began=4, ended=5, outcome=True),
        seen((2, "meanwhile"), (3, "early"), began=6, ended=7),
        seen((2, "meanwhile"), began=10, ended=11),
    ]

    assert check(promised(operations), Contract("0.11"), budget=1_000).answer is Answer.EXPLAINED


@pytest.mark.parametrize(
    "unexplained",
    [
        appended(3, "other", began=3, ended=4, outcome=True),
        seen(began=3, ended=4),
        seen((3, "other"), began=3, ended=4),
        seen((2, "nobody's"), (3, "early"), began=3, ended=4),
    ],
)
def test_a_segment_stays_as_it_was_appended(unexplained: Operation[Call]) -> None:
    operations = [appended(3, "early", began=1, ended=2, outcome=True), unexplained]

    assert check(promised(operations), Contract("0.11"), budget=1_000).answer is Answer.VIOLATED


def streamed(name: str, *arguments: object, began: int, ended: int, outcome: object) -> Any:
    call = Call.of(f"streams.{name}", "path", *arguments, at=AT)
    return Operation("client", "path", call, began, ended, outcome)


def page(*events: tuple[int, str], after: int = -1) -> EventStreamReadResult:
    """Return what is read to the end of an open stream."""
    found = [StreamEvent(data, format_offset(number)) for number, data in events]
    end = found[-1].offset if found else "-1" if after < 0 else format_offset(after)
    return EventStreamReadResult(found, end, up_to_date=True, closed=False)


HELD_OPEN: Final = (
    streamed("create_stream", began=1, ended=2, outcome=None),
    streamed("append_event", "slow", began=3, ended=9, outcome=format_offset(0)),
    streamed("append_event", "quick", began=4, ended=5, outcome=format_offset(1)),
)


def test_a_reader_that_passes_an_event_under_way_breaks_advice_alone() -> None:
    passing = streamed("read_events", began=6, ended=7, outcome=page((1, "quick")))
    both = page((0, "slow"), (1, "quick"))
    after = streamed("read_events", began=10, ended=11, outcome=both)

    with pytest.raises(BrokenRule) as caught:
        decide(History(operations=[*HELD_OPEN, passing, after]), "0.11")

    assert caught.value.rules == ("STREAM-39",)


@pytest.mark.parametrize(
    "read",
    [
        streamed("read_events", began=10, ended=11, outcome=page((1, "quick"))),
        streamed("read_events", began=6, ended=7, outcome=page((0, "quick"))),
        streamed("read_events", began=6, ended=7, outcome=page()),
    ],
)
def test_a_reader_that_misses_what_was_acknowledged_breaks_more(read: Operation[Call]) -> None:
    with pytest.raises(BrokenRule) as caught:
        decide(History(operations=[*HELD_OPEN, read]), "0.11")

    assert "STREAM-39" not in caught.value.rules


@pytest.mark.parametrize(("lost", "decided"), [(1, True), (9, False)])
def test_a_history_of_few_answers_is_undecided(lost: int, decided: bool) -> None:
    answered = streamed("create_stream", began=1, ended=2, outcome=None)
    call = Call.of("streams.create_stream", "path", at=AT)
    unanswered = [Operation("client", "path", call, 1) for _ in range(lost)]

    assert decide(History(operations=[answered, *unanswered]), "0.11") is decided


def test_a_migration_that_raised_is_explained_by_nothing() -> None:
    call = Call.of("adapter.migrate", at=AT)
    failed = Operation("client", "location", call, 1, 2, Failure(RuntimeError("exists")))

    with pytest.raises(BrokenRule) as caught:
        decide(History(operations=[failed]), "0.11")

    assert "ADAPTER-08" in caught.value.rules
