"""A line to a server does what it is told, whatever is said on it."""

from __future__ import annotations

import asyncio
import socket
import socketserver
import threading
from collections.abc import Iterator

import pytest

from flue_conformance.harness import Lost, Proxy


class Echo(socketserver.ThreadingTCPServer):
    """Answers each line with the same line, and remembers it."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, name: str = "") -> None:
        self.heard: list[str] = []
        self.name = name
        echo = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                for line in self.rfile:
                    echo.heard.append(line.decode().strip())
                    self.wfile.write(echo.name.encode() + line)

        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    def end(self) -> None:
        self.shutdown()
        self.server_close()


class Client:
    def __init__(self, proxy: Proxy) -> None:
        self.proxy = proxy
        self.socket = socket.create_connection(proxy.address, timeout=10)
        self.file = self.socket.makefile("rwb")

    def say(self, text: str) -> None:
        self.file.write(text.encode() + b"\n")
        self.file.flush()

    def ask(self, text: str) -> str:
        """Return the answer; empty where the connection ends instead."""
        try:
            self.say(text)
            answer: bytes = self.file.readline()
        except OSError:
            return ""
        return answer.decode().strip()

    def close(self) -> None:
        self.file.close()
        self.socket.close()


@pytest.fixture
def server() -> Iterator[Echo]:
    server = Echo()
    yield server
    server.end()


@pytest.fixture
def proxy(server: Echo) -> Iterator[Proxy]:
    proxy = Proxy("127.0.0.1", server.server_address[1])
    yield proxy
    proxy.close()
    proxy.close()


@pytest.fixture
def client(proxy: Proxy) -> Iterator[Client]:
    client = Client(proxy)
    yield client
    client.close()


def test_it_passes_on_what_is_said_and_counts_requests(proxy: Proxy, client: Client) -> None:
    assert [client.ask(word) for word in ("a", "b" * 100_000)] == ["a", "b" * 100_000]
    assert proxy.requests == 2


def test_an_answer_is_lost_after_the_server_gave_it(
    server: Echo, proxy: Proxy, client: Client
) -> None:
    client.ask("before")
    proxy.lose(2, Lost.ANSWER)

    assert [client.ask(word) for word in ("first", "second")] == ["first", ""]
    assert server.heard == ["before", "first", "second"]
    assert not proxy.is_armed


def test_a_request_is_lost_before_the_server_hears_it(
    server: Echo, proxy: Proxy, client: Client
) -> None:
    proxy.lose(1, Lost.REQUEST)

    assert client.ask("first") == ""
    assert server.heard == []
    again = Client(proxy)
    assert again.ask("second") == "second"
    again.close()


def test_a_loss_can_be_forgotten(proxy: Proxy, client: Client) -> None:
    proxy.lose(1, Lost.ANSWER)
    assert proxy.is_armed
    proxy.lose_nothing()

    assert client.ask("a") == "a"


def test_a_cut_ends_every_connection_and_later_ones_are_new(proxy: Proxy, client: Client) -> None:
    other = Client(proxy)
    assert [client.ask("a"), other.ask("b")] == ["a", "b"]
    proxy.cut()

    assert [client.ask("a"), other.ask("b")] == ["", ""]
    third = Client(proxy)
    assert third.ask("c") == "c"
    for left in (other, third):
        left.close()


def test_it_refuses_until_it_accepts(proxy: Proxy, client: Client) -> None:
    assert client.ask("a") == "a"
    proxy.refuse()
    refused = Client(proxy)
    assert refused.ask("b") == ""
    assert client.ask("c") == "c"
    proxy.accept()

    accepted = Client(proxy)
    assert accepted.ask("d") == "d"
    for left in (refused, accepted):
        left.close()


def test_what_is_said_while_it_is_frozen_arrives_when_it_thaws(
    server: Echo, proxy: Proxy, client: Client
) -> None:
    proxy.freeze()
    client.say("a")
    client.socket.settimeout(0.05)
    with pytest.raises(TimeoutError):
        client.socket.recv(1)
    assert server.heard == []
    client.socket.settimeout(10)
    proxy.thaw()

    assert client.socket.recv(10) == b"a\n"


async def look(server: Echo, client: Client, *, limit: float, slow: bool) -> list[list[str]]:
    """Return what the server had heard with each look, while the client asks twice."""
    looks: list[list[str]] = []

    async def one(number: int) -> None:
        looks.append([*server.heard])
        assert number == len(looks)
        if slow:
            await asyncio.Event().wait()

    with client.proxy.watched(one, limit):
        answers = [await asyncio.to_thread(client.ask, word) for word in ("first", "second")]
    assert [*answers, client.ask("third")] == ["first", "second", "third"]
    return looks


def test_what_a_server_did_is_looked_at_before_its_answer_is_heard(
    server: Echo, client: Client
) -> None:
    looks = asyncio.run(look(server, client, limit=10, slow=False))

    assert looks == [["first"], ["first", "second"]]


def test_a_look_that_takes_too_long_is_the_last_one(server: Echo, client: Client) -> None:
    assert asyncio.run(look(server, client, limit=0.05, slow=True)) == [["first"]]


def test_it_leads_to_another_server(proxy: Proxy, client: Client) -> None:
    other = Echo("other ")
    assert client.ask("a") == "a"
    proxy.lead_to("127.0.0.1", other.server_address[1])

    assert client.ask("b") == "b"
    led = Client(proxy)
    assert led.ask("c") == "other c"
    led.close()
    other.end()


def test_a_server_that_is_gone_is_a_connection_that_ends(server: Echo, proxy: Proxy) -> None:
    server.end()
    client = Client(proxy)

    assert client.ask("a") == ""
    client.close()


def test_it_ends_while_it_is_frozen(server: Echo) -> None:
    proxy = Proxy("127.0.0.1", server.server_address[1])
    client = Client(proxy)
    proxy.freeze()
    client.say("a")
    proxy.close()

    assert client.ask("b") == ""
    client.close()
