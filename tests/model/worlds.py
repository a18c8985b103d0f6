"""Every state that a few calls can lead to, and what has to hold in each of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from flue_conformance.contract import (
    CreateTurnJournalInput,
    SubmissionAttemptRef,
    SubmissionClaimRef,
    TurnJournalUpdate,
    session_key,
)
from flue_conformance.model import Call, Moment, State, Step, steps
from flue_conformance.model.records import Journal

AT = Moment(1_900_000_000_000, 1_900_000_000_010)
KEY = session_key("agent", "one")
NAMES = ("a", "b")


def dispatch(name: str) -> dict[str, Any]:
    return {
        "dispatchId": name,
        "agent": "triage",
        "id": "agent",
        "session": "one",
        "input": None,
        "acceptedAt": "2026-06-03T10:20:30.456Z",
    }


def direct(name: str) -> dict[str, Any]:
    given = dispatch(name)
    return {
        "kind": "direct",
        "submissionId": given.pop("dispatchId"),
        "payload": {"message": "hello"},
        **{key: value for key, value in given.items() if key != "input"},
    }


def calls() -> Iterator[Call]:
    """Return calls about two submissions of one session, each by two attempts."""
    yield _call("submissions.admit_dispatch", dispatch("a"))
    yield _call("submissions.admit_direct", direct("b"))
    yield _call("deletion.mark", KEY)
    yield _call("deletion.clean", KEY)
    yield _call("deletion.give_up", KEY)
    for name in NAMES:
        for attempt_id in ("1", "2"):
            owner = SubmissionAttemptRef(name, attempt_id)
            claim = SubmissionClaimRef(name, attempt_id, "owner", 0)
            yield _call("submissions.claim_submission", claim)
            yield _call("submissions.complete_submission", owner)
            yield _call("submissions.requeue_submission_before_input_applied", owner)
            yield _call("submissions.mark_submission_input_applied", owner)
        yield _call(
            "submissions.replace_turn_journal_attempt", SubmissionAttemptRef(name, "1"), "2"
        )
    turn = CreateTurnJournalInput("a", KEY, "dispatch", "1", "op", "turn", "before_provider")
    one = SubmissionAttemptRef("a", "1")
    yield _call("submissions.begin_turn_journal", turn)
    update = TurnJournalUpdate(stream_key="key")
    yield _call("submissions.update_turn_journal_phase", one, "provider_started", update)
    yield _call("submissions.commit_turn_journal", one, "leaf")
    yield _call("submissions.append_stream_chunk_segment", "key", 0, "body")


def _call(name: str, *arguments: object) -> Call:
    return Call.of(name, *arguments, at=AT)


def is_possible(state: State, call: Call) -> bool:
    """Return whether a runtime would make a call: phases of a deletion come in their order."""
    if call.name in ("deletion.clean", "deletion.give_up"):
        return KEY in state.deleting
    if call.name == "deletion.mark":
        return KEY not in state.deleting
    # What a stale attempt begins is unspecified.
    return call.name != "submissions.begin_turn_journal" or any(
        each.status == "running" and each.attempt_id == "1"
        for each in state.submissions.values()
        if each.submission_id == "a"
    )


def explored(most: int) -> Iterator[tuple[State, Call, Step]]:
    """Return every step from every state that can be reached, the nearest ones first."""
    every = list(calls())
    known = {State("0.11")}
    level: Sequence[State] = list(known)
    while level and len(known) < most:
        reached: list[State] = []
        for state in level:
            for call in every:
                if not is_possible(state, call):
                    continue
                for step in steps(state, call):
                    yield state, call, step
                    if step.state not in known and _small(step.state):
                        known.add(step.state)
                        reached.append(step.state)
        level = reached


def _small(state: State) -> bool:
    """Keep what can grow for ever small."""
    journals = (each for each in state.journals.values() if isinstance(each, Journal))
    counts = (each.attempt_count for each in state.submissions.values())
    return (
        all(each.revision < 4 for each in journals)
        and all(not isinstance(count, int) or count < 3 for count in counts)
        and all(lane.admitted < 4 for lane in state.lanes.values())
    )
