"""Calls about submissions that are held open, and what others do meanwhile."""

from __future__ import annotations

from functools import partial
from typing import Final

from flue_conformance.contract import (
    AdmittedSubmission,
    AgentSubmission,
    DispatchConflict,
    StreamChunkSegment,
    SubmissionLease,
    session_key,
)
from flue_conformance.specs.scenarios.admission_races import admitted_or_error
from flue_conformance.specs.scenarios.admissions import as_stored
from flue_conformance.specs.scenarios.deleting import nothing
from flue_conformance.specs.scenarios.deletion_races import expect_replay, receipt
from flue_conformance.specs.scenarios.steps import (
    begin_turn,
    queue,
    queue_and_settle,
    queue_and_start,
    read,
    read_journal,
)
from flue_conformance.specs.scenarios.values import claim, direct_input, dispatch_input, now
from flue_conformance.specs.support.database import Handle
from flue_conformance.specs.support.racing import errors, only_winner, outlasting
from flue_conformance.specs.support.standing import Call, Stage

PADDING: Final = "x" * 20_000
"""Makes an admission last longer."""


async def claim_beside_a_claim(stage: Stage, name: str) -> None:
    """Expect one of two claims to be granted. CLAIM-03."""
    other = stage.other.submissions
    await queue(other, name, session=name)

    claims = await stage.play(
        partial(stage.slow.submissions.claim_submission, claim(name, "attempt-1")),
        partial(other.claim_submission, claim(name, "attempt-2")),
    )

    winner = only_winner(claims, _is_there, "claims that returned the submission, one held open")
    found = await read(other, name)
    if winner is not None:
        stage.expect.equal(found, claims[winner].value, "the submission after both claims")
    stage.expect.equal(found.attempt_count, 1, "the attempts after both claims")


async def requeue_beside_a_claim_behind(stage: Stage, name: str) -> None:
    """Expect a claim to fail behind the head that is put back. CLAIM-04."""
    other = stage.other.submissions
    head = await queue_and_start(other, f"{name} first", session=name)
    await queue(other, f"{name} second", session=name)

    _, claimed = await stage.play(
        partial(stage.slow.submissions.requeue_submission_before_input_applied, head),
        partial(other.claim_submission, claim(f"{name} second")),
    )

    about = "a claim behind a head that another process was requeueing"
    stage.expect.none(claimed.value, about)
    found = await read(other, f"{name} second")
    stage.expect.equal(found.status, "queued", "the later submission")


async def dispatch_beside_its_twin(stage: Stage, name: str) -> None:
    """Expect both to return one submission. ADMISSION-24."""
    dispatch = dispatch_input(name, session=name)

    racers = await stage.play(
        partial(stage.slow.submissions.admit_dispatch, dispatch),
        partial(stage.other.submissions.admit_dispatch, dispatch),
    )

    stage.expect.equal(errors(racers), [], "what identical dispatches raised")
    admitted = AdmittedSubmission(await read(stage.other.submissions, name))
    for racer in racers:
        stage.expect.equal(racer.value, admitted, "one of identical dispatches, one held open")


async def prompt_beside_its_twin(stage: Stage, name: str) -> None:
    """Expect both to return one submission. ADMISSION-24."""
    prompt = direct_input(name, session=name)

    racers = await stage.play(
        partial(stage.slow.submissions.admit_direct, prompt),
        partial(stage.other.submissions.admit_direct, prompt),
    )

    stage.expect.equal(errors(racers), [], "what identical direct prompts raised")
    admitted = await read(stage.other.submissions, name)
    for racer in racers:
        stage.expect.equal(racer.value, admitted, "one of identical prompts, one held open")


async def dispatch_beside_another(stage: Stage, name: str) -> None:
    """Expect one of two that differ to be admitted. ADMISSION-25."""
    dispatches = [dispatch_input(name, session=f"{name} {place}") for place in range(2)]

    racers = await stage.play(
        partial(stage.slow.submissions.admit_dispatch, dispatches[0]),
        partial(stage.other.submissions.admit_dispatch, dispatches[1]),
    )

    stage.expect.equal(errors(racers), [], "what different dispatches of one id raised")
    winner = only_winner(
        racers,
        lambda admission: isinstance(admission, AdmittedSubmission),
        "different dispatches of one id that were admitted, one held open",
    )
    if winner is not None:
        admitted = await read(stage.other.submissions, name)
        stage.expect.equal(admitted.input, as_stored(dispatches[winner]), "what was admitted")
        stage.expect.equal(racers[winner].value, AdmittedSubmission(admitted), "its admission")
        stage.expect.equal(racers[1 - winner].value, DispatchConflict(), "the other dispatch")


async def prompt_beside_another(stage: Stage, name: str) -> None:
    """Expect one of two that differ to be admitted. ADMISSION-25."""
    prompts = [direct_input(name, session=f"{name} {place}") for place in range(2)]
    other = stage.other.submissions

    racers = await stage.play(
        partial(admitted_or_error, stage.slow.submissions, prompts[0]),
        partial(admitted_or_error, other, prompts[1]),
    )

    # A refusal may look like contention, so each prompt gets its final answer afterwards.
    in_the_end = [await admitted_or_error(other, prompt) for prompt in prompts]
    admitted = [
        place for place, outcome in enumerate(in_the_end) if isinstance(outcome, AgentSubmission)
    ]
    about = "different prompts of one id that are admitted in the end, one held open"
    stage.expect.equal(len(admitted), 1, about)
    for place, racer in enumerate(racers):
        if isinstance(racer.value, AgentSubmission):
            stage.expect.equal(place, admitted[0], "which prompt was admitted, 0 was held open")
            stage.expect.equal(racer.value, in_the_end[place], "the prompt that was admitted")
    found = await read(other, name)
    stage.expect.equal(found.input, prompts[admitted[0]], "the input that was admitted")


async def admission_beside_a_turn(stage: Stage, name: str) -> None:
    """Expect a later sequence of what is admitted late than of what runs. ORDERING-16."""
    other = stage.other.submissions
    admit = partial(queue, stage.slow.submissions, f"{name} held", session=name, input=PADDING)

    admission, turn = await stage.play(admit, partial(_turn, stage.other, name))

    stage.expect.equal(errors([admission]) + errors([turn]), [], "what admissions raised")
    assert turn.value is not None
    admitted, runs = turn.value
    late = await read(other, f"{name} held")
    stage.expect.that(
        runs == (late.sequence > admitted.sequence),
        came_back=f"{late.sequence} and {admitted.sequence}, of which the second "
        f"{'ran' if runs else 'waited'}",
        expected="the first less than the second if that waited, else greater",
        about="the sequences of two dispatches to one session: one whose admission was "
        "held open, and one that another process admitted and claimed meanwhile",
    )


async def completion_beside_a_failure(stage: Stage, name: str) -> None:
    """Expect one of two endings to count. LIFECYCLE-10."""
    other = stage.other.submissions
    mine = await queue_and_start(other, name, session=name)

    racers = await stage.play(
        partial(stage.slow.submissions.complete_submission, mine),
        partial(other.fail_submission, mine, RuntimeError("failed")),
    )

    about = "endings that returned true, of a completion that was held open and a failure"
    winner = only_winner(racers, bool, about)
    found = await read(other, name)
    stage.expect.equal(found.status, "settled", "the status after both")
    if winner is not None:
        stage.expect.equal(found.error, (None, "failed")[winner], "the error of what counted")


async def replacement_beside_a_replacement(stage: Stage, name: str) -> None:
    """Expect one of two takeovers to succeed. JOURNAL-17."""
    other = stage.other.submissions
    mine = await queue_and_start(other, name, session=name)
    await begin_turn(other, name)
    leases = [SubmissionLease(f"owner-{place}", now() + 30_000) for place in range(2)]

    racers = await stage.play(
        partial(stage.slow.submissions.replace_turn_journal_attempt, mine, "next-0", leases[0]),
        partial(other.replace_turn_journal_attempt, mine, "next-1", leases[1]),
    )

    about = "replacements that returned the submission, one held open"
    winner = only_winner(racers, _is_there, about)
    found = await read(other, name)
    if winner is not None:
        stage.expect.equal(found, racers[winner].value, "the submission after both replacements")
    stage.expect.equal(found.attempt_count, 2, "the attempts after both replacements")
    journal = await read_journal(other, name)
    stage.expect.equal(journal.attempt_id, found.attempt_id, "the attempt of the journal")


async def replacement_beside_a_completion(stage: Stage, name: str) -> None:
    """Expect one of them to apply. JOURNAL-17."""
    other = stage.other.submissions
    mine = await queue_and_start(other, name, session=name)

    replace: Call[object] = partial(
        stage.slow.submissions.replace_turn_journal_attempt, mine, "attempt-2"
    )
    complete: Call[object] = partial(other.complete_submission, mine)

    racers = await stage.play(replace, complete)

    about = "calls that applied, of a replacement that was held open and a completion"
    winner = only_winner(racers, bool, about)
    if winner is not None:
        found = await read(other, name)
        stage.expect.equal(found.status, ("running", "settled")[winner], "the status after both")


async def chunk_beside_its_twin(stage: Stage, name: str) -> None:
    """Expect one of two bodies to be stored. CHUNK-02."""
    other = stage.other.submissions

    racers = await stage.play(
        partial(stage.slow.submissions.append_stream_chunk_segment, name, 0, "body 0"),
        partial(other.append_stream_chunk_segment, name, 0, "body 1"),
    )

    about = "appends of one chunk that returned true, one held open"
    winner = only_winner(racers, bool, about)
    stored = await other.get_stream_chunk_segments(name)
    if winner is not None:
        expected = [StreamChunkSegment(0, f"body {winner}")]
        stage.expect.equal(list(stored), expected, "the stored chunk")


async def replay_beside_a_deletion(stage: Stage, name: str) -> None:
    """Expect a replay to queue nothing. DELETION-15."""
    other = stage.other.submissions
    await queue_and_settle(other, name, session=name)
    settled = AdmittedSubmission(await read(other, name))

    replayed, deleted = await stage.play(
        partial(stage.slow.submissions.admit_dispatch, dispatch_input(name, session=name)),
        partial(other.delete_session, session_key("agent-1", name), nothing),
    )

    stage.expect.equal(errors([deleted]), [], "what the deletion of a settled session raised")
    expect_replay(stage.expect, replayed, settled, receipt(name))
    stage.expect.none(await other.get_submission(name), "the submission afterwards")


async def _turn(handle: Handle, session: str) -> tuple[AgentSubmission, bool]:
    """Admit to a session and claim; returns the submission, and whether it runs."""
    name = f"{session} meanwhile"
    admitted = await outlasting(partial(queue, handle.submissions, name, session=session))
    await outlasting(partial(handle.submissions.claim_submission, claim(name)))
    found = await outlasting(partial(read, handle.submissions, name))
    return admitted, found.status == "running"


def _is_there(submission: AgentSubmission | None) -> bool:
    return submission is not None
