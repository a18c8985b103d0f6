"""What repeats a failure of a generated sequence is a program that runs."""

from __future__ import annotations

import math

import pytest

from flue_conformance.contract import ListRunsOpts
from flue_conformance.specs.generated.listening import MANNERS, Ear
from flue_conformance.specs.generated.scripts import Script
from flue_conformance.specs.support.broken import BrokenRule

BROKEN = BrokenRule(about="a", came_back="b", expected="c", rules=("STREAM-12",))


def text(script: Script) -> str:
    """Return the program, which has to be one."""
    spelled = script.text(BROKEN)
    compile(spelled, "repro.py", "exec")
    return spelled


def test_calls_that_count_on_become_a_loop() -> None:
    script = Script("0.11")
    for number in range(7, 12):
        script.calls(0, "streams", "append_event", ("s", number))
    script.calls(1, "streams", "append_event", ("s", 12))

    spelled = text(script)

    assert "    for number in range(7, 12):\n        await call(stores[0]." in spelled
    assert "append_event('s', number))" in spelled
    assert "await call(stores[1].event_streams.append_event('s', 12))" in spelled


def test_long_texts_are_told_by_their_length() -> None:
    script = Script("0.11")
    script.calls(0, "streams", "append_event", ("s", {"a": "é" * 40_000, "b": "x" * 3_000 + "1"}))

    assert r"{'a': '\xe9' * 40000, 'b': 'x' * 3000 + '1'}" in text(script)


def test_what_python_does_not_read_is_spelled_otherwise() -> None:
    script = Script("0.11")
    script.calls(0, "streams", "append_event", ("s", [math.nan, object()]))

    spelled = text(script)

    assert "append_event('s', [nan, object()])" in spelled
    assert "from math import inf, nan" in spelled


@pytest.mark.parametrize("limit", [2, math.nan, math.inf, -math.inf])
def test_numbers_without_a_literal_have_a_name(limit: float) -> None:
    script = Script("0.11")
    script.calls(0, "registry", "list_runs", [ListRunsOpts(limit=limit)])

    assert ("from math import" in text(script)) is not math.isfinite(limit)


def test_listeners_do_what_they_did() -> None:
    script = Script("0.11")
    for number, manner in enumerate(MANNERS):
        ear = Ear(number, 0, manner)
        if manner == "brings another":
            ear.brought = Ear(9, 0, "plain", first="s")
        script.subscribes(ear, "s")
        script.leaves(ear, "s")

    spelled = text(script)

    assert 'raise RuntimeError("a listener of this sequence")' in spelled
    assert "bring_4 = [lambda: leave.update({(9, 0, 's'):" in spelled


def test_calls_that_are_cancelled_are_cancelled_again() -> None:
    script = Script("0.11")
    script.cancels(0, "sessions", "load", ("a",), 3)
    script.interrupts_deletion(1, "b")
    script.appends_at_once(0, "s", [1, 2])

    spelled = text(script)

    assert "asyncio.ensure_future(stores[0].sessions.load('a'))" in spelled
    assert spelled.count("task.cancel()") == 2
    assert "await asyncio.gather(*[call(" in spelled
