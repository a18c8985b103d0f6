"""Submissions in every state but settled, each in a session of its name."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final, TypeAlias

from flue_conformance.contract import AgentSubmissionStore
from flue_conformance.specs.scenarios.steps import queue, queue_and_start, start
from flue_conformance.specs.scenarios.values import direct_input

Step: TypeAlias = Callable[[AgentSubmissionStore, str], Awaitable[None]]


async def _queued_dispatch(store: AgentSubmissionStore, name: str) -> None:
    await queue(store, name, session=name)


async def _queued_prompt(store: AgentSubmissionStore, name: str) -> None:
    await store.admit_direct(direct_input(name, session=name))


async def _running(store: AgentSubmissionStore, name: str) -> None:
    await queue_and_start(store, name, session=name)


async def _expired(store: AgentSubmissionStore, name: str) -> None:
    await queue(store, name, session=name)
    await start(store, name, lease_ms=-60_000)


async def _requeued(store: AgentSubmissionStore, name: str) -> None:
    mine = await queue_and_start(store, name, session=name)
    await store.requeue_submission_before_input_applied(mine)


async def _taken_over(store: AgentSubmissionStore, name: str) -> None:
    mine = await queue_and_start(store, name, session=name)
    await store.mark_submission_input_applied(mine)
    await store.replace_turn_journal_attempt(mine, "attempt-2")


UNSETTLED: Final[Mapping[str, Step]] = {
    "a queued dispatch": _queued_dispatch,
    "a queued prompt": _queued_prompt,
    "a running dispatch": _running,
    "a running dispatch whose lease has passed": _expired,
    "a requeued dispatch": _requeued,
    "a dispatch that was taken over": _taken_over,
}
"""How to bring a submission into each state, by what it then is."""
