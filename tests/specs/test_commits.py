"""Which requests of a call are lost does not depend on how an adapter talks to its server."""

from __future__ import annotations

import asyncio
import socketserver
import threading
from collections.abc import Iterator

import pytest

from flue_conformance.harness import Lost, Proxy
from flue_conformance.specs.scenarios.commits import losses
from flue_conformance.specs.support.limits import Limits

LIMITS = Limits(settle=5.0)


class Committer(socketserver.ThreadingTCPServer):
    """Counts lines that say `commit`, and answers each line."""

    daemon_threads = True

    def __init__(self) -> None:
        self.commits = 0
        committer = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                for line in self.rfile:
                    committer.commits += line == b"commit\n"
                    self.wfile.write(line)

        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()


@pytest.fixture
def server() -> Iterator[Committer]:
    server = Committer()
    yield server
    server.shutdown()
    server.server_close()


def lost(server: Committer, words: list[str], *, readable: bool = True) -> list[tuple[int, Lost]]:
    """Return what is to lose of a call that says these words to the server, one by one."""
    over = asyncio.Event()

    async def seen() -> int:
        if server.commits > 0 and not readable:
            # As where readers wait for writers.
            await over.wait()
        return server.commits

    async def found(proxy: Proxy) -> list[tuple[int, Lost]]:
        async def call() -> None:
            reader, writer = await asyncio.open_connection(*proxy.address)
            for word in words:
                writer.write(f"{word}\n".encode())
                assert await reader.readline()
            writer.close()
            await writer.wait_closed()
            over.set()

        return await losses(proxy, call, seen, LIMITS)

    proxy = Proxy("127.0.0.1", server.server_address[1])
    try:
        return asyncio.run(found(proxy))
    finally:
        proxy.close()


def test_a_commit_is_lost_on_its_way_to_the_server_and_back(server: Committer) -> None:
    words = ["begin", "prepare", "insert", "commit"]

    assert lost(server, words) == [(3, Lost.ANSWER), (4, Lost.ANSWER), (4, Lost.REQUEST)]


def test_each_of_several_commits_is_lost_and_what_comes_last(server: Committer) -> None:
    words = ["commit", "begin", "insert", "commit", "reset", "reset"]

    answers = [(number, Lost.ANSWER) for number in (1, 3, 4, 6)]
    assert lost(server, words) == [*answers, (1, Lost.REQUEST), (4, Lost.REQUEST)]


def test_where_nobody_can_look_each_request_may_be_the_commit(server: Committer) -> None:
    answers = [(number, Lost.ANSWER) for number in (1, 2, 3)]
    requests = [(number, Lost.REQUEST) for number in (2, 3)]

    assert lost(server, ["begin", "commit", "reset"], readable=False) == [*answers, *requests]
