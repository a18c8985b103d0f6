"""`LmdbPlanter`: reads and damages the stored records of a file, by the columns of section 4."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias, TypeVar

from flue_adapter_lmdb import environments
from flue_adapter_lmdb.environment import Transaction
from flue_adapter_lmdb.keys import key_number, name_key, number_key, text_bytes
from flue_adapter_lmdb.layout import JOURNALS, MARKERS, RUN_EVENTS, SESSIONS, STREAM_EVENTS
from flue_adapter_lmdb.stored import as_value
from flue_adapter_lmdb.submissions import deletion_steps, journals, rows
from flue_adapter_lmdb.submissions.deletion_steps import Marker
from flue_adapter_lmdb.submissions.journals import Journal
from flue_adapter_lmdb.submissions.rows import Row
from flue_adapter_lmdb.tables import Table

T = TypeVar("T")

Columns: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Planted:
    """How the records of a table are found, stored and removed.

    `found` gets the columns that are asked for: those whose records lie under digests alone need
    the name.
    """

    found: Callable[[Transaction, Mapping[str, Any]], Iterator[Columns]]
    put: Callable[[Transaction, Columns], None]
    remove: Callable[[Transaction, Columns], None]


class LmdbPlanter:
    """A planter for one file. Texts are texts and numbers numbers: there is no other damage.

    A table that this layout has not is empty, and takes no rows.
    """

    def __init__(self, location: str) -> None:
        self._path = Path(location)

    async def rows(self, table: str, **equal: object) -> list[Columns]:
        """Return the rows of `table` whose columns equal the given values."""
        return await self._run(lambda txn: list(_matching(txn, table, equal)))

    async def insert(self, table: str, **values: object) -> None:
        """Store one row as it is given, however malformed."""
        await self._run(lambda txn: _TABLES[table].put(txn, values))

    async def update(self, table: str, where: Mapping[str, object], **values: object) -> int:
        """Overwrite columns of the matching rows; returns how many rows matched."""

        def update(txn: Transaction) -> int:
            matching = list(_matching(txn, table, where))
            for row in matching:
                _TABLES[table].remove(txn, row)
                _TABLES[table].put(txn, row | values)
            return len(matching)

        return await self._run(update)

    async def delete(self, table: str, **equal: object) -> int:
        """Remove the matching rows; returns how many there were."""

        def delete(txn: Transaction) -> int:
            matching = list(_matching(txn, table, equal))
            for row in matching:
                _TABLES[table].remove(txn, row)
            return len(matching)

        return await self._run(delete)

    async def _run(self, step: Callable[[Transaction], T]) -> T:
        return await asyncio.to_thread(self._run_now, step)

    def _run_now(self, step: Callable[[Transaction], T]) -> T:
        environment = environments.borrow(self._path)
        try:
            return environment.write(step).result()
        finally:
            environments.give_back(self._path)


def _matching(txn: Transaction, table: str, equal: Mapping[str, object]) -> Iterator[Columns]:
    planted = _TABLES.get(table)
    for row in planted.found(txn, equal) if planted else ():
        if all(row[column] == value for column, value in equal.items()):
            yield row


def _submissions(txn: Transaction, _: Mapping[str, Any]) -> Iterator[Columns]:
    for row in rows.every(txn):
        yield asdict(row) | {"payload": rows.payload(txn, row).decode()}


def _put_submission(txn: Transaction, columns: Columns) -> None:
    members = {**columns}
    payload = members.pop("payload")
    rows.add(txn, Row(**members), payload)


def _remove_submission(txn: Transaction, columns: Columns) -> None:
    rows.remove(txn, Row(**{name: columns[name] for name in columns if name != "payload"}))


def _journals(txn: Transaction, _: Mapping[str, Any]) -> Iterator[Columns]:
    for _key, stored in JOURNALS.ascending(txn):
        yield as_value(stored, "turn journal")


def _markers(txn: Transaction, _: Mapping[str, Any]) -> Iterator[Columns]:
    for _key, stored in MARKERS.ascending(txn):
        yield as_value(stored, "deletion marker")


def _sessions(txn: Transaction, equal: Mapping[str, Any]) -> Iterator[Columns]:
    stored = SESSIONS.get(txn, name_key(equal["id"]))
    if stored is not None:
        yield {"id": equal["id"], "data": stored.decode()}


def _numbered(table: Table, name: str, number: str, data: str) -> _Planted:
    """Return how records are found that lie under a name and a number."""

    def key(columns: Columns) -> bytes:
        return name_key(columns[name]) + number_key(columns[number])

    def found(txn: Transaction, equal: Mapping[str, Any]) -> Iterator[Columns]:
        for place, stored in table.ascending(txn, name_key(equal[name])):
            yield {name: equal[name], number: key_number(place), data: stored.decode()}

    return _Planted(
        found=found,
        put=lambda txn, columns: table.put(txn, key(columns), text_bytes(columns[data])),
        remove=lambda txn, columns: _dropped(table.delete(txn, key(columns))),
    )


def _dropped(_: object) -> None:
    """Return nothing, whatever there was."""


_TABLES: Final[Mapping[str, _Planted]] = {
    "flue_agent_submissions": _Planted(_submissions, _put_submission, _remove_submission),
    "flue_agent_turn_journals": _Planted(
        _journals,
        put=lambda txn, columns: journals.put(txn, Journal(**columns)),
        remove=lambda txn, columns: _dropped(
            JOURNALS.delete(txn, name_key(columns["submission_id"]))
        ),
    ),
    "flue_agent_session_deletions": _Planted(
        _markers,
        put=lambda txn, columns: deletion_steps.put(txn, Marker(**columns)),
        remove=lambda txn, columns: _dropped(MARKERS.delete(txn, name_key(columns["session_key"]))),
    ),
    "flue_sessions": _Planted(
        _sessions,
        put=lambda txn, columns: SESSIONS.put(
            txn, name_key(columns["id"]), text_bytes(columns["data"])
        ),
        remove=lambda txn, columns: _dropped(SESSIONS.delete(txn, name_key(columns["id"]))),
    ),
    "flue_run_events": _numbered(RUN_EVENTS, "run_id", "event_index", "payload"),
    "flue_event_stream_entries": _numbered(STREAM_EVENTS, "path", "seq", "data"),
}
