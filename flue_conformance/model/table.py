"""`Table`: an immutable mapping that hashes and compares cheaply, however often it was changed."""

from __future__ import annotations

from collections.abc import Hashable, ItemsView, Iterator, Mapping, ValuesView
from typing import TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V", bound=Hashable)


class Table(Mapping[K, V]):
    """Rows by key. A change returns another table; its hash costs as much as the changed row."""

    __slots__ = ("_hash", "_rows")

    def __init__(self, rows: Mapping[K, V] | None = None) -> None:
        self._rows = dict(rows or {})
        self._hash = 0
        for row in self._rows.items():
            self._hash ^= hash(row)

    def with_row(self, key: K, value: V) -> Table[K, V]:
        """Return the table with a row added or replaced."""
        rows = self._rows
        if rows.get(key) == value and key in rows:
            return self
        return self._changed({**rows, key: value}, key, (key, value))

    def without(self, *keys: K) -> Table[K, V]:
        """Return the table without some rows, which need not be there."""
        table = self
        for key in keys:
            if key in table:
                left = {other: value for other, value in table.items() if other != key}
                table = table._changed(left, key, None)
        return table

    def _changed(self, rows: dict[K, V], key: K, row: tuple[K, V] | None) -> Table[K, V]:
        changed: Table[K, V] = Table.__new__(Table)
        changed._rows = rows
        changed._hash = self._hash
        if key in self._rows:
            changed._hash ^= hash((key, self._rows[key]))
        if row is not None:
            changed._hash ^= hash(row)
        return changed

    def __getitem__(self, key: K) -> V:
        return self._rows[key]

    def __iter__(self) -> Iterator[K]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, key: object) -> bool:
        return key in self._rows

    def values(self) -> ValuesView[V]:
        """Return the rows."""
        return self._rows.values()

    def items(self) -> ItemsView[K, V]:
        """Return the keys and their rows."""
        return self._rows.items()

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Table):
            return NotImplemented
        return self is other or (self._hash == other._hash and self._rows == other._rows)

    def __repr__(self) -> str:
        return f"Table({self._rows!r})"
