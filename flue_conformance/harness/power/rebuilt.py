"""Files that hold nothing after a crash: whoever opens the database first makes them anew.

They lie beside a database, are mapped and written, and never synced; so what a disk holds of them
does not matter, and no system call would tell it. Each is known by its name and by the database
beside it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Final

_SQLITE: Final = b"SQLite format 3\0"
_LMDB: Final = (b"\xde\xc0\xef\xbe", b"\xbe\xef\xc0\xde")
"""What begins its first page, after the page's header; in the order of the machine's bytes."""
_LMDB_PAGE_HEADER: Final = 16


def is_rebuilt(path: str, read: Callable[[str], bytes | None]) -> bool:
    """Return whether a file is one of these; `read` returns what another one holds, if it exists.

    SQLite's wal-index holds locks and an index of the log, which is made from the log. LMDB's lock
    file holds mutexes and who is reading; it is emptied by whoever locks it alone.
    """
    return any(is_one(read(beside) or b"") for beside, is_one in _databases(path))


def _databases(path: str) -> Iterator[tuple[str, Callable[[bytes], bool]]]:
    """Return where the database of such a file would lie, and how it would be known."""
    directory, name = os.path.split(path)
    if name.endswith("-shm"):
        yield path.removesuffix("-shm"), _is_sqlite
    if name.endswith("-lock"):
        yield path.removesuffix("-lock"), _is_lmdb
    if name == "lock.mdb":
        yield os.path.join(directory, "data.mdb"), _is_lmdb  # noqa: PTH118 - of a text


def _is_sqlite(database: bytes) -> bool:
    return database.startswith(_SQLITE)


def _is_lmdb(database: bytes) -> bool:
    return database[_LMDB_PAGE_HEADER:].startswith(_LMDB)
