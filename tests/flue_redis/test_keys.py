from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flue_adapter_redis.keys import can_store, place, storable, text_bytes
from flue_adapter_redis.locations import Location
from flue_conformance.contract import UnstorableText

# Few characters, so that texts share beginnings; those around which encodings err.
TEXTS = st.text(st.sampled_from("\0\1ab\x7f\xff\u07ff\ue000\uffff\U00010000"), max_size=6)


@given(st.tuples(TEXTS, TEXTS), st.tuples(TEXTS, TEXTS))
def test_places_are_in_the_order_of_their_texts(
    one: tuple[str, str], other: tuple[str, str]
) -> None:
    assert (place(*one) < place(*other)) == (one < other)
    assert (place(*one) == place(*other)) == (one == other)


@given(TEXTS, TEXTS)
def test_a_place_ends_in_its_run_s_id(started_at: str, run_id: str) -> None:
    _, _, end = place(started_at, run_id).partition(b"\0\1")
    assert end == run_id.encode()


def test_half_a_character_is_no_text() -> None:
    assert not can_store("whole", "half \ud800")
    assert storable("half \ud800") == "half \ufffd"
    with pytest.raises(UnstorableText):
        text_bytes("half \ud800")


def test_a_location_can_be_led_elsewhere() -> None:
    location = Location("redis://:pass%40word@127.0.0.1:6379/0", "flue_1", replicas=2)
    assert Location.parse(str(location)) == location
    led = location.at("localhost", 7000)
    assert str(led) == "redis://:pass%40word@localhost:7000/0#flue_1;2"
