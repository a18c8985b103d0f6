"""Admissions of one id that race, and how their outcomes are judged. ADMISSION-24, ADMISSION-25."""

from __future__ import annotations

from functools import partial
from typing import TypeAlias

from flue_conformance.contract import (
    AdmittedSubmission,
    AgentSubmission,
    AgentSubmissionStore,
    DirectAgentSubmissionInput,
    DispatchConflict,
    JsonValue,
)
from flue_conformance.specs.scenarios.admissions import as_stored
from flue_conformance.specs.scenarios.steps import read, start
from flue_conformance.specs.scenarios.values import attempt, direct_input, dispatch_input
from flue_conformance.specs.support.broken import BrokenRule
from flue_conformance.specs.support.database import Handle
from flue_conformance.specs.support.expect import Expect
from flue_conformance.specs.support.racing import errors, only_winner, together, values

Outcome: TypeAlias = AgentSubmission | Exception
Variants: TypeAlias = list[dict[str, JsonValue]]


async def race_identical_dispatches(handles: list[Handle], expect: Expect, rounds: int) -> None:
    """Race dispatches that are one and the same, two through each handle; all return one."""
    for number in range(rounds):
        dispatch = dispatch_input(f"dispatch-{number}", session=f"session-{number}")
        racers = await together(
            partial(handle.submissions.admit_dispatch, dispatch) for handle in handles * 2
        )

        expect.equal(errors(racers), [], "what identical dispatches raised")
        admitted = await read(handles[0].submissions, dispatch["dispatchId"])
        for admission in values(racers):
            expect.equal(admission, AdmittedSubmission(admitted), "one of identical dispatches")
    await _expect_one_each(handles, expect, rounds)


async def race_identical_prompts(handles: list[Handle], expect: Expect, rounds: int) -> None:
    """Race direct prompts that are one and the same, two through each handle; all return one."""
    for number in range(rounds):
        direct = direct_input(f"direct-{number}", session=f"session-{number}")
        racers = await together(
            partial(handle.submissions.admit_direct, direct) for handle in handles * 2
        )

        expect.equal(errors(racers), [], "what identical direct prompts raised")
        admitted = await read(handles[0].submissions, direct["submissionId"])
        for admission in values(racers):
            expect.equal(admission, admitted, "one of identical direct prompts")
    await _expect_one_each(handles, expect, rounds)


async def race_different_inputs(handles: list[Handle], expect: Expect, rounds: int) -> None:
    """Race dispatches of one id with different inputs."""
    for number in range(rounds):
        name = f"dispatch-{number}"
        session = f"session-{number}"
        variants: Variants = [{"session": session, "input": place} for place in range(8)]
        await _race_dispatches(handles, expect, name, variants)
    await _expect_one_each(handles, expect, rounds)


async def race_dispatches_to_different_sessions(
    handles: list[Handle], expect: Expect, rounds: int
) -> None:
    """Race dispatches of one id to different sessions."""
    for number in range(rounds):
        name = f"dispatch-{number}"
        variants: Variants = [{"session": f"session-{number}-{place}"} for place in range(8)]
        await _race_dispatches(handles, expect, name, variants)
    await _expect_one_each(handles, expect, rounds)


async def race_different_messages(handles: list[Handle], expect: Expect, rounds: int) -> None:
    """Race direct prompts of one id with different messages."""
    for number in range(rounds):
        session = f"session-{number}"
        variants: Variants = [
            {"session": session, "payload": {"message": f"message {place}"}} for place in range(8)
        ]
        await _race_direct_prompts(handles, expect, f"direct-{number}", variants)
    await _expect_one_each(handles, expect, rounds)


async def race_prompts_to_different_sessions(
    handles: list[Handle], expect: Expect, rounds: int
) -> None:
    """Race direct prompts of one id to different sessions."""
    for number in range(rounds):
        variants: Variants = [{"session": f"session-{number}-{place}"} for place in range(8)]
        await _race_direct_prompts(handles, expect, f"direct-{number}", variants)
    await _expect_one_each(handles, expect, rounds)


async def _expect_one_each(handles: list[Handle], expect: Expect, rounds: int) -> None:
    """Expect that each round left one submission, by emptying the queues."""
    submissions = handles[0].submissions
    heads = await submissions.list_runnable_submissions()
    expect.equal(len(heads), rounds, "how many sessions have a head")
    for head in heads:
        await start(submissions, head.submission_id)
        await submissions.complete_submission(attempt(head.submission_id))
    expect.equal(await submissions.list_runnable_submissions(), [], "what else was queued")


async def _race_dispatches(
    handles: list[Handle], expect: Expect, name: str, variants: Variants
) -> None:
    """Race dispatches of one id that differ, two through each handle; one is admitted."""
    dispatches = [dispatch_input(name, **variant) for variant in variants]
    racers = await together(
        partial(handle.submissions.admit_dispatch, dispatch)
        for handle, dispatch in zip(handles * 2, dispatches, strict=True)
    )

    expect.equal(errors(racers), [], "what different dispatches raised")
    winner = only_winner(
        racers,
        lambda admission: isinstance(admission, AdmittedSubmission),
        "different dispatches of one id that were admitted",
    )
    admitted = await read(handles[0].submissions, name)
    for place, racer in enumerate(racers):
        outcome = AdmittedSubmission(admitted) if place == winner else DispatchConflict()
        expect.equal(racer.value, outcome, f"dispatch {place} of {len(racers)}")
    if winner is not None:
        expect.equal(admitted.input, as_stored(dispatches[winner]), "the input that was admitted")


async def _race_direct_prompts(
    handles: list[Handle], expect: Expect, name: str, variants: Variants
) -> None:
    """Race direct prompts of one id that differ, two through each handle; one is admitted."""
    directs = [direct_input(name, **variant) for variant in variants]
    submissions = handles[0].submissions
    # A refusal may look like contention (its kind is only a finding), so nothing is tried again
    # during the race; asked one by one afterwards, each prompt gets its final answer.
    racers = await together(
        partial(admitted_or_error, handle.submissions, direct)
        for handle, direct in zip(handles * 2, directs, strict=True)
    )
    in_the_end = [await admitted_or_error(submissions, direct) for direct in directs]

    winners = [place for place, outcome in enumerate(in_the_end) if _is_submission(outcome)]
    expect.equal(len(winners), 1, "how many different prompts of one id are admitted in the end")
    for place, racer in enumerate(racers):
        if _is_submission(racer.value):
            expect.equal(place, winners[0], "which prompt was admitted")
            expect.equal(racer.value, in_the_end[place], "the prompt that was admitted")
    admitted = await read(submissions, name)
    expect.equal(admitted.input, directs[winners[0]], "the input that was admitted")


async def admitted_or_error(
    submissions: AgentSubmissionStore, direct: DirectAgentSubmissionInput
) -> Outcome:
    """Admit a prompt once that may be refused; returns what came of it."""
    try:
        return await submissions.admit_direct(direct)
    except BrokenRule:
        raise
    except Exception as error:  # noqa: BLE001 - any error refuses
        return error


def _is_submission(outcome: Outcome | None) -> bool:
    return isinstance(outcome, AgentSubmission)
