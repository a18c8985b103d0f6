"""Adapters of several processes that boot and work on one location: ADAPTER-08 and ADAPTER-10."""

from __future__ import annotations

import asyncio
from functools import partial

from flue_conformance.contract import session_key
from flue_conformance.rules import Level
from flue_conformance.specs.scenarios.contents import fill, work_and_sessions
from flue_conformance.specs.scenarios.interrupting import cancelled_after, interruptible
from flue_conformance.specs.scenarios.session_records import versioned
from flue_conformance.specs.scenarios.steps import queue
from flue_conformance.specs.support.database import Handle
from flue_conformance.specs.support.expect import Expect
from flue_conformance.specs.support.racing import attempted, errors, outlasting
from flue_conformance.specs.support.verifies import verifies
from flue_conformance.specs.support.workers import Workers

PROCESSES = 8
KEY = session_key("agent-1", "default")


@verifies("ADAPTER-08", level=Level.SINGLE_HOST)
@verifies("ADAPTER-08", level=Level.MULTI_REPLICA)
async def test_the_first_boots_of_eight_processes_all_succeed(
    empty_workers: Workers, expect: Expect
) -> None:
    adapters = [empty_workers.adapter(empty_workers.start()) for _ in range(PROCESSES)]
    # Processes begin one after the other: a call that does nothing waits until all are there.
    await asyncio.gather(*(adapter.close() for adapter in adapters))

    # Once each: to raise under contention is what the rule forbids.
    outcomes = await asyncio.gather(*(attempted(adapter.migrate) for adapter in adapters))

    expect.equal(errors(outcomes), [], "errors of migrations at once")
    handles = [Handle(adapter, await adapter.connect()) for adapter in adapters]
    await fill(handles[0])
    expected = await work_and_sessions(handles[0])
    expect.equal(await work_and_sessions(handles[-1]), expected, "what the last process sees")


@verifies("ADAPTER-08", level=Level.SINGLE_HOST)
@verifies("ADAPTER-08", level=Level.MULTI_REPLICA)
async def test_a_boot_succeeds_while_others_work(
    workers: Workers, apart: list[Handle], expect: Expect, rounds: int
) -> None:
    booting = [workers.adapter(workers.start()) for _ in range(3)]
    over = asyncio.Event()

    async def work(handle: Handle, name: str) -> int:
        count = 0
        while not over.is_set() or not count:
            count += 1
            await outlasting(partial(handle.sessions.save, name, versioned(count)))
            await outlasting(partial(queue, handle.submissions, f"{name}-{count}", session=name))
        return count

    async def boot() -> None:
        for _ in range(max(2, rounds // 10)):
            for adapter in booting:
                await adapter.migrate()
                await adapter.connect()
                await adapter.close()

    working = asyncio.gather(
        *(work(handle, f"process-{place}") for place, handle in enumerate(apart))
    )
    booted = await attempted(boot)
    over.set()
    counts = await working

    expect.equal(errors([booted]), [], "errors of migrations while others work")
    for place, count in enumerate(counts):
        other = apart[place - 1]
        saved = await other.sessions.load(f"process-{place}")
        expect.equal(saved, versioned(count), "what another process sees of a session")
        last = await other.submissions.get_submission(f"process-{place}-{count}")
        expect.that(last is not None, came_back=last, expected="a dispatch", about="the last one")


@verifies("ADAPTER-10", level=Level.SINGLE_HOST)
@verifies("ADAPTER-10", level=Level.MULTI_REPLICA)
async def test_processes_see_each_others_changes_on_their_next_call(
    apart: list[Handle], expect: Expect, rounds: int
) -> None:
    for number in range(rounds):
        writer, *others = apart[number % 3 :] + apart[: number % 3]
        await writer.sessions.save(KEY, versioned(number))
        for other in others:
            expect.equal(await other.sessions.load(KEY), versioned(number), "a session")
        admitted = await queue(writer.submissions, f"dispatch-{number}")
        for other in others:
            found = await other.submissions.get_submission(f"dispatch-{number}")
            expect.equal(found, admitted, "a dispatch that another process admitted")


@verifies("ADAPTER-10", level=Level.SINGLE_HOST)
@verifies("ADAPTER-10", level=Level.MULTI_REPLICA)
async def test_contention_between_processes_is_waited_out(
    apart: list[Handle], expect: Expect
) -> None:
    async def work(handle: Handle, name: str) -> None:
        for step in range(2):
            await fill(handle, f"{name}-{step}")
            await handle.sessions.save("shared", versioned(step))
            await queue(handle.submissions, f"{name}-{step}-shared", session="shared")

    # Once each: what contention makes raise is not waited out.
    outcomes = await asyncio.gather(
        *(attempted(partial(work, handle, f"of-{n}")) for n, handle in enumerate(apart))
    )

    expect.equal(errors(outcomes), [], "errors of calls that met contention")
    for number, writer in enumerate(apart):
        own = await work_and_sessions(writer, f"of-{number}-1")
        others = await work_and_sessions(apart[number - 1], f"of-{number}-1")
        expect.equal(others, own, f"what another process sees of the writes of process {number}")


@verifies("ADAPTER-10", level=Level.SINGLE_HOST)
@verifies("ADAPTER-10", level=Level.MULTI_REPLICA)
async def test_calls_that_one_process_cancels_hold_up_no_other(
    apart: list[Handle], expect: Expect
) -> None:
    first, other, *_ = apart
    for number in range(3):
        calls = await interruptible(first, f"cancelled-{number}")
        await asyncio.gather(
            *(
                cancelled_after(call, turns=place * number, times=1 + place % 2)
                for place, call in enumerate(calls.values())
            )
        )
        await fill(other, f"other-{number}")

    await fill(first, "first")
    expected = await work_and_sessions(first, "first")
    expect.equal(await work_and_sessions(other, "first"), expected, "what another process sees")
