"""Tables hash and compare by what they hold, however they came to hold it."""

from __future__ import annotations

import random

import pytest

from flue_conformance.model.table import Table


@pytest.mark.parametrize("seed", range(50))
def test_a_table_is_what_a_dictionary_would_be(seed: int) -> None:
    chance = random.Random(seed)
    table, plain = Table[int, int](), dict[int, int]()
    for _ in range(chance.randrange(30)):
        key, value = chance.randrange(5), chance.choice((None, 0, 1))
        if value is None:
            table = table.without(key)
            plain.pop(key, None)
        else:
            table = table.with_row(key, value)
            plain[key] = value

    assert dict(table) == plain
    assert table == Table(plain)
    assert hash(table) == hash(Table(plain))


def test_a_table_does_not_change() -> None:
    before = Table({"a": 1})

    assert before.with_row("b", 2).without("a") == Table({"b": 2})
    assert before == Table({"a": 1})
    assert before != Table({"a": 2})
