from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flue_adapter_lmdb.keys import key_number, number_key, ordered_key
from flue_conformance.contract import UnstorableText

# Few characters, so that texts share beginnings; those around which encodings err.
TEXTS = st.text(st.sampled_from("\0\1ab\x7f\xff\u07ff\ue000\uffff\U00010000"), max_size=6)
NUMBERS = st.integers(-(2**63), 2**63 - 1)


@given(st.tuples(TEXTS, TEXTS), st.tuples(TEXTS, TEXTS))
def test_keys_are_in_the_order_of_their_texts(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert (ordered_key(*one) < ordered_key(*other)) == (one < other)
    assert (ordered_key(*one) == ordered_key(*other)) == (one == other)


@given(NUMBERS, NUMBERS)
def test_keys_are_in_the_order_of_their_numbers(one: int, other: int) -> None:
    assert (number_key(one) < number_key(other)) == (one < other)
    assert key_number(number_key(one)) == one


def test_half_a_character_has_no_key() -> None:
    with pytest.raises(UnstorableText):
        ordered_key("\ud800")
