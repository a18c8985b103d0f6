"""Tables hash and compare by what they hold, however they came to hold it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from flue_conformance.model.table import Table


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 2) | st.none())))
def test_a_table_is_what_a_dictionary_would_be(changes: list[tuple[int, int | None]]) -> None:
    table, plain = Table[int, int](), dict[int, int]()
    for key, value in changes:
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
