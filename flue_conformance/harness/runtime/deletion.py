"""Deleting a session with the sessions of its tasks: section 5.7 of the contract."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from flue_conformance.contract import Stores, session_key


async def delete_tree(
    stores: Stores, instance_id: str, session: str, *, begun: Callable[[], object] = int
) -> None:
    """Delete a session: its submissions by the store, and its records inside the callback.

    `begun` is called when the callback is.
    """
    key = session_key(instance_id, session)

    async def delete_records() -> None:
        begun()
        await _delete_records(stores, key, instance_id)

    await stores.submissions.delete_session(key, delete_records)


async def _delete_records(stores: Stores, key: str, instance_id: str) -> None:
    """Delete a session's record after those of its tasks."""
    record = await stores.sessions.load(key)
    tasks = cast("Any", record["metadata"]).get("taskSessions", []) if record else []
    for task in tasks:
        await _delete_records(stores, session_key(instance_id, task["session"]), instance_id)
    await stores.sessions.delete(key)
