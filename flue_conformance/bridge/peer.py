"""One side of a bridge: asks, answers, and tells what went wrong with either."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Coroutine
from enum import StrEnum
from functools import partial
from typing import Any, Protocol, TypeAlias

from flue_conformance.bridge import messages
from flue_conformance.bridge.channel import Channel
from flue_conformance.bridge.errors import (
    BridgeFailure,
    EndedAbruptly,
    MessageTooLong,
    PeerGone,
    ProtocolViolation,
    RemoteError,
)
from flue_conformance.bridge.resumptions import Resumptions
from flue_conformance.bridge.values import text_of
from flue_conformance.contract import KINDS, ContractError
from flue_conformance.contract.json_text import JsonValue


class Moment(StrEnum):
    """The boundaries of a request, seen from either side."""

    BEFORE_REQUEST = "before the request"
    """It is known, and nobody has begun it."""
    BEFORE_ANSWER = "before the answer"
    """It is done, and whoever asked does not know."""
    AFTER_ANSWER = "after the answer"
    """Whoever asked knows, or is about to."""
    INSIDE = "inside the call"
    """It has paused and is about to go on; a host of ours alone can tell."""


Boundary: TypeAlias = Callable[[Moment, str], None]
"""Called at each boundary of each request, with the method's name."""


class Refusal(Exception):  # noqa: N818 - named for what it is
    """How a request is answered that cannot be served; `code` is JSON-RPC's or ours."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


class Foreign:
    """Stands for what an adapter returned that has no wire form: nothing of the contract's."""

    def __init__(self, shown: str) -> None:
        self._shown = shown

    def __repr__(self) -> str:
        return self._shown


class Service(Protocol):
    """What one side does for the other."""

    def serve(self, method: str, params: list[Any]) -> Coroutine[Any, Any, str]:
        """Answer a request; returns the JSON text of the result. Raises `Refusal`, or anything."""

    def notified(self, method: str, params: list[Any]) -> None:
        """Take a notification; one that is unknown is ignored."""

    def malformed(self, line: bytes, problem: str) -> None:
        """Take a line that is no message."""


class Peer:
    """Speaks JSON-RPC over a channel. Requests begin in the order in which they come.

    `gone` makes the error of calls that wait when the other side goes.
    """

    def __init__(
        self,
        channel: Channel,
        service: Service,
        *,
        gone: Callable[[], PeerGone] = lambda: PeerGone("The other process closed the bridge."),
        boundary: Boundary | None = None,
    ) -> None:
        self._channel = channel
        self._service = service
        self._gone = gone
        self._boundary = boundary
        self._numbers = itertools.count(1)
        self._waiting: dict[int, tuple[str, asyncio.Future[JsonValue]]] = {}
        self._serving: dict[int, asyncio.Task[None]] = {}
        self._failure: BridgeFailure | None = None
        self._loop = asyncio.get_running_loop()
        self.asked = 0
        """The number of the last request that was sent."""
        self.ended = asyncio.Event()
        """Set when nothing comes any more."""
        channel.open(self._came, self._too_long, lambda: self._hung_up(self._gone()))

    def ask(self, method: str, params: JsonValue) -> asyncio.Future[JsonValue]:
        """Send a request at once; the future is its answer, and nobody cancels it.

        Raises `TypeError` and `ValueError` for what has no JSON text, and `BridgeFailure`.
        """
        return self._ask(method, params)[1]

    async def request(self, method: str, params: JsonValue) -> JsonValue:
        """Send a request and return its result; cancelling this cancels what the request began.

        Raises what the other side raised, and what `ask` raises.
        """
        number, answered = self._ask(method, params)
        try:
            return await answered
        except asyncio.CancelledError:
            if self._waiting.pop(number, None) is not None:
                self.notify(messages.CANCEL, [number])
            raise

    def notify(self, method: str, params: JsonValue) -> None:
        """Send a notification, if anybody is there."""
        self._channel.send(messages.notification(method, params))

    def refuse(self, number: int | None, code: int, message: str) -> None:
        """Tell the other side that a message of its cannot be served."""
        self._channel.send(messages.refusal(number, code, message))

    async def answered(self, limit: float) -> None:
        """Wait at most `limit` seconds until every request that came is answered."""
        if self._serving:
            await asyncio.wait([*self._serving.values()], timeout=limit)

    def end(self, failure: BridgeFailure) -> None:
        """Close the bridge; every call that waits and every later one raises `failure`."""
        self._hung_up(failure)
        self._channel.close()
        for task in [*self._serving.values()]:
            task.cancel()

    def _ask(self, method: str, params: JsonValue) -> tuple[int, asyncio.Future[JsonValue]]:
        self._observe(Moment.BEFORE_REQUEST, method)
        if self._failure is not None:
            raise self._failure
        number = self.asked = next(self._numbers)
        self._channel.send(messages.request(number, method, params))
        answered: asyncio.Future[JsonValue] = self._loop.create_future()
        self._waiting[number] = method, answered
        return number, answered

    def _observe(self, moment: Moment, method: str) -> None:
        if self._boundary is not None:
            self._boundary(moment, method)

    def _came(self, line: bytes) -> None:
        try:
            message = messages.parsed(line)
        except ValueError as error:
            self._service.malformed(line, str(error))
            return
        number, method = message.get("id"), message.get("method")
        if isinstance(method, str):
            self._asked(number, method, message.get("params", []))
        elif "result" in message or isinstance(message.get("error"), dict):
            self._answered(number, message)
        else:
            self._service.malformed(line, "neither a request nor an answer")

    def _too_long(self, head: bytes) -> None:
        problem = "A message was longer than messages of the bridge may be."
        number = messages.number_in(head)
        if b'"method"' in head:
            self.refuse(number, messages.TOO_LONG, problem)
            return
        failure = MessageTooLong(problem)
        if number in self._waiting:
            self._settle(number, failure)
        else:
            self._fail_all(failure)

    def _asked(self, number: object, method: str, params: object) -> None:
        if not isinstance(params, list):
            params = None
        if number is None:
            if method == messages.CANCEL and params and isinstance(params[0], int):
                task = self._serving.pop(params[0], None)
                if task is not None:
                    task.cancel()
            elif params is not None:
                self._service.notified(method, params)
        elif isinstance(number, int) and number not in self._serving:
            # A task of its own each: they begin in the order in which they were made.
            task = self._loop.create_task(self._serve(number, method, params))
            self._serving[number] = task
        else:
            self.refuse(None, messages.INVALID_REQUEST, f"The id {number!r} is in use or none.")

    async def _serve(self, number: int, method: str, params: list[Any] | None) -> None:
        self._observe(Moment.BEFORE_REQUEST, method)
        try:
            line = await self._line(number, method, params)
        finally:
            self._serving.pop(number, None)
        self._observe(Moment.BEFORE_ANSWER, method)
        self._channel.send(line)
        if self._boundary is not None:
            self._channel.flush()
            self._observe(Moment.AFTER_ANSWER, method)

    async def _line(self, number: int, method: str, params: list[Any] | None) -> bytes:
        """Serve a request and return the line that answers it, whatever happens."""
        if params is None:
            problem = f"{method} takes a list of parameters."
            return messages.refusal(number, messages.INVALID_PARAMS, problem)
        try:
            result = await self._observed(method, self._service.serve(method, params))
            return self._fitting(number, messages.answer(number, result))
        except Refusal as refused:
            return messages.refusal(number, refused.code, str(refused))
        except BaseException as error:  # noqa: BLE001 - anybody's adapter
            return self._fitting(number, _told(number, error))

    def _observed(self, method: str, served: Coroutine[Any, Any, str]) -> Awaitable[str]:
        if self._boundary is None:
            return served
        return Resumptions(served, partial(self._observe, Moment.INSIDE, method))

    def _fitting(self, number: int, line: bytes) -> bytes:
        if self._channel.fits(line):
            return line
        problem = f"The answer has {len(line)} bytes, more than messages of the bridge may have."
        return messages.refusal(number, messages.TOO_LONG, problem)

    def _answered(self, number: Any, message: dict[str, Any]) -> None:
        if number is None:
            self._fail_all(ProtocolViolation(f"A message was refused: {message.get('error')}"))
            return
        waiting = self._waiting.get(number) if isinstance(number, int) else None
        if waiting is None:
            return
        method, _ = waiting
        self._observe(Moment.BEFORE_ANSWER, method)
        if "error" in message:
            self._settle(number, _failure(message["error"]))
        else:
            self._settle(number, message["result"])
        self._observe(Moment.AFTER_ANSWER, method)

    def _settle(self, number: int, outcome: Any) -> None:
        _, future = self._waiting.pop(number, ("", None))
        if future is None or future.done():
            return
        if isinstance(outcome, Exception):
            future.set_exception(outcome)
        else:
            future.set_result(outcome)

    def _fail_all(self, failure: Exception) -> None:
        for number in [*self._waiting]:
            self._settle(number, failure)

    def _hung_up(self, failure: BridgeFailure) -> None:
        """Give up whatever the other side would have to answer."""
        if self._failure is None:
            self._failure = failure
        self._fail_all(self._failure)
        self.ended.set()


def _told(number: int, error: BaseException) -> bytes:
    """Return the line that says what a call raised."""
    name = error.name if isinstance(error, RemoteError) else type(error).__name__
    data: dict[str, JsonValue] = {"name": name}
    if not isinstance(error, Exception):
        message = f"The call ended in {type(error).__name__}."
        return messages.refusal(number, messages.ENDED_ABRUPTLY, message, data)
    kind = error.kind if isinstance(error, ContractError) else getattr(error, "kind", None)
    if isinstance(kind, str) and kind in KINDS:
        data["kind"] = kind
    return messages.refusal(number, messages.ADAPTER_ERROR, text_of(error), data)


def _failure(error: Any) -> Exception | Foreign:
    """Return what an error of the other side is here."""
    code, message = error.get("code"), str(error.get("message", ""))
    data = error.get("data")
    if code == messages.ADAPTER_ERROR:
        told = data if isinstance(data, dict) else {}
        kind = KINDS.get(str(told.get("kind")))
        return kind(message) if kind else RemoteError(str(told.get("name", "Error")), message)
    if code == messages.FOREIGN_RESULT:
        return Foreign(message)
    if code == messages.TOO_LONG:
        return MessageTooLong(message)
    if code == messages.ENDED_ABRUPTLY:
        return EndedAbruptly(message)
    return ProtocolViolation(f"The other process refused a request ({code}): {message}")
