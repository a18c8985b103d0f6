"""Doing something while a session is being deleted."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from flue_conformance.contract import AgentSubmissionStore
from flue_conformance.specs.support.broken import BrokenRule


async def nothing() -> None:
    """Delete nothing: a callback for deletions whose own part is the point."""


async def while_deleting(
    submissions: AgentSubmissionStore, session_key: str, act: Callable[[], Awaitable[None]]
) -> None:
    """Delete a session and act inside its callback.

    What `act` raises is raised here, whatever the adapter makes of it. Raises `BrokenRule` when
    the callback was not called.
    """
    failed: list[Exception] = []
    calls = 0

    async def callback() -> None:
        nonlocal calls
        calls += 1
        try:
            await act()
        except Exception as error:  # noqa: BLE001 - kept from the adapter, raised below
            failed.append(error)

    try:
        await submissions.delete_session(session_key, callback)
    except Exception:
        if failed:
            raise failed[0] from None
        raise
    if failed:
        raise failed[0]
    if not calls:
        raise BrokenRule(
            about="deletion of an idle session",
            came_back="a return without a call of the callback",
            expected="the callback is called",
        )
