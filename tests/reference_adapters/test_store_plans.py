"""Pages and reads go straight to their rows, however many others there are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import product
from typing import Any

import pytest
from sqlalchemy import Connection, event, text

from flue_conformance.contract import ListRunsOpts, ReadEventsOpts, RunCursor
from reference_adapters.database import Database
from reference_adapters.migration import migrate
from reference_adapters.runs import RunEventStore, RunRegistry, RunStore
from reference_adapters.sessions import SplitSessionStore, WholeSessionStore
from reference_adapters.streams import EventStreamStore

pytestmark = pytest.mark.asyncio

ROWS = 100_000
NUMBERS = (
    "WITH RECURSIVE numbers(i) AS"
    f" (SELECT 0 UNION ALL SELECT i + 1 FROM numbers WHERE i < {ROWS - 1}) "
)
# Times repeat; three workflows and three statuses, in all combinations.
REGISTRY = """
INSERT INTO flue_run_registry (run_id, owner_kind, workflow_name, instance_id, status, started_at)
SELECT 'run-' || i, 'workflow', 'workflow-' || (i % 3), 'run-' || i,
    CASE i / 3 % 3 WHEN 0 THEN 'active' WHEN 1 THEN 'completed' ELSE 'errored' END,
    '2026-06-03T00:00:00.' || (i % 1000) || 'Z'
FROM numbers
"""
RUNS = REGISTRY.replace("flue_run_registry", "flue_runs")
# One run, one stream and one session have a tenth of everything; of the others each has one row.
RUN_EVENTS = """
INSERT INTO flue_run_events (run_id, event_index, payload)
SELECT run.id, i, '{"runId":"' || run.id || '","eventIndex":' || i || '}'
FROM (SELECT 'run-' || CASE WHEN i % 10 = 0 THEN 0 ELSE i END AS id, i FROM numbers) AS run
"""
STREAMS = f"""
INSERT INTO flue_event_streams (path, next_offset)
SELECT 'runs/' || i, CASE WHEN i = 0 THEN {ROWS} ELSE 1 END FROM numbers
"""
STREAM_ENTRIES = """
INSERT INTO flue_event_stream_entries (path, seq, data)
SELECT 'runs/' || CASE WHEN i % 10 = 0 THEN 0 ELSE i END, i, '{}' FROM numbers
"""
SESSIONS = "INSERT INTO flue_sessions (id, data) SELECT 'session-' || i, '{}' FROM numbers"
SESSION_ENTRIES = """
INSERT INTO flue_session_entries (session_id, entry_id, position, data)
SELECT 'session-' || CASE WHEN i % 10 = 0 THEN 0 ELSE i END, 'e' || i, i, '{"id":"e"}' FROM numbers
"""
WHOLE_SESSIONS = (
    "INSERT INTO flue_sessions (id, data, updated_at) SELECT 'session-' || i, '{}', 1 FROM numbers"
)


def fill(connection: Connection, edition: Any, dialect: Any, *inserts: str) -> None:
    migrate(connection, dialect, edition)
    for insert in inserts:
        connection.execute(text(NUMBERS + insert))
    connection.execute(text("ANALYZE"))


@contextmanager
def detours(database: Database) -> Iterator[list[str]]:
    """Collect the statements that read rows which they don't return, or sort what they read."""
    found: list[str] = []
    explain = sqlite_detours if database.dialect.name == "SQLite" else postgres_detours

    def look(
        connection: Connection, _cursor: object, statement: str, parameters: Any, *_: object
    ) -> None:
        if statement.startswith(("SELECT", "UPDATE", "DELETE")):
            driver = connection.connection.driver_connection
            found.extend(f"{step}: {statement}" for step in explain(driver, statement, parameters))

    event.listen(database._engine, "before_cursor_execute", look)
    yield found
    event.remove(database._engine, "before_cursor_execute", look)


def sqlite_detours(driver: Any, statement: str, parameters: Any) -> Iterator[str]:
    for *_, step in driver.execute(f"EXPLAIN QUERY PLAN {statement}", parameters):
        if "TEMP B-TREE" in step or (step.startswith("SCAN") and "USING INDEX" not in step):
            yield step


def postgres_detours(driver: Any, statement: str, parameters: Any) -> Iterator[str]:
    analyze = "ANALYZE, " if statement.startswith("SELECT") else ""
    explain = f"EXPLAIN ({analyze}FORMAT JSON) {statement}"
    ((plans,),) = driver.execute(explain, parameters).fetchall()
    waiting = [plan["Plan"] for plan in plans]
    while waiting:
        node = waiting.pop()
        waiting.extend(node.get("Plans", ()))
        if node["Node Type"] in {"Seq Scan", "Sort"} or node.get("Rows Removed by Filter"):
            yield node["Node Type"]


@pytest.fixture
def filled(place: Any, open_database: Callable[[Any], Database]) -> Any:
    async def make(edition: str, *inserts: str) -> Database:
        opened = open_database(place)
        await opened.write(fill, edition, opened.dialect, *inserts)
        return opened

    return make


async def test_registry_pages(filled: Any) -> None:
    database = await filled("0.11", REGISTRY)
    registry = RunRegistry(database)
    middle = RunCursor("2026-06-03T00:00:00.500Z", "run-5").encode()
    with detours(database) as found:
        for status, workflow, cursor in product(
            (None, "active", "nonsense"), (None, "workflow-1", "nonsense"), (None, middle)
        ):
            page = await registry.list_runs(ListRunsOpts(status, workflow, 20, cursor))
            assert len(page.runs) == (0 if "nonsense" in {status, workflow} else 20)
        assert await registry.lookup_run("run-7")

    assert found == []


async def test_stream_pages_and_appends(filled: Any) -> None:
    database = await filled("0.11", STREAMS, STREAM_ENTRIES)
    streams = EventStreamStore(database)
    with detours(database) as found:
        for offset in (None, "50000", "99990", "now"):
            await streams.read_events("runs/0", ReadEventsOpts(offset, 20))
        await streams.get_stream_meta("runs/0")
        await streams.append_event("runs/0", {})
        await streams.close_stream("runs/0")
        await streams.delete_stream("runs/1")

    assert found == []


async def test_run_events(filled: Any) -> None:
    database = await filled("0.10", RUNS, RUN_EVENTS)
    events, runs = RunEventStore(database), RunStore(database)
    with detours(database) as found:
        assert len(await events.get_events("run-0", ROWS - 100)) == 10
        await events.append_event("run-1", {"type": "log", "runId": "run-1", "eventIndex": 0})
        assert await runs.get_run("run-1")

    assert found == []


async def test_split_sessions(filled: Any) -> None:
    database = await filled("0.11", SESSIONS, SESSION_ENTRIES)
    sessions = SplitSessionStore(database)
    with detours(database) as found:
        data = await sessions.load("session-1")
        assert data
        data["entries"].clear()
        await sessions.save("session-1", data)
        await sessions.delete("session-2")

    assert found == []


async def test_whole_sessions(filled: Any) -> None:
    database = await filled("0.10", WHOLE_SESSIONS)
    sessions = WholeSessionStore(database)
    with detours(database) as found:
        assert await sessions.load("session-1") is not None
        await sessions.delete("session-2")

    assert found == []


async def test_a_detour_would_be_seen(filled: Any) -> None:
    database = await filled("0.11", REGISTRY)

    def take_a_detour(connection: Connection) -> None:
        connection.execute(text("SELECT 1 FROM flue_run_registry WHERE instance_id = 'x'"))
        connection.execute(text("SELECT 1 FROM flue_run_registry ORDER BY instance_id LIMIT 1"))

    with detours(database) as found:
        await database.read(take_a_detour)

    assert len(found) >= 2
