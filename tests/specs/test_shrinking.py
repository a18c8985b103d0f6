"""The search for a shorter failing sequence ends."""

from __future__ import annotations

import time

import pytest

from flue_conformance.specs.support.shrinking import Shrinking


def test_what_failed_is_tried_again_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: clock)
    search = Shrinking()

    assert not search.leaves_out("any")
    clock = 1_000.0
    assert not search.leaves_out("any")  # Nothing has failed yet.

    search.failed("long")
    clock = 1_005.0
    assert not search.leaves_out("shorter")
    search.failed("shorter")
    clock = 1_011.0
    assert search.leaves_out("shortest")
    assert not search.leaves_out("shorter")
    assert not search.leaves_out("long")
