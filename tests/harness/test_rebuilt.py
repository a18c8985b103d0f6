from __future__ import annotations

import pytest

from flue_conformance.harness.power.rebuilt import is_rebuilt

SQLITE = b"SQLite format 3\0" + bytes(84)
LMDB = bytes(16) + b"\xde\xc0\xef\xbe" + bytes(100)


@pytest.mark.parametrize(
    ("path", "beside"),
    [
        ("/at/one.db-shm", {"/at/one.db": SQLITE}),
        ("/at/one.lmdb-lock", {"/at/one.lmdb": LMDB}),
        ("/at/lock.mdb", {"/at/data.mdb": LMDB}),
    ],
)
def test_what_a_database_makes_anew_is_known_by_the_database(
    path: str, beside: dict[str, bytes]
) -> None:
    assert is_rebuilt(path, beside.get)


@pytest.mark.parametrize(
    ("path", "beside"),
    [
        ("/at/one.db", {"/at/one.db": SQLITE}),
        ("/at/one.db-shm", {}),
        ("/at/one.db-shm", {"/at/one.db": LMDB}),
        ("/at/one.lmdb-lock", {"/at/one.lmdb": SQLITE}),
        ("/at/one.lmdb", {"/at/one.lmdb": LMDB}),
        ("/at/data.mdb", {"/at/data.mdb": LMDB}),
        ("/at/lock.mdb", {"/at/data.mdb": b""}),
        ("/elsewhere/lock.mdb", {"/at/data.mdb": LMDB}),
    ],
)
def test_nothing_else_is(path: str, beside: dict[str, bytes]) -> None:
    assert not is_rebuilt(path, beside.get)
