"""`RedisPlanter`: reads and damages stored records, by the columns of section 4."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any, Final, TypeAlias, TypeVar

from flue_adapter_redis.fields import hash_of, pairs
from flue_adapter_redis.keys import text_bytes
from flue_adapter_redis.scripts import SCRIPTS
from flue_adapter_redis.servers.administration import Ask, connected
from flue_adapter_redis.submissions.rows import NUMBERS, Row

T = TypeVar("T")

Columns: TypeAlias = dict[str, Any]

_JOURNAL_NUMBERS: Final = frozenset({"revision", "created_at", "updated_at", "stream_consumed_at"})
_SPECIAL: Final = re.compile(rb"([\\*?\[\]])")


def keys_of(ask: Ask, prefix: str, kind: str = "") -> list[bytes]:
    """Return the keys of a database, or those of one kind of record in it."""
    beginning = _SPECIAL.sub(rb"\\\1", f"{{{prefix}}}:{kind}".encode())
    cursor, found = 0, set[bytes]()
    while True:
        cursor, page = ask("SCAN", cursor, "MATCH", beginning + b"*", "COUNT", 1000)
        found.update(page)
        if not int(cursor):
            return sorted(found)


class RedisPlanter:
    """A planter for one database. Texts are texts and numbers numbers: there is no other damage.

    A table that this layout has not is empty, and takes no rows.
    """

    def __init__(self, url: str, prefix: str) -> None:
        self._url = url
        self._prefix = prefix

    async def rows(self, table: str, **equal: object) -> list[Columns]:
        """Return the rows of `table` whose columns equal the given values."""
        return await self._run(lambda place: _matching(place, table, equal))

    async def insert(self, table: str, **values: object) -> None:
        """Store one row as it is given, however malformed."""
        await self._run(lambda place: _TABLES[table].put(place, values))

    async def update(self, table: str, where: Mapping[str, object], **values: object) -> int:
        """Overwrite columns of the matching rows; returns how many rows matched."""

        def update(place: _Place) -> int:
            matching = _matching(place, table, where)
            for row in matching:
                _TABLES[table].remove(place, row)
                _TABLES[table].put(place, row | values)
            return len(matching)

        return await self._run(update)

    async def delete(self, table: str, **equal: object) -> int:
        """Remove the matching rows; returns how many there were."""

        def delete(place: _Place) -> int:
            matching = _matching(place, table, equal)
            for row in matching:
                _TABLES[table].remove(place, row)
            return len(matching)

        return await self._run(delete)

    async def _run(self, step: Callable[[_Place], T]) -> T:
        return await asyncio.to_thread(self._run_now, step)

    def _run_now(self, step: Callable[[_Place], T]) -> T:
        with connected(self._url) as ask:
            return step(_Place(ask, self._prefix))


@dataclass(frozen=True, slots=True)
class _Place:
    """A database, and how its server is asked."""

    ask: Ask
    prefix: str

    def run(self, script: str, *arguments: str | bytes | int) -> None:
        self.ask("EVAL", SCRIPTS[script].text, 1, f"{{{self.prefix}}}", *arguments)

    def key(self, kind: str, name: str) -> bytes:
        return f"{{{self.prefix}}}:{kind}:".encode() + text_bytes(name)

    def hashes(self, kind: str, numbers: frozenset[str]) -> Iterator[tuple[str, Columns]]:
        """Return the names of all records of a kind that are hashes, and their columns."""
        beginning = self.key(kind, "")
        for key in keys_of(self.ask, self.prefix, f"{kind}:"):
            # What `redis-py` makes a dictionary of.
            found: Mapping[bytes, bytes] = self.ask("HGETALL", key)
            members = hash_of([word for pair in found.items() for word in pair])
            columns = {
                name: int(value) if name in numbers else value for name, value in members.items()
            }
            yield key.removeprefix(beginning).decode(), columns


@dataclass(frozen=True, slots=True)
class _Planted:
    """How the records of a table are found, stored and removed.

    `found` gets the columns that are asked for: those of some records need the name.
    """

    found: Callable[[_Place, Mapping[str, Any]], Iterator[Columns]]
    put: Callable[[_Place, Mapping[str, Any]], object]
    remove: Callable[[_Place, Mapping[str, Any]], object]


def _matching(place: _Place, table: str, equal: Mapping[str, object]) -> list[Columns]:
    planted = _TABLES.get(table)
    return [
        row
        for row in (planted.found(place, equal) if planted else ())
        if all(row.get(column) == value for column, value in equal.items())
    ]


def _submissions(place: _Place, _: Mapping[str, Any]) -> Iterator[Columns]:
    absent: Columns = dict.fromkeys(column.name for column in fields(Row))
    for _name, row in place.hashes("submission", NUMBERS):
        yield absent | row


def _put_submission(place: _Place, columns: Mapping[str, Any]) -> None:
    place.run("plant_submission", columns["submission_id"], *pairs(columns))


def _remove_submission(place: _Place, columns: Mapping[str, Any]) -> None:
    place.run("uproot_submission", columns["submission_id"])


def _journals(place: _Place, _: Mapping[str, Any]) -> Iterator[Columns]:
    for _name, row in place.hashes("journal", _JOURNAL_NUMBERS):
        yield row | {"committed": row["committed"] == "1"}


def _markers(place: _Place, _: Mapping[str, Any]) -> Iterator[Columns]:
    for session_key, row in place.hashes("marker", frozenset({"started_at"})):
        yield {"session_key": session_key, "started_at": row["started_at"]}


def _sessions(place: _Place, equal: Mapping[str, Any]) -> Iterator[Columns]:
    stored = place.ask("GET", place.key("session", equal["id"]))
    if stored is not None:
        yield {"id": equal["id"], "data": stored.decode()}


def _numbered(kind: str, name: str, number: str, data: str) -> _Planted:
    """Return how records are found that lie in a hash by number."""

    def found(place: _Place, equal: Mapping[str, Any]) -> Iterator[Columns]:
        stored: Mapping[bytes, bytes] = place.ask("HGETALL", place.key(kind, equal[name]))
        for index in sorted(stored, key=int):
            yield {name: equal[name], number: int(index), data: stored[index].decode()}

    def put(place: _Place, columns: Mapping[str, Any]) -> None:
        key = place.key(kind, columns[name])
        place.ask("HSET", key, columns[number], text_bytes(columns[data]))

    def remove(place: _Place, columns: Mapping[str, Any]) -> None:
        place.ask("HDEL", place.key(kind, columns[name]), columns[number])

    return _Planted(found, put, remove)


def _unlinked(kind: str, name: str) -> Callable[[_Place, Mapping[str, Any]], object]:
    return lambda place, columns: place.ask("UNLINK", place.key(kind, columns[name]))


_TABLES: Final[Mapping[str, _Planted]] = {
    "flue_agent_submissions": _Planted(_submissions, _put_submission, _remove_submission),
    "flue_agent_turn_journals": _Planted(
        _journals,
        put=lambda place, columns: place.ask(
            "HSET", place.key("journal", columns["submission_id"]), *pairs(columns)
        ),
        remove=_unlinked("journal", "submission_id"),
    ),
    "flue_agent_session_deletions": _Planted(
        _markers,
        put=lambda place, columns: place.ask(
            "HSET",
            place.key("marker", columns["session_key"]),
            *("started_at", columns["started_at"]),
        ),
        remove=_unlinked("marker", "session_key"),
    ),
    "flue_sessions": _Planted(
        _sessions,
        put=lambda place, columns: place.ask(
            "SET", place.key("session", columns["id"]), text_bytes(columns["data"])
        ),
        remove=_unlinked("session", "id"),
    ),
    "flue_run_events": _numbered("run-events", "run_id", "event_index", "payload"),
    "flue_event_stream_entries": _numbered("events", "path", "seq", "data"),
}
