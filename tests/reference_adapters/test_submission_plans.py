"""Statements about submissions stay cheap when 100 000 settled ones lie beside a few others."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import Connection, event, text

from flue_conformance.contract import (
    SessionBusy,
    SubmissionAttemptRef,
    SubmissionClaimRef,
    SubmissionLease,
    session_key,
)
from flue_conformance.specs.scenarios.values import direct_input, dispatch_input
from reference_adapters.database import Database
from reference_adapters.submissions import SubmissionStore

pytestmark = pytest.mark.asyncio

SETTLED = 100_000
NUMBERS = {
    "SQLite": (
        f"(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {SETTLED})"
        " SELECT i FROM n)"
    ),
    "Postgres": f"generate_series(1, {SETTLED}) AS n(i)",
}
# A tenth of them belongs to one session; of the others each is alone.
FILL = """
INSERT INTO flue_agent_submissions
    (submission_id, session_key, kind, payload, status, accepted_at, settled_at)
SELECT 'settled-' || i,
       CASE WHEN i % 10 = 0 THEN :long ELSE 'agent-session:' || i END,
       'direct', '{}', 'settled', i, i
FROM
"""


def fill(connection: Connection, product: str) -> None:
    long = session_key("agent-1", "long")
    connection.execute(text(FILL + NUMBERS[product]), {"long": long})
    connection.execute(text("ANALYZE"))


QUEUE = """
INSERT INTO flue_agent_submissions
    (submission_id, session_key, kind, payload, status, accepted_at)
SELECT 'queued-' || i, :long, 'direct', '{}', 'queued', i
FROM
"""


def lengthen(connection: Connection, product: str) -> None:
    queue = f"{QUEUE} {NUMBERS[product]} WHERE i <= 5000"
    connection.execute(text(queue), {"long": session_key("agent-1", "long")})
    connection.execute(text("ANALYZE"))


@pytest_asyncio.fixture
async def grown(database: Database, store: SubmissionStore) -> SubmissionStore:
    await database.write(fill, database.dialect.name)
    for number in range(6):
        await store.admit_direct(direct_input(f"direct-{number}", session=f"few-{number // 2}"))
    await store.admit_direct(direct_input("direct-long", session="long"))
    return store


@contextmanager
def whole_scans(database: Database) -> Iterator[list[str]]:
    """Collect the plans of statements that go through all submissions there are."""
    found: list[str] = []
    explain = sqlite_scans if database.dialect.name == "SQLite" else postgres_scans

    def look(
        connection: Connection, _cursor: object, statement: str, parameters: Any, *_: object
    ) -> None:
        if statement.startswith(("SELECT", "INSERT", "UPDATE", "DELETE")):
            driver = connection.connection.driver_connection
            found.extend(
                f"{plan} in {statement}" for plan in explain(driver, statement, parameters)
            )

    engine = database._engine
    event.listen(engine, "before_cursor_execute", look)
    yield found
    event.remove(engine, "before_cursor_execute", look)


def sqlite_scans(driver: Any, statement: str, parameters: Any) -> Iterator[str]:
    for *_, step in driver.execute(f"EXPLAIN QUERY PLAN {statement}", parameters):
        if step.startswith("SCAN flue_agent") and "unsettled_idx" not in step:
            yield step


def postgres_scans(driver: Any, statement: str, parameters: Any) -> Iterator[str]:
    ((plans,),) = driver.execute(f"EXPLAIN (FORMAT JSON) {statement}", parameters).fetchall()
    waiting = [plan["Plan"] for plan in plans]
    while waiting:
        node = waiting.pop()
        waiting.extend(node.get("Plans", ()))
        # In a nested loop the filter is the condition of one submission's few others.
        if "Join Filter" in node and node["Node Type"] != "Nested Loop":
            yield f"{node['Node Type']} that compares each with each"
        # The condition of a bitmap is that of the index scan below it.
        is_scan = node["Node Type"] in {"Seq Scan", "Index Scan", "Index Only Scan"}
        by_index = "Index Cond" in node or "unsettled_idx" in node.get("Index Name", "")
        if is_scan and not by_index and node["Relation Name"] == "flue_agent_submissions":
            yield node["Node Type"]


async def test_owners_look_at_unsettled_submissions_alone(
    database: Database, grown: SubmissionStore
) -> None:
    attempt = SubmissionAttemptRef("direct-0", "attempt-1")
    lease = SubmissionLease("owner-2", 1)
    with whole_scans(database) as scans:
        assert await grown.has_unsettled_submissions()
        assert len(await grown.list_runnable_submissions()) == 4
        claim = SubmissionClaimRef("direct-0", "attempt-1", "owner-1", 1)
        assert await grown.claim_submission(claim)
        behind = SubmissionClaimRef("direct-1", "attempt-1", "owner-1", 1)
        assert await grown.claim_submission(behind) is None
        assert len(await grown.list_running_submissions()) == 1
        assert len(await grown.list_expired_submissions()) == 1
        await grown.renew_leases("owner-1", [f"direct-{number}" for number in range(600)])
        assert await grown.mark_submission_input_applied(attempt)
        assert await grown.replace_turn_journal_attempt(attempt, "attempt-2", lease)
        assert await grown.complete_submission(SubmissionAttemptRef("direct-0", "attempt-2"))

    assert scans == []


async def test_a_long_queue_is_listed_without_comparing_each_with_each(
    database: Database, store: SubmissionStore
) -> None:
    await store.admit_direct(direct_input("direct-1", session="long"))
    await database.write(lengthen, database.dialect.name)
    with whole_scans(database) as scans:
        assert [head.submission_id for head in await store.list_runnable_submissions()] == [
            "direct-1"
        ]

    assert not [scan for scan in scans if "each with each" in scan]


async def test_admission_finds_its_way_in_a_long_session(
    database: Database, grown: SubmissionStore
) -> None:
    with whole_scans(database) as scans:
        await grown.admit_dispatch(dispatch_input(session="long"))
        await grown.admit_dispatch(dispatch_input(session="long"))
        assert await grown.get_submission("dispatch-1")

    assert scans == []


async def test_deletion_looks_at_its_own_session_alone(
    database: Database, grown: SubmissionStore
) -> None:
    async def delete_session_tree() -> None:
        pass

    with whole_scans(database) as scans:
        await grown.delete_session("agent-session:7", delete_session_tree)
        with pytest.raises(SessionBusy):
            await grown.delete_session(session_key("agent-1", "long"), delete_session_tree)

    assert scans == []


async def test_a_statement_without_an_index_would_be_seen(
    database: Database, grown: SubmissionStore
) -> None:
    del grown
    with whole_scans(database) as scans:
        await database.read(
            lambda connection: connection.execute(
                text("SELECT 1 FROM flue_agent_submissions WHERE payload = ''")
            ).all()
        )

    assert len(scans) == 1
