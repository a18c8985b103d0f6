"""Durability under faults: servers that are killed, cut off and lost."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Final

from flue_conformance.backends import Server
from flue_conformance.contract import SubmissionAttemptRef, SubmissionLease
from flue_conformance.specs.scenarios.commits import losses
from flue_conformance.specs.scenarios.contents import fill, known_as
from flue_conformance.specs.scenarios.outages import (
    contents,
    persistently,
    read_at_once,
    works_again,
)
from flue_conformance.specs.scenarios.replays import replays
from flue_conformance.specs.scenarios.steps import begin_turn, queue, read, read_journal, start
from flue_conformance.specs.scenarios.values import attempt, now
from flue_conformance.specs.scenarios.writers import Writers
from flue_conformance.specs.support.database import Handle
from flue_conformance.specs.support.expect import Expect
from flue_conformance.specs.support.progress import count
from flue_conformance.specs.support.racing import attempted
from flue_conformance.specs.support.site import Site
from flue_conformance.specs.support.verifies import requires, verifies

HOUR_MS: Final = 3_600_000
SOME: Final = 40
"""How many writes are acknowledged before and after a fault."""
MANY: Final = 150
"""More calls than a Postgres server takes connections, unless told otherwise."""
MOST_PASSES: Final = 1000
"""How often a recovery looks whether something is left."""
LAST_WRITES: Final = (
    "save",
    "admit_dispatch",
    "claim_submission",
    "append_stream_chunk_segment",
    "replace_turn_journal_attempt",
    "complete_submission",
    "create_run",
    "record_run_start",
)
"""Writes that are the last ones before the server is killed."""


@verifies("DURABILITY-12")
@requires("server")
async def test_an_open_adapter_works_again_after_the_server_ended_its_connections(
    site: Site, expect: Expect, effort: int
) -> None:
    handle = await (await site.database()).open()
    await fill(handle)
    before = await contents(handle, "a")

    for number in range(2 * effort):
        expect.equal(await read_at_once(handle), [], "errors before the fault")
        await site.server.disconnect()
        await works_again(handle, f"after-{number}", site.limits, "calls after the disconnection")

    async with Writers(handle, site.limits).writing():
        for _ in range(3 * effort):
            await site.server.disconnect()
    await works_again(handle, "in the end", site.limits, "calls after disconnections amid calls")
    expect.equal(await contents(handle, "a"), before, "what was stored before")


@verifies("DURABILITY-12")
@requires("server")
async def test_an_open_adapter_works_again_after_the_network_failed(
    site: Site, expect: Expect, effort: int
) -> None:
    database = await site.database()
    proxy = site.proxy()
    handle = await site.behind(proxy, database).open()
    writers = Writers(handle, site.limits)
    expect.equal(await read_at_once(handle), [], "errors before the fault")

    proxy.cut()
    await works_again(handle, "idle", site.limits, "calls after a cut while none was under way")

    async with writers.writing():
        for _ in range(3 * effort):
            await writers.until_acknowledged(SOME)
            # Longer than one attempt to connect, shorter than anybody's patience.
            proxy.refuse()
            proxy.cut()
            await asyncio.sleep(site.limits.quiet)
            proxy.accept()
        await writers.until_acknowledged(SOME)
    await works_again(handle, "busy", site.limits, "calls after cuts while many were under way")
    await writers.expect_through(await database.open(), expect, "after the network failed")


@verifies("DURABILITY-12")
@requires("server")
async def test_an_open_adapter_works_again_after_the_server_was_killed(
    site: Site, expect: Expect, effort: int
) -> None:
    handle = await (await site.database()).open()
    expect.equal(await read_at_once(handle), [], "errors before the fault")

    await site.kill()
    # They may wait for the server to come back, or raise.
    meanwhile = asyncio.ensure_future(read_at_once(handle))
    await site.server.start()
    await meanwhile
    await works_again(handle, "idle", site.limits, "calls after the server was killed and started")

    writers = Writers(handle, site.limits)
    async with writers.writing():
        for _ in range(effort):
            await writers.until_acknowledged(SOME)
            await site.kill()
            await site.server.start()
        await writers.until_acknowledged(SOME)
    await works_again(handle, "busy", site.limits, "calls after the server was killed amid calls")


@verifies("DURABILITY-11")
@requires("server")
async def test_the_last_thing_acknowledged_is_there_after_the_server_was_killed(
    site: Site, expect: Expect, effort: int
) -> None:
    database = await site.database()
    handle = await database.open()
    await fill(handle)
    before = await contents(handle, "a")
    last = {name: replays(handle)[name] for name in LAST_WRITES}
    written = [(name, f"{name}-{number}") for number in range(effort) for name in LAST_WRITES]
    for method, name in written:
        await last[method].prepare(handle, name)

    for method, name in written:
        answer = await last[method].call(handle, name)
        await site.kill()
        await site.server.start()
        # Whether it goes on without being reopened is another rule.
        await handle.close()
        handle = await database.open()
        about = f"{method}, when the server was killed after it had returned"
        await last[method].judge(handle, name, answer, expect, about)

    expect.equal(await contents(handle, "a"), before, "what was stored before")


@verifies("DURABILITY-11")
@requires("server")
async def test_what_was_acknowledged_amid_calls_is_there_after_the_server_was_killed(
    site: Site, expect: Expect, effort: int
) -> None:
    database = await site.database()

    for number in range(2 * effort):
        writers = Writers(await database.open(), site.limits, f"round-{number}")
        async with writers.writing():
            await writers.until_acknowledged(SOME)
            await site.kill()
            await site.server.start()
            # Again, while some reconnect, and before it has got far.
            await site.kill()
            await site.server.start()
        await writers.expect_through(await database.open(), expect, "after the server was killed")
        await database.close()


async def leave_expired_work(handle: Handle, names: list[str]) -> None:
    """Leave running submissions whose owner is gone, each with an open turn."""
    for name in names:
        await queue(handle.submissions, name, session=name)
        await start(handle.submissions, name, lease_ms=-HOUR_MS)
        await begin_turn(handle.submissions, name)


async def recover(handle: Handle, owner: str, site: Site) -> dict[str, str]:
    """Take over what has expired until nothing has, as often as the server goes away meanwhile.

    Returns the attempts that a call said to have begun, each with its submission.
    """
    submissions, taken = handle.submissions, {}
    lease = SubmissionLease(owner, now() + HOUR_MS)
    # A submission that never leaves the list would keep it here for ever.
    for _ in range(MOST_PASSES):
        expired = await persistently(
            submissions.list_expired_submissions, site.limits, "looking for expired submissions"
        )
        if not expired:
            break
        for each in expired:
            mine = SubmissionAttemptRef(each.submission_id, each.attempt_id or "")
            following = f"{owner}-{each.submission_id}"
            racer = await attempted(
                partial(submissions.replace_turn_journal_attempt, mine, following, lease)
            )
            if racer.value is not None:
                taken[each.submission_id] = following
    return taken


@verifies("DURABILITY-11")
@requires("server")
async def test_a_recovery_goes_on_after_the_server_was_killed_during_it(
    site: Site, expect: Expect
) -> None:
    database = await site.database()
    names = [f"expired-{number}" for number in range(SOME)]
    await leave_expired_work(await database.open(), names)
    owners = ["owner-2", "owner-3"]
    recoverers = await site.workers(database).open(len(owners))

    recovering = [
        asyncio.ensure_future(recover(handle, owner, site))
        for handle, owner in zip(recoverers, owners, strict=True)
    ]
    watching = (await database.open()).submissions
    for _ in range(MOST_PASSES):
        if len(await watching.list_expired_submissions()) < len(names) * 3 // 4:
            break
    await site.kill()
    await site.server.start()
    taken = await asyncio.gather(*recovering)

    survivor = await database.open()
    for name in names:
        found = await read(survivor.submissions, name)
        journal = await read_journal(survivor.submissions, name)
        about = f"of {name} after the recovery"
        expect.equal(found.attempt_count, 2, f"attempts {about}")
        expect.equal(journal.attempt_id, found.attempt_id, f"the journal's attempt {about}")
        for each in taken:
            if name in each:
                expect.equal(found.attempt_id, each[name], f"the acknowledged attempt {about}")
        settled = SubmissionAttemptRef(name, found.attempt_id or "")
        expect.true(await survivor.submissions.complete_submission(settled), f"completion {about}")
        expect.false(await survivor.submissions.complete_submission(settled), f"again {about}")


@verifies("DURABILITY-09")
@requires("server")
async def test_a_call_whose_answer_was_lost_can_be_made_again(site: Site, expect: Expect) -> None:
    database = await site.database()
    proxy = site.proxy()
    handle, witness = await site.behind(proxy, database).open(), await database.open()

    for method, replay in replays(handle).items():
        name = f"{method}-rehearsed"
        await replay.prepare(witness, name)
        undisturbed, seen = partial(replay.call, handle, name), partial(known_as, witness, name)
        for number, what in await losses(proxy, undisturbed, seen, site.limits):
            name = f"{method}-{what.value}-{number}"
            about = f"{method}, made again after its {what.value} {number} was lost"
            await replay.prepare(witness, name)
            # Without connections it is the call of the rehearsal, request for request.
            proxy.cut()
            proxy.lose(number, what)
            count("losses")
            call = partial(replay.call, handle, name)
            answer = await persistently(call, site.limits, about)
            proxy.lose_nothing()
            await replay.judge(witness, name, answer, expect, about)


@verifies("DURABILITY-13")
@requires("server")
async def test_calls_that_find_every_connection_busy_wait_for_one(
    site: Site, expect: Expect
) -> None:
    database = await site.database()
    proxy = site.proxy()
    handle = await site.behind(proxy, database).open()
    expect.equal(await read_at_once(handle), [], "errors before")

    proxy.freeze()
    waiting = asyncio.ensure_future(read_at_once(handle, MANY))
    await asyncio.sleep(site.limits.quiet)
    proxy.thaw()

    # Once each: a call that finds no connection free waits, it does not raise.
    expect.equal(await waiting, [], "errors of calls while every connection was busy")


@verifies("DURABILITY-14")
@requires("server")
async def test_accepted_work_goes_on_elsewhere_after_the_host_was_lost(
    primary_and_standby: tuple[Site, Server], expect: Expect
) -> None:
    site, standby = primary_and_standby
    database = await site.database()
    proxy = site.proxy()
    handle = await site.behind(proxy, database).open()
    await fill(handle)
    before = await contents(handle, "a")
    await leave_expired_work(handle, ["interrupted"])
    await queue(handle.submissions, "behind", session="interrupted")
    writers = Writers(handle, site.limits)

    async with writers.writing():
        await writers.until_acknowledged(SOME)
        await standby.separate()
        # Whatever is acknowledged from now on, no standby has.
        await asyncio.sleep(site.limits.quiet)
        await site.server.destroy()
        await standby.promote()
        # The address moves with the work, so that calls under way come to an end.
        proxy.lead_to(*standby.address)

    [survivor] = await site.workers(site.on(standby, database)).open(1)
    expect.equal(await contents(survivor, "a"), before, "what was stored before the host was lost")
    await writers.expect_through(survivor, expect, "after the host was lost")
    taken = await recover(survivor, "owner-2", site)
    mine = attempt("interrupted", taken.get("interrupted", "the attempt of a recovery"))
    submissions = survivor.submissions
    recovered = await read(submissions, "interrupted")
    expect.equal(recovered.attempt_id, mine.attempt_id, "the attempt after a recovery elsewhere")
    expect.true(await submissions.complete_submission(mine), "completion of recovered work")
    started = await start(submissions, "behind")
    expect.equal(started.status, "running", "the status of what waited behind it")
    await works_again(survivor, "elsewhere", site.limits, "calls through the standby")
