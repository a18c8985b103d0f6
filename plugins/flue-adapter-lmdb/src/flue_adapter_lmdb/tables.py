"""`Table`: the part of the file's one tree whose keys begin with a byte of its own."""

from __future__ import annotations

from collections.abc import Iterator

from flue_adapter_lmdb.environment import Transaction


class Table:
    """Values by key, in the order of their keys."""

    def __init__(self, tag: int) -> None:
        self._tag = bytes([tag])
        self._end = bytes([tag + 1])

    def get(self, txn: Transaction, key: bytes) -> bytes | None:
        """Return a value, or None."""
        return txn.get(self._tag + key)

    def put(self, txn: Transaction, key: bytes, value: bytes) -> None:
        """Store a value, in place of any that is there."""
        txn.put(self._tag + key, value)

    def add(self, txn: Transaction, key: bytes, value: bytes) -> bool:
        """Store a value where there is none; tell whether that was so."""
        return txn.put(self._tag + key, value, overwrite=False)

    def delete(self, txn: Transaction, key: bytes) -> bool:
        """Remove a value; tell whether there was one."""
        return txn.delete(self._tag + key)

    def clear(self, txn: Transaction, prefix: bytes) -> None:
        """Remove all whose keys begin with `prefix`."""
        for key, _ in list(self.ascending(txn, prefix)):
            self.delete(txn, key)

    def first(self, txn: Transaction, prefix: bytes = b"", start: bytes = b"") -> bytes | None:
        """Return the first key with `prefix` that does not come before `prefix + start`."""
        return next((key for key, _ in self.ascending(txn, prefix, start)), None)

    def ascending(
        self, txn: Transaction, prefix: bytes = b"", start: bytes = b""
    ) -> Iterator[tuple[bytes, bytes]]:
        """Return what has `prefix`, from `prefix + start` on. Nothing may be changed meanwhile."""
        wanted = self._tag + prefix
        with txn.cursor() as cursor:
            if cursor.set_range(wanted + start):
                for key, value in cursor.iternext():
                    if not key.startswith(wanted):
                        return
                    yield key[1:], value

    def descending(
        self, txn: Transaction, end: bytes | None = None
    ) -> Iterator[tuple[bytes, bytes]]:
        """Return what comes before `end`, from the last on. Nothing may be changed meanwhile."""
        bound = self._end if end is None else self._tag + end
        with txn.cursor() as cursor:
            found = cursor.prev() if cursor.set_range(bound) else cursor.last()
            while found and cursor.key().startswith(self._tag):
                yield cursor.key()[1:], cursor.value()
                found = cursor.prev()
