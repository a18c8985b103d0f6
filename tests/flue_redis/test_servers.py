"""What the adapter asks of a server, and what it says where it gets something else."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from flue_adapter_redis import RedisAdapter
from flue_adapter_redis.conformance import redis
from flue_adapter_redis.servers.administration import ask
from flue_conformance.backends import NotAvailable, Settings, UsageProblem
from flue_conformance.contract import InvalidLocation, SessionData, Storage

if TYPE_CHECKING:
    from flue_adapter_redis.servers import Instance

SESSION: SessionData = {
    "version": 5,
    "affinityKey": "aff_1",
    "entries": [],
    "leafId": None,
    "metadata": {},
    "createdAt": "2026-06-03T10:20:30.456Z",
    "updatedAt": "2026-06-03T10:20:30.456Z",
}


@pytest.mark.asyncio
async def test_a_server_that_forgets_what_it_acknowledged_is_refused(server: Instance) -> None:
    ask(server.url, "CONFIG", "SET", "appendfsync", "everysec")

    with pytest.raises(Storage, match="appendfsync everysec"):
        await RedisAdapter(server.url).migrate()

    borne = RedisAdapter(server.url, durable=False)
    await borne.migrate()
    await borne.close()


@pytest.mark.asyncio
async def test_a_write_that_no_replica_has_is_not_acknowledged(server: Instance) -> None:
    alone = RedisAdapter(server.url)
    await alone.migrate()
    await (await alone.connect()).sessions.save("session", SESSION)
    replicated = RedisAdapter(server.url, replicas=1)
    stores = await replicated.connect()

    assert await stores.sessions.load("session") == SESSION
    with pytest.raises(Storage, match="Of 1 replicas 0 have the write"):
        await stores.sessions.delete("session")

    await replicated.close()
    await alone.close()


@pytest.mark.asyncio
async def test_a_server_that_was_started_again_learns_the_scripts(server: Instance) -> None:
    adapter = RedisAdapter(server.url)
    await adapter.migrate()
    submissions = (await adapter.connect()).submissions
    ask(server.url, "SCRIPT", "FLUSH")

    assert await submissions.list_runnable_submissions() == []
    await adapter.close()


@pytest.mark.asyncio
async def test_databases_of_one_server_know_nothing_of_each_other(server: Instance) -> None:
    # One prefix continues the other, up to what could be a key.
    adapters = [RedisAdapter(server.url, prefix=prefix) for prefix in ("a", "a:session:b")]
    stores = []
    for adapter in adapters:
        await adapter.migrate()
        stores.append(await adapter.connect())

    await stores[0].sessions.save("b:session:c", SESSION)
    assert await stores[1].sessions.load("c") is None
    for adapter in adapters:
        await adapter.close()


@pytest.mark.parametrize("prefix", ["", "a}b", "{"])
def test_a_prefix_is_a_text_without_braces(prefix: str) -> None:
    with pytest.raises(InvalidLocation):
        RedisAdapter("redis://localhost", prefix=prefix)


@pytest.mark.asyncio
async def test_without_a_server_s_program_it_is_said_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(NotAvailable, match="apt-get install redis-server"):
        await redis.configure(None, Settings()).start()


def test_an_argument_that_is_no_server_is_refused() -> None:
    with pytest.raises(UsageProblem, match="comes a URL such as"):
        redis.configure("localhost", Settings())


@pytest.mark.asyncio
async def test_a_parallel_worker_makes_databases_of_its_own_and_leaves_none(
    server: Instance,
) -> None:
    controlling = redis.configure(server.url, Settings())
    await controlling.start()
    worker = redis.configure(server.url, Settings())
    worker.join(json.loads(json.dumps(controlling.share())))

    locations = [await backend.create() for backend in (controlling, worker, worker)]
    assert len(set(locations)) == len(locations)
    for location in locations:
        adapter = worker.adapter(location, "0.11")
        await adapter.migrate()
        await adapter.close()
        await worker.drop(location)

    assert ask(server.url, "DBSIZE") == 0
    await worker.stop()
    await controlling.stop()
    assert ask(server.url, "PING")
