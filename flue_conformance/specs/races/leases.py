"""Leases where the adapter's process and everybody else disagree about the time: LEASE-10."""

from __future__ import annotations

from typing import Final

import pytest

from flue_conformance.harness import clock_ahead
from flue_conformance.specs.scenarios.steps import queue, read, start
from flue_conformance.specs.scenarios.values import now
from flue_conformance.specs.support.expect import Expect
from flue_conformance.specs.support.verifies import verifies
from flue_conformance.specs.support.workers import Workers

AHEAD_MS: Final = 3_600_000
LEASE_MS: Final = 1_800_000


@verifies("LEASE-10")
async def test_now_is_what_the_clock_of_the_adapters_process_says(
    workers: Workers, expect: Expect
) -> None:
    clock = clock_ahead(AHEAD_MS)
    worker = workers.start_at(clock)
    if worker is None:
        pytest.skip(UNREACHED)
    await workers.adapter(worker).migrate()
    submissions = (await workers.connect(worker)).submissions

    since = now()
    await queue(submissions)
    started = await start(submissions, lease_ms=LEASE_MS)
    if not clock.reaches_all and abs((started.started_at or 0) - since) < AHEAD_MS / 2:
        pytest.skip(UNREACHED)
    expired = await submissions.list_expired_submissions()
    expect.equal(
        [each.submission_id for each in expired],
        ["dispatch-1"],
        "what has expired: a lease of half an hour, where the process's clock is an hour ahead",
    )
    await submissions.renew_leases("owner-1", ["dispatch-1"])
    renewed = (await read(submissions)).lease_expires_at
    ahead = AHEAD_MS + 30_000
    expect.near(renewed, since + ahead, now() + ahead, "a renewed lease, on the process's clock")


UNREACHED: Final = (
    "not run: the adapter's clock is out of a patch's reach; libfaketime reaches it "
    "(Debian: apt-get install faketime)"
)
