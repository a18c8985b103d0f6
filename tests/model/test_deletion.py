"""What a deletion may remove where the contract leaves open what a journal names."""

from __future__ import annotations

from flue_conformance.contract import (
    CreateTurnJournalInput,
    SubmissionAttemptRef,
    SubmissionClaimRef,
    TurnJournalUpdate,
)
from flue_conformance.model import Call, State, steps

from .worlds import AT, KEY, dispatch

OWNER = SubmissionAttemptRef("a", "1")
TURN = CreateTurnJournalInput("a", KEY, "dispatch", "1", "op", "turn", "before_provider")
RUNNING = (
    ("submissions.admit_dispatch", dispatch("a")),
    ("submissions.claim_submission", SubmissionClaimRef("a", "1", "owner", 0)),
)
CHUNKS = tuple(
    ("submissions.append_stream_chunk_segment", stream_key, 0, "body") for stream_key in "xyz"
)
DELETED = (
    ("submissions.complete_submission", OWNER),
    ("deletion.mark", KEY),
    ("deletion.clean", KEY),
)


def kept(*made: tuple[object, ...]) -> set[str]:
    """Return each set of streams that may be left after calls, as one word."""
    states = [State("0.11")]
    for name, *arguments in made:
        call = Call.of(str(name), *arguments, at=AT)
        states = [step.state for state in states for step in steps(state, call)]
    assert not any(state.journals for state in states)
    return {"".join(sorted(stream_key for stream_key, _ in state.chunks)) for state in states}


def test_a_removed_journal_takes_the_stream_that_it_names_along() -> None:
    begun = ("submissions.begin_turn_journal", TURN)
    named = (
        "submissions.update_turn_journal_phase",
        OWNER,
        "provider_started",
        TurnJournalUpdate(stream_key="x"),
    )
    assert kept(*RUNNING, begun, named, *CHUNKS, *DELETED) == {"yz"}


def test_a_journal_begun_before_its_submission_may_have_named_any_stream() -> None:
    # JOURNAL-05: an adapter may have refused it, or have kept it with whatever it names.
    early = ("submissions.begin_turn_journal", TURN)
    assert kept(early, *RUNNING, *CHUNKS, *DELETED) == {"xyz", "xy", "xz", "yz"}
