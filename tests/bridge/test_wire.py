"""Messages as bytes: what a host and a client make of wrong ones."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest

import reference_adapters
from flue_conformance.bridge import (
    Channel,
    MessageTooLong,
    PeerGone,
    ProtocolViolation,
    RemoteAdapter,
    serve,
)

from .pairs import IDENTITY, connected

pytestmark = pytest.mark.asyncio

OPENING = [
    {
        "id": 1,
        "method": "initialize",
        "params": [{"protocol": 1, "location": "", "edition": "0.11"}],
    },
    {"id": 2, "method": "adapter.migrate", "params": []},
    {"id": 3, "method": "adapter.connect", "params": []},
]


class Raw:
    """Whoever speaks to a host or a client without any help."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    def send(self, *lines: bytes) -> None:
        self._writer.write(b"".join(line + b"\n" for line in lines))

    async def ask(self, *requests: Any) -> list[Any]:
        """Send requests and return as many answers."""
        self.send(*(json.dumps({"jsonrpc": "2.0", **one}).encode() for one in requests))
        return [await self.hear() for _ in requests]

    async def hear(self) -> Any:
        return json.loads(await self._reader.readline())

    def close(self) -> None:
        self._writer.close()


@asynccontextmanager
async def host(*, longest: int = 10_000) -> AsyncIterator[Raw]:
    """Lend the other end of a host that serves an adapter in memory."""
    ours, theirs = socket.socketpair()
    descriptor = theirs.detach()
    channel = Channel(descriptor, descriptor, longest=longest)
    serving = asyncio.create_task(
        serve(channel, lambda _, edition: reference_adapters.memory(edition=edition), IDENTITY)
    )
    raw = Raw(*await asyncio.open_connection(sock=ours))
    try:
        yield raw
    finally:
        raw.close()
        await serving


@asynccontextmanager
async def client(*, longest: int = 10_000) -> AsyncIterator[tuple[RemoteAdapter, Raw]]:
    """Lend a client, and the end where a host should be."""
    ours, theirs = socket.socketpair()
    descriptor = ours.detach()
    adapter = RemoteAdapter(Channel(descriptor, descriptor, longest=longest), "x", "0.11")
    raw = Raw(*await asyncio.open_connection(sock=theirs))
    try:
        yield adapter, raw
    finally:
        adapter.end(PeerGone("the test is over"))
        raw.close()


async def opened(raw: Raw) -> None:
    answers = await raw.ask(*OPENING)
    assert answers[0]["result"] == {"protocol": 1, **IDENTITY}
    assert answers[2]["result"] == {"stores": 1}


async def test_a_host_speaks_the_protocol_as_it_is_written_down() -> None:
    async with host() as raw:
        await opened(raw)
        heard = await raw.ask(
            {"id": 4, "method": "streams.createStream", "params": [1, "a"]},
            {"id": 5, "method": "streams.subscribe", "params": [1, "a", 77]},
        )
        assert [one["result"] for one in heard] == [None, None]
        append = {
            "id": 6,
            "method": "streams.appendEvent",
            "params": [1, "a", {"$plain": {"$": 1}}],
        }
        changed, appended = (await raw.ask(append))[0], await raw.hear()
        assert changed == {"jsonrpc": "2.0", "method": "streams.changed", "params": [77]}
        read = {"id": 7, "method": "streams.readEvents", "params": [1, "a"]}
        [page] = await raw.ask(read)
        assert page["result"] == {
            "events": [{"data": {"$plain": {"$": 1}}, "offset": appended["result"]}],
            "nextOffset": appended["result"],
            "upToDate": True,
            "closed": False,
        }
        [closed] = await raw.ask({"id": 8, "method": "streams.appendEvent", "params": [1, "b", 1]})
        assert closed["error"]["code"] == -32000
        assert closed["error"]["data"] == {"name": "StreamMissing", "kind": "StreamMissing"}


async def test_a_host_asks_for_the_callback_and_waits() -> None:
    async with host() as raw:
        await opened(raw)
        deletion = {"id": 4, "method": "submissions.deleteSession", "params": [1, "key", 9]}
        [asked] = await raw.ask(deletion)
        assert asked["method"] == "callbacks.invoke"
        assert asked["params"] == [9]
        error = {"code": -32000, "message": "out of reach", "data": {"name": "RangeError"}}
        [answer] = await raw.ask({"id": asked["id"], "error": error})
        assert answer["error"] == error
        assert answer["id"] == 4


@pytest.mark.parametrize(
    "line",
    [b"{", b"hello", b"[]", b"1", b"\xff\xfe", b'{"jsonrpc":"2.0"}', b"[" * 100_000, b'{"a":NaN}'],
)
async def test_a_host_refuses_what_is_no_message_and_goes_on(line: bytes) -> None:
    async with host(longest=200_000) as raw:
        raw.send(line)
        refused = await raw.hear()
        assert refused["id"] is None
        assert refused["error"]["code"] == -32700
        await opened(raw)


@pytest.mark.parametrize(
    ("method", "params", "code", "said"),
    [
        ("sessions.steal", [1, "a"], -32601, "sessions.steal"),
        ("sessions.load", [1], -32602, "id"),
        ("sessions.load", [1, "a", "b"], -32602, "id"),
        ("sessions.load", [2, "a"], -32602, "stores 2"),
        ("sessions.load", [True, "a"], -32602, "stores True"),
        ("sessions.load", [], -32602, "stores None"),
        ("sessions.load", {"n": 1}, -32602, "list"),
        ("submissions.claimSubmission", [1, {"submissionId": "s"}], -32602, "claim"),
        ("runs.appendEvent", [1, "a", {}], -32601, "run_events"),
        ("streams.subscribe", [1, "a"], -32602, "id"),
        ("streams.unsubscribe", [1, 5], -32602, "known id"),
        ("initialize", [{"protocol": 1}], -32600, "initialized"),
        ("initialize", [{"protocol": 2}], -32602, "protocol 1"),
    ],
)
async def test_a_host_refuses_wrong_requests_and_goes_on(
    method: str, params: Any, code: int, said: str
) -> None:
    async with host() as raw:
        await opened(raw)
        for number in (4, 5):
            [refused] = await raw.ask({"id": number, "method": method, "params": params})
            assert refused["id"] == number
            assert refused["error"]["code"] == code
            assert said in refused["error"]["message"]
        [answer] = await raw.ask({"id": 6, "method": "sessions.load", "params": [1, "a"]})
        assert answer["result"] is None


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"location": "x"},
        {"location": "x", "edition": "0.9"},
        {"location": 1, "edition": "0.11"},
    ],
)
async def test_a_host_begins_with_a_location_and_an_edition(asked: dict[str, Any]) -> None:
    async with host() as raw:
        [early] = await raw.ask({"id": 1, "method": "adapter.migrate", "params": []})
        assert "initialize" in early["error"]["message"]
        opening = {"id": 2, "method": "initialize", "params": [{"protocol": 1, **asked}]}
        [refused] = await raw.ask(opening)
        assert refused["error"]["code"] == -32602


async def test_notifications_that_mean_nothing_are_ignored() -> None:
    nothing: list[tuple[str, Any]] = [
        ("x", None),
        ("cancel", []),
        ("cancel", [[1]]),
        ("cancel", {}),
        ("changed", [1]),
    ]
    lines = [json.dumps({"method": method, "params": params}) for method, params in nothing]
    async with host() as raw:
        raw.send(*(line.encode() for line in lines))
        await opened(raw)
    async with client() as (adapter, near):
        call = asyncio.ensure_future(adapter.migrate())
        asked = await near.hear()
        near.send(*(line.encode() for line in lines))
        near.send(b'{"method":"streams.changed","params":[[1]]}')
        near.send(json.dumps({"id": asked["id"], "result": {}}).encode())
        asked = await near.hear()
        near.send(json.dumps({"id": asked["id"], "result": None}).encode())
        await call


async def test_a_request_that_is_too_long_fails_alone() -> None:
    async with host() as raw:
        await opened(raw)
        load = {"id": 5, "method": "sessions.load", "params": [1, "a"]}
        raw.send(b'{"jsonrpc":"2.0","id":4,"method":"sessions.load","params":[1,"' + b"x" * 30_000)
        refused = await raw.hear()
        assert refused["id"] == 4
        assert refused["error"]["code"] == -32001
        [answer] = await raw.ask(load)
        assert answer["result"] is None


async def test_a_request_that_cannot_be_sent_fails_alone() -> None:
    async def act(_: str, key: str) -> Any:
        return {"of": key}

    async with connected(act, longest=1000) as stores:
        other = asyncio.ensure_future(stores.sessions.load("other"))
        with pytest.raises(MessageTooLong, match="1000"):
            await stores.sessions.load("x" * 2000)
        assert await other == {"of": "other"}


async def test_an_answer_that_is_too_long_fails_its_call_alone() -> None:
    async def act(_: str, key: str) -> Any:
        return {"of": key * (2000 if key == "l" else 1)}

    async with connected(act, longest=1000) as stores:
        calls = [stores.sessions.load(key) for key in ("a", "l", "b")]
        outcomes = await asyncio.gather(*calls, return_exceptions=True)
        assert outcomes[::2] == [{"of": "a"}, {"of": "b"}]
        assert isinstance(outcomes[1], MessageTooLong)


async def test_a_foreign_answer_that_is_too_long_fails_its_call_alone() -> None:
    async with client() as (adapter, raw):
        calls = [asyncio.ensure_future(adapter.migrate()) for _ in range(2)]
        await raw.hear()
        raw.send(b'{"jsonrpc":"2.0","id":1,"result":{}}')
        numbers = [(await raw.hear())["id"] for _ in calls]
        raw.send(b'{"id":%d,"result":"%s"}' % (numbers[0], b"x" * 50_000))
        raw.send(b'{"id":%d,"result":null}' % numbers[1])
        outcomes = await asyncio.gather(*calls, return_exceptions=True)
        assert isinstance(outcomes[0], MessageTooLong)
        assert outcomes[1] is None


@pytest.mark.parametrize("line", [b"Listening on port 1234", b"{}", b"[1]", b"\xff"])
async def test_a_client_says_what_came_that_was_no_message(line: bytes) -> None:
    async with client() as (adapter, raw):
        raw.send(line)
        for _ in range(2):
            with pytest.raises(ProtocolViolation, match="no message") as raised:
                await adapter.migrate()
        assert line.decode("utf-8", "backslashreplace").split()[0] in str(raised.value).replace(
            "\\\\", "\\"
        )


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ([{"result": {"stores": "one"}}], "one"),
        ([{"error": {"code": -32601, "message": "what?"}}], "what?"),
        ([{"id": None, "error": {"code": -32700, "message": "what?"}}], "what?"),
        ([{"error": {}}], "refused"),
    ],
)
async def test_a_client_says_what_is_wrong_with_an_answer(
    answers: Sequence[dict[str, Any]], said: str
) -> None:
    async with client() as (adapter, raw):
        call = asyncio.ensure_future(adapter.connect())
        asked = await raw.hear()
        raw.send(json.dumps({"id": asked["id"], "result": {}}).encode())
        asked = await raw.hear()
        raw.send(*(json.dumps({"id": asked["id"], **answer}).encode() for answer in answers))
        with pytest.raises(ProtocolViolation, match=said):
            await call


async def test_answers_that_nobody_waits_for_are_ignored() -> None:
    async with client() as (adapter, raw):
        call = asyncio.ensure_future(adapter.migrate())
        asked = await raw.hear()
        for number in (7, "x", [1], asked["id"]):
            raw.send(json.dumps({"id": number, "result": {}}).encode())
        asked = await raw.hear()
        raw.send(json.dumps({"id": asked["id"], "result": None}).encode())
        await call


async def test_a_call_fails_when_the_other_side_closes() -> None:
    async with client() as (adapter, raw):
        call = asyncio.ensure_future(adapter.migrate())
        await raw.hear()
        raw.close()
        with pytest.raises(PeerGone, match="closed"):
            await call
        with pytest.raises(PeerGone, match="closed"):
            await adapter.close()


async def test_large_messages_cross_both_ways_at_once() -> None:
    async def act(_: str, key: str) -> Any:
        return {"of": key}

    async with connected(act) as stores:
        texts = [letter * 3_000_000 for letter in "abcd"]
        loaded = await asyncio.gather(*(stores.sessions.load(text) for text in texts))
        assert [one["of"] for one in loaded] == texts
