"""The small runtime does what section 5 of the contract says, and memory is lost with a process."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import pytest_asyncio

import reference_adapters
from flue_conformance.bridge import PeerGone
from flue_conformance.contract import (
    Stores,
    SubmissionAttemptRef,
    SubmissionClaimRef,
    SubmissionDurability,
    session_key,
)
from flue_conformance.harness import Duty, Nursery, Worker
from flue_conformance.harness.runtime import LONG_PASSED, Coordinator, Effects, Kind
from flue_conformance.harness.runtime.conversation import since_input

pytestmark = pytest.mark.asyncio

DISPATCH: Any = {
    "dispatchId": "first",
    "agent": "triage",
    "id": "agent-1",
    "session": "default",
    "input": {"tools": ["shell"]},
    "acceptedAt": "2026-06-03T10:20:30.456Z",
}


class Killed(Exception):  # noqa: N818 - named for what happened
    """Stands for the end of the process."""


class Mortal:
    """A store whose calls come to an end."""

    def __init__(self, store: Any, lives: list[int]) -> None:
        self._store = store
        self._lives = lives

    def __getattr__(self, name: str) -> Any:
        async def call(*arguments: object) -> object:
            if not self._lives[0]:
                raise Killed
            self._lives[0] -= 1
            return await getattr(self._store, name)(*arguments)

        return call


@pytest_asyncio.fixture
async def stores() -> AsyncIterator[Stores]:
    adapter = reference_adapters.memory(edition="0.11")
    await adapter.migrate()
    yield await adapter.connect()
    await adapter.close()


async def test_a_dispatch_runs_to_its_end(stores: Stores) -> None:
    effects = Effects()
    await stores.submissions.admit_dispatch(DISPATCH)
    await Coordinator(stores, effects, "owner").work()

    assert [(effect.kind, effect.detail) for effect in effects.done] == [
        (Kind.STARTED, "owner-attempt-1"),
        (Kind.PROVIDER, "owner-attempt-1"),
        (Kind.TOOL, "shell"),
        (Kind.PROVIDER, "owner-attempt-1"),
        (Kind.SETTLED, "owner-attempt-1"),
    ]
    session = await stores.sessions.load(session_key("agent-1", "default"))
    roles = [entry["message"]["role"] for entry in since_input(session, "first") or []]
    assert roles == ["assistant", "toolResult", "assistant"]
    assert not await stores.submissions.has_unsettled_submissions()


@pytest.mark.parametrize("calls", range(26))
async def test_whatever_was_interrupted_is_settled_once(stores: Stores, calls: int) -> None:
    effects = Effects()
    await stores.submissions.admit_dispatch(DISPATCH)
    lives = [calls]
    mortal: Any = Stores(
        sessions=Mortal(stores.sessions, lives),
        submissions=Mortal(stores.submissions, lives),
        runs=stores.runs,
        run_registry=stores.run_registry,
    )
    try:
        await Coordinator(mortal, effects, "dead").work()
    except Killed:
        survivor = Coordinator(stores, effects, "survivor")
        await survivor.recover()
        await survivor.work()

    found = await stores.submissions.get_submission("first")
    assert found is not None
    assert found.status == "settled"
    assert len(effects.of("first", Kind.SETTLED)) == 1
    assert len(effects.of("first", Kind.TOOL)) <= 1


@pytest.mark.parametrize(
    ("changes", "reason"),
    [({"max_retry": 0}, "exhausted_retry_budget"), ({"timeout_at": 1}, "exceeded_timeout")],
)
async def test_budget_and_timeout_end_a_submission(
    stores: Stores, changes: dict[str, int], reason: str
) -> None:
    await stores.submissions.admit_dispatch(DISPATCH)
    claim = SubmissionClaimRef("first", "lost", "dead", LONG_PASSED)
    await stores.submissions.claim_submission(claim)
    durability = SubmissionDurability(**({"max_retry": 10, "timeout_at": 0} | changes))
    mine = SubmissionAttemptRef("first", "lost")
    await stores.submissions.mark_submission_input_applied(mine, durability)

    assert await Coordinator(stores, Effects(), "survivor").recover() == 1

    found = await stores.submissions.get_submission("first")
    assert found is not None
    assert found.error == reason


@pytest.fixture
def nursery() -> Iterator[Nursery]:
    made = Nursery(Duty("memory"))
    yield made
    made.close()


async def test_what_is_in_memory_is_lost_with_its_process(nursery: Nursery) -> None:
    worker = Worker(nursery, "memory-1", "0.11")
    await worker.adapter.migrate()
    stores = await worker.adapter.connect()
    await stores.submissions.admit_dispatch(DISPATCH)
    worker.kill()
    with pytest.raises(PeerGone):
        await stores.submissions.get_submission("first")

    other = Worker(nursery, "memory-1", "0.11")
    await other.adapter.migrate()
    again = await other.adapter.connect()
    assert await again.submissions.get_submission("first") is None
    worker.end()
    other.end()
