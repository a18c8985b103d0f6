"""What a client and a host do while calls overlap, call back, fail and end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

import reference_adapters
from flue_conformance.bridge import EndedAbruptly, PeerGone, ProtocolViolation, RemoteError
from flue_conformance.contract import SessionBusy, Storage, StreamClosed

from .pairs import Acted, ActedAdapter, bridged, connected

pytestmark = pytest.mark.asyncio


async def done(_: Any) -> None:
    """Do nothing, at once."""


async def test_requests_begin_in_the_order_in_which_they_were_made() -> None:
    begun: list[str] = []
    go_on = asyncio.Event()

    async def act(_: str, key: str) -> None:
        begun.append(key)
        await go_on.wait()

    async with connected(act) as stores:
        calls = [
            asyncio.ensure_future(stores.sessions.load(f"{number}" + "x" * (number % 3 * 100_000)))
            for number in range(30)
        ]
        go_on.set()
        await asyncio.gather(*calls)
    assert [key.rstrip("x") for key in begun] == [str(number) for number in range(30)]


async def test_requests_overlap() -> None:
    both = asyncio.Barrier(2)

    async def act(*_: Any) -> None:
        await both.wait()

    async with connected(act) as stores:
        await asyncio.gather(stores.sessions.load("a"), stores.sessions.load("b"))


class Announcing(Acted):
    """Streams whose every call tells the listeners before it returns."""

    def __init__(self) -> None:
        self.listeners: dict[str, list[Callable[[], None]]] = {}
        self.ended: list[str] = []
        super().__init__(self._announce)

    async def _announce(self, _: str, path: str, *__: Any) -> str:
        await asyncio.sleep(0)
        for listener in self.listeners.get(path, []):
            listener()
        return "an offset"

    def subscribe(self, path: str, listener: Callable[[], None]) -> Callable[[], None]:
        if path == "refused":
            raise RuntimeError("no subscriptions today")
        self.listeners.setdefault(path, []).append(listener)
        return lambda: self.ended.append(path)


async def test_what_a_request_notifies_comes_before_its_answer() -> None:
    streams, heard = Announcing(), list[str]()
    async with bridged(ActedAdapter(streams)) as client:
        remote = (await client.connect()).event_streams
        assert remote is not None
        unsubscribe = remote.subscribe("a", lambda: heard.append("a"))
        remote.subscribe("b", lambda: heard.append("b"))
        for expected in (["a"], ["a", "a"]):
            await remote.append_event("a", {})
            assert heard == expected
        unsubscribe()
        unsubscribe()
        await remote.append_event("a", {})
        await remote.append_event("b", {})
    assert heard == ["a", "a", "b"]
    # Ending a subscription twice is the adapter's to bear.
    assert streams.ended == ["a", "a"]


async def test_a_listener_that_raises_is_alone_with_it() -> None:
    heard: list[str] = []

    def fail() -> None:
        raise RuntimeError("this listener fails on purpose")

    async with bridged(ActedAdapter(Announcing())) as client:
        remote = (await client.connect()).event_streams
        assert remote is not None
        remote.subscribe("a", fail)
        remote.subscribe("a", lambda: heard.append("a"))
        await remote.append_event("a", {})
    assert heard == ["a"]


async def test_a_failed_subscription_is_raised_by_the_next_call() -> None:
    async with bridged(ActedAdapter(Announcing())) as client:
        remote = (await client.connect()).event_streams
        assert remote is not None
        remote.subscribe("refused", lambda: None)
        with pytest.raises(EndedAbruptly, match="no subscriptions today"):
            await remote.append_event("a", {})
        await remote.append_event("a", {})


async def calling_back(_: str, __: str, callback: Callable[[], Awaitable[None]]) -> None:
    """Delete by calling back, twice if the first time fails with a mere `LookupError`."""
    try:
        await callback()
    except RemoteError as error:
        if error.name != "LookupError":
            raise
        await callback()


async def test_a_callback_is_called_where_it_belongs() -> None:
    calls: list[str] = []

    async def callback() -> None:
        calls.append("called")
        if len(calls) == 1:
            raise LookupError("once more")

    async with connected(calling_back) as stores:
        await stores.submissions.delete_session("key", callback)
    assert calls == ["called", "called"]


@pytest.mark.parametrize("error", [KeyError("x"), SessionBusy("the child is busy"), TimeoutError()])
async def test_a_callback_s_error_comes_back_itself(error: Exception) -> None:
    async def later() -> None:
        await asyncio.sleep(0)
        raise error

    def at_once() -> Awaitable[None]:
        raise error

    async with connected(calling_back) as stores:
        for callback in (later, at_once):
            with pytest.raises(type(error)) as raised:
                await stores.submissions.delete_session("key", callback)
            assert raised.value is error


async def test_the_adapter_s_own_error_is_not_taken_for_the_callback_s() -> None:
    async def act(_: str, __: str, callback: Callable[[], Awaitable[None]]) -> None:
        try:
            await callback()
        except RemoteError:
            raise Storage("the callback failed") from None

    async def callback() -> None:
        raise RuntimeError("out of reach")

    async with connected(act) as stores:
        with pytest.raises(Storage, match="the callback failed"):
            await stores.submissions.delete_session("key", callback)


async def test_cancelling_a_call_cancels_it_and_its_callback() -> None:
    events = {name: asyncio.Event() for name in ("entered", "callback", "call")}

    async def act(_: str, __: str, callback: Callable[[], Awaitable[None]]) -> None:
        try:
            await callback()
        except asyncio.CancelledError:
            events["call"].set()
            raise

    async def callback() -> None:
        events["entered"].set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            events["callback"].set()
            raise

    async with connected(act) as stores:
        deletion = asyncio.ensure_future(stores.submissions.delete_session("key", callback))
        await events["entered"].wait()
        deletion.cancel()
        await asyncio.wait([deletion])
        assert deletion.cancelled()
        await asyncio.gather(*(event.wait() for event in events.values()))


async def test_a_call_that_was_cancelled_at_once_does_not_begin() -> None:
    begun: list[str] = []

    async def act(_: str, key: str) -> None:
        begun.append(key)

    async with connected(act) as stores:
        cancelled = asyncio.ensure_future(stores.sessions.load("cancelled"))
        await asyncio.sleep(0)
        cancelled.cancel()
        await stores.sessions.load("kept")
    assert "kept" in begun


@pytest.mark.parametrize(
    ("raised", "kind", "text"),
    [
        (StreamClosed("runs/1 is closed"), StreamClosed, "runs/1 is closed"),
        (RuntimeError("disk full"), RemoteError, "disk full"),
        (SystemExit(3), EndedAbruptly, "SystemExit"),
        (asyncio.CancelledError(), EndedAbruptly, "CancelledError"),
    ],
)
async def test_errors_come_back_as_what_they_are(
    raised: BaseException, kind: type[Exception], text: str
) -> None:
    async def act(*_: Any) -> None:
        raise raised

    async with connected(act) as stores:
        for _ in range(2):
            with pytest.raises(kind, match=text) as caught:
                await stores.sessions.load("x")
        assert type(caught.value) is kind


async def test_an_error_that_cannot_speak_is_still_one() -> None:
    class Mute(Exception):  # noqa: N818 - it is
        def __str__(self) -> str:
            raise RuntimeError

    async def act(*_: Any) -> None:
        raise Mute

    async with connected(act) as stores:
        with pytest.raises(RemoteError, match="cannot be had") as caught:
            await stores.sessions.load("x")
    assert caught.value.name == "Mute"


async def test_a_surface_that_the_adapter_lacks_is_a_failure_of_the_bridge() -> None:
    async with bridged(reference_adapters.memory(edition="0.10"), "0.11") as client:
        await client.migrate()
        remote = (await client.connect()).event_streams
        assert remote is not None
        with pytest.raises(ProtocolViolation, match="event_streams"):
            await remote.create_stream("a")


async def test_the_adapter_is_closed_when_the_client_goes() -> None:
    adapter = ActedAdapter(Acted(done))
    async with bridged(adapter) as client:
        await client.connect()
        await client.close()
        assert adapter.closed == 1
    assert adapter.closed == 2


async def test_calls_fail_when_the_bridge_ends() -> None:
    entered = asyncio.Event()

    async def act(*_: Any) -> None:
        entered.set()
        await asyncio.Event().wait()

    async with bridged(ActedAdapter(Acted(act))) as client:
        stores = await client.connect()
        call = asyncio.ensure_future(stores.sessions.load("x"))
        await entered.wait()
        client.end(PeerGone("enough"))
        for late in (call, stores.sessions.load("y"), client.migrate()):
            with pytest.raises(PeerGone, match="enough"):
                await late


async def test_a_real_adapter_works_in_both_editions() -> None:
    for edition in ("0.10", "0.11"):
        async with bridged(reference_adapters.memory(edition=edition), edition) as client:
            await client.migrate()
            first, second = await client.connect(), await client.connect()
            await first.submissions.append_stream_chunk_segment("key", 0, "body")
            chunks = await second.submissions.get_stream_chunk_segments("key")
            assert [chunk.body for chunk in chunks] == ["body"]
            assert client.about is not None
            await client.close()
            with pytest.raises(Storage):
                await first.sessions.load("x")
