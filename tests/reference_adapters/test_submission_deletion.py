"""Session deletions that overlap, fail, are cancelled, or died with their process."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from itertools import product

import pytest

from flue_conformance.contract import (
    RetainedReceipt,
    SessionBusy,
    SessionDeleting,
    SubmissionAttemptRef,
    SubmissionClaimRef,
    session_key,
)
from flue_conformance.specs.scenarios.values import direct_input, dispatch_input, image
from reference_adapters.database import Database
from reference_adapters.schema import deletion_owners, session_deletions
from reference_adapters.submissions import SubmissionStore, deletion, deletion_steps
from reference_adapters.submissions.deletion_steps import DeletionRef
from reference_adapters.submissions.layout import SubmissionLayout

pytestmark = pytest.mark.asyncio

SESSION = session_key("agent-1", "default")


@pytest.fixture(autouse=True)
def impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deletion, "_SILENCE_S", 1.0)
    monkeypatch.setattr(deletion, "_RENEWAL_S", 0.1)


class Callback:
    """A deletion callback that a test holds until it says how it ends."""

    def __init__(self) -> None:
        self.entered = asyncio.Event()
        self._end: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def __call__(self) -> None:
        self.entered.set()
        await self._end

    def succeed(self) -> None:
        self._end.set_result(None)

    def fail(self, error: Exception) -> None:
        self._end.set_exception(error)


class Running:
    """A deletion that has come as far as its callback."""

    def __init__(self, store: SubmissionStore) -> None:
        self.callback = Callback()
        self.task = asyncio.create_task(store.delete_session(SESSION, self.callback))

    async def end(self, *, well: bool) -> None:
        if well:
            self.callback.succeed()
            await self.task
        else:
            error = RuntimeError("the tree could not be deleted")
            self.callback.fail(error)
            with pytest.raises(RuntimeError) as caught:
                await self.task
            assert caught.value is error


async def running(store: SubmissionStore) -> Running:
    started = Running(store)
    await started.callback.entered.wait()
    return started


async def settle(store: SubmissionStore, submission_id: str) -> None:
    claim = SubmissionClaimRef(submission_id, f"attempt-{submission_id}", "owner-1", 1)
    assert await store.claim_submission(claim)
    attempt = SubmissionAttemptRef(submission_id, claim.attempt_id)
    assert await store.complete_submission(attempt)


async def settled_dispatch(store: SubmissionStore) -> None:
    await store.admit_dispatch(dispatch_input())
    await settle(store, "dispatch-1")


async def nothing() -> None:
    pass


async def is_barred(store: SubmissionStore) -> bool:
    try:
        await store.admit_dispatch(dispatch_input("dispatch-probe"))
    except SessionDeleting:
        return True
    return False


async def leftovers(database: Database) -> int:
    return await database.read(
        lambda connection: sum(
            len(connection.execute(table.select()).all())
            for table in (session_deletions, deletion_owners)
        )
    )


@pytest.mark.parametrize(
    ("older_ends_first", "well"),
    list(product([True, False], product([True, False], repeat=2))),
)
async def test_the_marker_goes_with_the_last_of_two_deletions(
    database: Database,
    *,
    store: SubmissionStore,
    other_store: SubmissionStore,
    older_ends_first: bool,
    well: tuple[bool, bool],
) -> None:
    await settled_dispatch(store)
    older, newer = await running(store), await running(other_store)
    first, second = (older, newer) if older_ends_first else (newer, older)

    await first.end(well=well[0])
    assert await is_barred(store)
    assert (await store.get_submission("dispatch-1") is None) == well[0]

    await second.end(well=well[1])
    assert (await store.get_submission("dispatch-1") is None) == any(well)
    assert await leftovers(database) == 0
    assert not await is_barred(store)


async def die_while_deleting(database: Database) -> None:
    """Leave what a process leaves that was killed inside its callback."""
    layout = SubmissionLayout(database.dialect, "0.11")
    await database.write(deletion_steps.mark, layout, DeletionRef(SESSION, owner="killed"))


async def test_a_deletion_that_died_bars_the_session_until_it_is_repeated(
    database: Database, store: SubmissionStore
) -> None:
    await settled_dispatch(store)
    await die_while_deleting(database)
    assert await is_barred(store)

    await store.delete_session(SESSION, nothing)

    assert await leftovers(database) == 0
    assert isinstance(await store.admit_dispatch(dispatch_input()), RetainedReceipt)
    assert not await is_barred(store)


async def test_repeating_a_deletion_that_died_may_fail(
    database: Database, store: SubmissionStore
) -> None:
    await settled_dispatch(store)
    await die_while_deleting(database)

    await (await running(store)).end(well=False)

    assert await leftovers(database) == 0
    assert await store.get_submission("dispatch-1") is not None


async def test_a_deletion_that_died_does_not_take_the_marker_of_one_that_lives(
    database: Database, store: SubmissionStore, other_store: SubmissionStore
) -> None:
    await die_while_deleting(database)
    living = await running(other_store)

    await store.delete_session(SESSION, nothing)
    assert await is_barred(store)

    await living.end(well=True)
    assert await leftovers(database) == 0


async def test_a_long_callback_keeps_its_marker(
    database: Database, store: SubmissionStore, other_store: SubmissionStore
) -> None:
    long = await running(store)
    for _ in range(3):
        await other_store.delete_session(SESSION, nothing)
        assert await is_barred(store)

    await long.end(well=True)
    assert await leftovers(database) == 0


async def test_a_deletion_inside_another_ones_callback_ends_first(
    store: SubmissionStore, other_store: SubmissionStore
) -> None:
    async def delete_session_tree() -> None:
        await other_store.delete_session(SESSION, nothing)
        assert await is_barred(store)

    await store.delete_session(SESSION, delete_session_tree)

    assert not await is_barred(store)


async def test_a_callback_that_deletes_a_busy_session_fails_like_any_other(
    database: Database, store: SubmissionStore
) -> None:
    await store.admit_direct(direct_input(session="busy"))

    async def delete_session_tree() -> None:
        await store.delete_session(session_key("agent-1", "busy"), nothing)

    with pytest.raises(SessionBusy):
        await store.delete_session(SESSION, delete_session_tree)

    assert await leftovers(database) == 0


async def test_a_callback_may_raise_before_it_returns_anything_to_await(
    database: Database, store: SubmissionStore
) -> None:
    error = LookupError("no such tree")

    def delete_session_tree() -> Awaitable[None]:
        raise error

    with pytest.raises(LookupError) as caught:
        await store.delete_session(SESSION, delete_session_tree)

    assert caught.value is error
    assert await leftovers(database) == 0


async def test_a_busy_session_leaves_nothing_behind(
    database: Database, store: SubmissionStore
) -> None:
    await store.admit_dispatch(dispatch_input())

    with pytest.raises(SessionBusy):
        await store.delete_session(SESSION, nothing)

    assert await leftovers(database) == 0


async def test_a_cancelled_deletion_cancels_its_callback_and_takes_its_marker_along(
    database: Database, store: SubmissionStore
) -> None:
    await settled_dispatch(store)
    seen: list[BaseException] = []
    entered = asyncio.Event()

    async def delete_session_tree() -> None:
        entered.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError as error:
            seen.append(error)
            raise

    task = asyncio.create_task(store.delete_session(SESSION, delete_session_tree))
    await entered.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert len(seen) == 1
    assert await leftovers(database) == 0
    assert await store.get_submission("dispatch-1") is not None
    await store.delete_session(SESSION, nothing)
    assert await store.get_submission("dispatch-1") is None


async def test_callers_of_one_store_share_a_deletion_and_its_error(store: SubmissionStore) -> None:
    first = await running(store)
    second = asyncio.create_task(store.delete_session(SESSION, nothing))
    third = asyncio.create_task(store.delete_session(SESSION, nothing))
    error = RuntimeError("the tree could not be deleted")
    first.callback.fail(error)

    outcomes = await asyncio.gather(first.task, second, third, return_exceptions=True)

    assert all(outcome is error for outcome in outcomes)


async def test_a_cancelled_caller_leaves_the_deletion_to_the_others(
    database: Database, store: SubmissionStore
) -> None:
    await settled_dispatch(store)
    first = await running(store)
    second = asyncio.create_task(store.delete_session(SESSION, nothing))
    await asyncio.sleep(0)
    first.task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first.task

    first.callback.succeed()
    await second

    assert await store.get_submission("dispatch-1") is None
    assert await leftovers(database) == 0


async def test_a_deletion_after_a_cancelled_one_starts_anew(store: SubmissionStore) -> None:
    await settled_dispatch(store)
    cancelled = await running(store)
    cancelled.task.cancel()
    await asyncio.sleep(0)

    await store.delete_session(SESSION, nothing)
    await asyncio.wait([cancelled.task])

    assert cancelled.task.cancelled()
    assert await store.get_submission("dispatch-1") is None
    assert not await is_barred(store)


async def test_a_deletion_that_is_cancelled_while_it_marks_leaves_no_marker(
    database: Database,
    store: SubmissionStore,
    hold_session: Callable[[str], Awaitable[Callable[[], Awaitable[None]]]],
) -> None:
    release = await hold_session(SESSION)
    callback = Callback()
    task = asyncio.create_task(store.delete_session(SESSION, callback))
    for _ in range(10):  # until the deletion waits for the session
        await asyncio.sleep(0)
    task.cancel()
    await release()

    with pytest.raises(asyncio.CancelledError):
        await task

    assert not callback.entered.is_set()
    assert await leftovers(database) == 0


async def test_what_is_accepted_after_the_marker_stays_without_a_receipt(
    store: SubmissionStore,
) -> None:
    await store.admit_dispatch(dispatch_input(acceptedAt="9999-12-31T23:59:59.999Z"))
    await settle(store, "dispatch-1")

    await store.delete_session(SESSION, nothing)

    kept = await store.get_submission("dispatch-1")
    assert kept is not None
    assert kept.status == "settled"


async def test_a_deletion_removes_many_turns_with_their_chunks_and_images(
    database: Database, store: SubmissionStore
) -> None:
    for number in range(3):
        payload = {"message": "Look.", "images": [image(), image("")]}
        await store.admit_direct(direct_input(f"direct-{number}", payload=payload))
        await settle(store, f"direct-{number}")
    await store.append_stream_chunk_segment("unrelated", 0, "kept")

    await store.delete_session(SESSION, nothing)

    assert [await store.get_submission(f"direct-{number}") for number in range(3)] == [None] * 3
    assert len(await store.get_stream_chunk_segments("unrelated")) == 1
    again = await store.admit_direct(direct_input("direct-0"))
    assert again.input == direct_input("direct-0")
    assert await leftovers(database) == 0
