"""A kill is drawn with what the dead process did, and what went on behind it."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from flue_conformance.bridge import PeerGone
from flue_conformance.specs.support.kill_picture import picture_of_kill
from flue_conformance.specs.support.ledger import Call, Ledger, Raised, Returned

SVG = "{http://www.w3.org/2000/svg}"
GONE = PeerGone("killed", intended=True)


def called(ledger: Ledger, where: str, method: str, value: object = None) -> Call:
    call = ledger.begin("sessions", method, ("<s>\0",), {}, where)
    ledger.end(call, Raised.by(value) if isinstance(value, Exception) else Returned(value))
    return call


def drawn(ledger: Ledger, failing: Call | None = None) -> ET.Element:
    return ET.fromstring(picture_of_kill(ledger, failing, "what is left & so on", str))


def texts(picture: ET.Element) -> list[str]:
    return [each.text or "" for each in picture.iter(f"{SVG}text")]


def killed_twice() -> Ledger:
    ledger = Ledger()
    for where in ("worker 1", "worker 3"):
        called(ledger, "", "save")
        called(ledger, where, "load", {"version": 5})
        called(ledger, where, "save", GONE)
        ledger.killed(where)
        called(ledger, "worker 2", "load")
    return ledger


def test_the_last_kill_has_a_lane_a_process_and_a_bar_a_call() -> None:
    picture = drawn(killed_twice())

    lanes = [text for text in texts(picture) if text in ("the spec", "worker 2", "worker 3")]
    assert lanes == ["the spec", "worker 3", "worker 2"]
    bars = [each.get("class") for each in picture.iter(f"{SVG}rect")]
    assert [*filter(None, bars)] == ["done", "done", "lost", "done"]
    assert [each.get("class") for each in picture.iter(f"{SVG}path")] == ["kill"]
    told = texts(picture)
    assert told.index("  ✕  worker 3 is killed") < told.index(
        "  4  worker 2: sessions.load('<s>\\x00') → None"
    )
    assert not any("worker 1" in text for text in told)
    assert told[-1] == "what is left & so on"


def test_the_call_that_failed_is_marked() -> None:
    ledger = killed_twice()
    failing = called(ledger, "worker 2", "delete", ValueError("no"))
    called(ledger, "worker 2", "load")
    picture = drawn(ledger, failing)

    assert [each.get("class") for each in picture.iter(f"{SVG}rect")][-1] == "failing"


def test_a_kill_after_the_failure_is_none_of_it() -> None:
    ledger = killed_twice()

    assert picture_of_kill(ledger, ledger.calls[0], "", str) == ""


def test_what_is_left_out_is_counted() -> None:
    ledger = Ledger()
    for _ in range(30):
        called(ledger, "worker 1", "load")
    ledger.killed("worker 1")

    assert "  …  20 calls" in texts(drawn(ledger))


def test_without_a_kill_there_is_no_picture() -> None:
    ledger = Ledger()
    called(ledger, "", "load")

    assert picture_of_kill(ledger, None, "", str) == ""
