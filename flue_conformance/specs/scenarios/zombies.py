"""An attempt whose process was given up comes back, and tries every write on every fate."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Final, TypeAlias

from flue_conformance.contract import (
    LEASE_DURATION_MS,
    AgentSubmissionStore,
    SubmissionLease,
    session_key,
)
from flue_conformance.harness.runtime import LONG_PASSED
from flue_conformance.specs.scenarios.fencing import JOURNAL_CALLS, SUBMISSION_CALLS
from flue_conformance.specs.scenarios.journal_steps import streaming_journal
from flue_conformance.specs.scenarios.steps import State, queue, read, start, stored
from flue_conformance.specs.scenarios.values import attempt, claim, now, session_data, turn
from flue_conformance.specs.support.database import Handle
from flue_conformance.specs.support.expect import Expect
from flue_conformance.specs.support.racing import Racer, through_contention
from flue_conformance.specs.support.standing import skip_unless_stoppable
from flue_conformance.specs.support.workers import Workers

Write: TypeAlias = Callable[[Handle, str], Awaitable[Any]]

OWNER: Final = "owner-1"
HEIR: Final = "owner-2"
LATE_SESSION: Final = session_data(leafId="00000002")


async def _replaced(store: AgentSubmissionStore, name: str) -> None:
    lease = SubmissionLease(HEIR, now() + 3_600_000)
    await store.replace_turn_journal_attempt(attempt(name), "attempt-2", lease)


async def _requeued(store: AgentSubmissionStore, name: str) -> None:
    await store.requeue_submission_before_input_applied(attempt(name))


async def _reclaimed(store: AgentSubmissionStore, name: str) -> None:
    await _requeued(store, name)
    await start(store, name, "attempt-2", owner_id=HEIR)


async def _expired(store: AgentSubmissionStore, name: str) -> None:
    """Nobody has taken it over; somebody looked."""
    await store.get_submission(name)


async def _settled(store: AgentSubmissionStore, name: str) -> None:
    await store.fail_submission(attempt(name), RuntimeError("interrupted"))


FATES: Final[Mapping[str, Callable[[AgentSubmissionStore, str], Awaitable[None]]]] = {
    "replaced": _replaced,
    "requeued": _requeued,
    "requeued and reclaimed": _reclaimed,
    "expired": _expired,
    "settled": _settled,
}
"""What others did with the submission meanwhile."""


def _on_submissions(call: Callable[..., Awaitable[Any]]) -> Write:
    return lambda handle, name: call(handle.submissions, attempt(name))


def _begin(handle: Handle, name: str) -> Awaitable[bool]:
    begun = turn(name, turn_id="late", session_key=session_key("agent-1", name))
    return handle.submissions.begin_turn_journal(begun)


OWN_WRITES: Final[Mapping[str, Write]] = {
    **{what: _on_submissions(call) for what, call in SUBMISSION_CALLS.items()},
    "a replacement": lambda handle, name: handle.submissions.replace_turn_journal_attempt(
        attempt(name), "attempt-9", SubmissionLease(OWNER, now() + 3_600_000)
    ),
}
"""Those that ask whose the submission is."""
JOURNAL_WRITES: Final[Mapping[str, Write]] = {
    what: _on_submissions(call) for what, call in JOURNAL_CALLS.items()
}
"""Those that ask whom the journal names."""
UNFENCED_WRITES: Final[Mapping[str, Write]] = {
    "a begin": _begin,
    "a renewal": lambda handle, name: handle.submissions.renew_leases(OWNER, [name]),
    "a chunk": lambda handle, name: handle.submissions.append_stream_chunk_segment(name, 0, "late"),
    "a session save": lambda handle, name: handle.sessions.save(name, LATE_SESSION),
}
"""Those that ask neither, or somebody else."""

WRITES: Final = {**OWN_WRITES, **JOURNAL_WRITES, **UNFENCED_WRITES}

Cases: TypeAlias = Mapping[str, tuple[str, str]]
"""Writes on fates, each under the name of its submission."""


def _cases(fates: Iterable[str], writes: Iterable[str]) -> Cases:
    return {f"{what}, {fate}": (fate, what) for fate in fates for what in writes}


LATE_WRITES: Final = _cases([fate for fate in FATES if fate != "expired"], WRITES)
AFTER_REPLACEMENT: Final = _cases(["replaced"], [*OWN_WRITES, *JOURNAL_WRITES])
IN_THE_JOURNAL: Final = _cases(["requeued", "requeued and reclaimed", "settled"], JOURNAL_WRITES)
AFTER_EXPIRY: Final = _cases(["expired"], WRITES)


async def come_back_from_a_stop(workers: Workers, expect: Expect, cases: Cases) -> None:
    """Stop a process, take its work over, and expect of its writes what the contract says."""
    skip_unless_stoppable()
    worker = workers.start()
    zombie = await workers.connect(worker)
    await _prepare(zombie, cases)
    [other] = await workers.open(1)
    # What it was about to ask for is on the way, and waits until it goes on.
    worker.stop()
    before = await _take_over(other, cases)
    begun = asyncio.gather(*(_try_write(zombie, cases, name) for name in cases))
    await asyncio.sleep(0)
    worker.cont()

    came_back = dict(zip(cases, await begun, strict=True))

    await _expect_fenced(other, cases, before, came_back, expect)


async def come_back_from_a_kill(workers: Workers, expect: Expect, cases: Cases) -> None:
    """Kill a process, take its work over, and have somebody else go on with its attempts."""
    worker = workers.start()
    await _prepare(await workers.connect(worker), cases)
    workers.kill(worker)
    zombie, other = await workers.open(2)
    before = await _take_over(other, cases)

    came_back = {name: await _try_write(zombie, cases, name) for name in cases}

    await _expect_fenced(other, cases, before, came_back, expect)


async def _prepare(handle: Handle, cases: Cases) -> None:
    """Start an attempt for each case, with an open turn and a lease that has passed."""
    for name in cases:
        await queue(handle.submissions, name, session=name)
        given = replace(claim(name, owner_id=OWNER), lease_expires_at=LONG_PASSED)
        await handle.submissions.claim_submission(given)
        await streaming_journal(handle.submissions, attempt(name))


async def _take_over(handle: Handle, cases: Cases) -> dict[str, list[State]]:
    """Let each submission meet its fate; returns what there is of it afterwards."""
    expired = await handle.submissions.list_expired_submissions()
    assert len(expired) == len(cases), "the leases of all have passed"
    after = {}
    for name, (fate, _) in cases.items():
        await FATES[fate](handle.submissions, name)
        after[name] = await stored(handle.submissions, name)
    return after


async def _try_write(zombie: Handle, cases: Cases, name: str) -> Racer[Any]:
    """Have the attempt that was given up make the write of a case; others are made with it."""
    _, what = cases[name]
    tried = await through_contention(partial(WRITES[what], zombie, name))
    if tried.error:
        raise tried.error
    return tried


async def _expect_fenced(
    other: Handle,
    cases: Cases,
    before: Mapping[str, list[State]],
    came_back: Mapping[str, Racer[Any]],
    expect: Expect,
) -> None:
    """Expect of each write what the contract says."""
    for name, (fate, what) in cases.items():
        about = f"{what} by an attempt that was {fate} meanwhile"
        is_current = fate == "expired"
        has_journal = fate != "replaced"
        after = await stored(other.submissions, name)
        answer = came_back[name].value
        if what in OWN_WRITES or what in JOURNAL_WRITES:
            is_accepted = is_current if what in OWN_WRITES else has_journal
            # A try that contention ended may have been the one that was accepted.
            if not is_accepted or came_back[name].tries == 1:
                expect.equal(answer not in (None, False), is_accepted, about)
            changed = after != before[name]
            expect.equal(changed, is_accepted, f"whether something changed after {about}")
        elif (what == "a begin" and is_current) or what == "a chunk":
            expect.true(answer, about)
        elif what == "a session save":
            expect.equal(await other.sessions.load(name), LATE_SESSION, f"session after {about}")
        if not is_current:
            expect.equal(after[0][0], before[name][0][0], f"the submission after {about}")
        elif what == "a renewal":
            lease = (await read(other.submissions, name)).lease_expires_at
            expect.that(
                lease > now(),
                came_back=lease,
                expected=f"about {LEASE_DURATION_MS} ms from now",
                about=f"the lease after {about}",
            )
