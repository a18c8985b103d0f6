"""What no order explains is broken, as far as the contract promises an order."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from flue_conformance.contract import StreamChunkSegment, SubmissionAttemptRef
from flue_conformance.harness import Answer, Operation, check
from flue_conformance.harness.explaining import Contract, promised
from flue_conformance.model import Call, Moment
from flue_conformance.specs.support.broken import BrokenRule
from flue_conformance.specs.support.clients import History
from flue_conformance.specs.support.explained import expect_agreement

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
