"""How calls end that end as no call may, whatever the rule that a spec is about."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from flue_conformance.bridge import BridgeFailure, PeerGone
from flue_conformance.specs.support.broken import BrokenRule, EndedProcess, Stuck
from flue_conformance.specs.support.ledger import Call, Ledger
from flue_conformance.specs.support.shown import said, shown

if TYPE_CHECKING:
    from flue_conformance.specs.support.shapes import Declaration


_LOOP_IS_NO_MORE: Final = (
    "Event loop stopped before Future completed.",
    "Event loop is closed",
)


def is_nobodys(error: BaseException, task: asyncio.Task[Any] | None) -> bool:
    """Return whether an error is no doing of the call that it came through.

    Ctrl-C and the watchdog's interruption are not; neither is the end of a coroutine that its task
    no longer runs.
    """
    if isinstance(error, KeyboardInterrupt | Stuck):
        return True
    return isinstance(error, GeneratorExit) and task is not _current_task()


def was_asked_for(error: BaseException, task: asyncio.Task[Any] | None) -> bool:
    """Return whether an error is the cancellation that somebody asked the task for."""
    return isinstance(error, asyncio.CancelledError) and bool(task and task.cancelling())


def seen(
    call: Call, error: BaseException, task: asyncio.Task[Any] | None, changed: str | None
) -> BaseException:
    """Return what a spec sees of an error: the same one, or the rule that it breaks by itself.

    `changed` is what became of a document that the call was given.
    """
    if isinstance(error, BrokenRule) or was_asked_for(error, task):
        return error
    if isinstance(error, asyncio.CancelledError):
        return _ended_in(call, error, "though nobody cancelled the call")
    if isinstance(error, EndedProcess):
        return wanted_to_end_the_process(error, call.name)
    if isinstance(error, BridgeFailure) and not _is_intended(error):
        return _not_answered(call, error)
    if not isinstance(error, Exception):
        return _ended_in(call, error, "which no handler of errors catches")
    return error if changed is None else changed_what_it_was_given(call, changed)


def exceeded(call: Call, seconds: float) -> BrokenRule:
    """Return the failure of a call that did not end in time."""
    return BrokenRule(
        about=f"{call.name} exceeded its time limit",
        came_back=f"nothing within {seconds:g} s",
        expected="an answer",
    )


def not_awaitable(call: Call, answer: object) -> BrokenRule:
    """Return the failure of a call that is no coroutine."""
    return BrokenRule(
        about=f"{call.name} returned what cannot be awaited",
        came_back=shown(answer),
        expected="a coroutine",
    )


def undeclared(call: Call, value: object, declared: Declaration) -> BrokenRule:
    """Return the failure of a call whose result is not what the contract declares."""
    foreign = declared.foreign_part(value)
    return BrokenRule(
        about=f"{call.name} returned what it may not",
        came_back=f"{shown(value)}\n({foreign})" if foreign else shown(value),
        expected=declared.name,
    )


def changed_what_it_was_given(call: Call, now: str) -> BrokenRule:
    """Return the failure of a call that changed a document of its caller."""
    return BrokenRule(
        about=f"{call.name} changed what it was given",
        came_back=now,
        expected="the document as it was when the call began",
    )


def stopped_the_loop(call: Call) -> BrokenRule:
    """Return the failure of a call that stopped the event loop of its caller."""
    return BrokenRule(
        about=f"{call.name} stopped the event loop",
        came_back="a loop that stops",
        expected="a loop that goes on",
    )


def wanted_to_end_the_process(refused: EndedProcess, who: str = "the adapter") -> BrokenRule:
    """Return the failure of an adapter that would have taken its caller's process down."""
    return BrokenRule(
        about=f"{who} called {said(refused)}",
        came_back="nothing: the process would have ended here",
        expected="an answer or an error",
    )


def is_about_a_stopped_loop(error: BaseException) -> bool:
    """Return whether an error is asyncio's own, for a loop that somebody stopped or closed."""
    return type(error) is RuntimeError and str(error) in _LOOP_IS_NO_MORE


def broke_the_loop(ledger: Ledger) -> BrokenRule:
    """Return the failure of whatever was called last before the event loop was no more."""
    calls = ledger.calls
    known = (call for call in calls if call.broke is not None)
    call = next(known, None) or ledger.unfinished_call() or (calls[-1] if calls else None)
    broken = BrokenRule(
        about=f"the event loop was stopped or closed by {call.name if call else 'the adapter'}",
        came_back="a loop that does not go on",
        expected="a loop that goes on",
    )
    if call is not None:
        call.broke = call.broke or broken
    return broken


def loop_is_stopping() -> bool:
    """Return whether somebody stopped the running event loop, where loops let that be seen."""
    try:
        return bool(getattr(asyncio.get_running_loop(), "_stopping", False))
    except RuntimeError:
        return False


def _is_intended(failure: BridgeFailure) -> bool:
    return isinstance(failure, PeerGone) and failure.intended


def _not_answered(call: Call, failure: BridgeFailure) -> BrokenRule:
    return BrokenRule(
        about=f"{call.name} was not answered",
        came_back=said(failure),
        expected="an answer or an error",
    )


def _ended_in(call: Call, error: BaseException, but: str) -> BrokenRule:
    return BrokenRule(
        about=f"{call.name} ended in {type(error).__name__}",
        came_back=f"{type(error).__name__}, {but}",
        expected="an answer or an error",
    )


def _current_task() -> asyncio.Task[Any] | None:
    try:
        return asyncio.current_task()
    except RuntimeError:
        return None
