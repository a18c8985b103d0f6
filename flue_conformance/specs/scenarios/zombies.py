"""An attempt whose process was given up comes back, and tries every write on every fate."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
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
CASES: Final = {f"{what}, {fate}": (fate, what) for fate in FATES for what in WRITES}
"""Each write on each fate, under the name of its submission."""


async def prepare(handle: Handle) -> None:
    """Start an attempt for each case, with an open turn and a lease that has passed."""
    for name in CASES:
        await queue(handle.submissions, name, session=name)
        given = replace(claim(name, owner_id=OWNER), lease_expires_at=LONG_PASSED)
        await handle.submissions.claim_submission(given)
        await streaming_journal(handle.submissions, attempt(name))


async def take_over(handle: Handle) -> dict[str, list[State]]:
    """Let each submission meet its fate; returns what there is of it afterwards."""
    expired = await handle.submissions.list_expired_submissions()
    assert len(expired) == len(CASES), "the leases of all have passed"
    after = {}
    for name, (fate, _) in CASES.items():
        await FATES[fate](handle.submissions, name)
        after[name] = await stored(handle.submissions, name)
    return after


def try_write(zombie: Handle, name: str) -> Awaitable[Any]:
    """Have the attempt that was given up make the write of a case."""
    _, what = CASES[name]
    return WRITES[what](zombie, name)


async def expect_fenced(
    other: Handle,
    before: Mapping[str, list[State]],
    came_back: Mapping[str, Any],
    expect: Expect,
) -> None:
    """Expect of each write what the contract says.

    LEASE-09, JOURNAL-05, JOURNAL-06, JOURNAL-19, DURABILITY-06.
    """
    for name, (fate, what) in CASES.items():
        about = f"{what} by an attempt that was {fate} meanwhile"
        is_current = fate == "expired"
        has_journal = fate != "replaced"
        after = await stored(other.submissions, name)
        if what in OWN_WRITES or what in JOURNAL_WRITES:
            is_accepted = is_current if what in OWN_WRITES else has_journal
            applied = came_back[name] not in (None, False)
            expect.equal(applied, is_accepted, about)
            changed = after != before[name]
            expect.equal(changed, is_accepted, f"whether something changed after {about}")
        elif (what == "a begin" and is_current) or what == "a chunk":
            expect.true(came_back[name], about)
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
