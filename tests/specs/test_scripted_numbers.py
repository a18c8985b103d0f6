"""Scripts of generated sequences are programs, whatever their calls are made of."""

from __future__ import annotations

import math

import pytest

from flue_conformance.contract import ListRunsOpts
from flue_conformance.specs.generated.scripts import Script
from flue_conformance.specs.support.broken import BrokenRule

BROKEN = BrokenRule(about="any", came_back="this", expected="that", rules=("INDEX-12",))


@pytest.mark.parametrize("limit", [2, math.nan, math.inf, -math.inf])
def test_numbers_without_a_literal_have_a_name(limit: float) -> None:
    script = Script("0.11")
    script.calls(0, "registry", "list_runs", [ListRunsOpts(limit=limit)])

    text = script.text(BROKEN)

    compile(text, "repro.py", "exec")
    assert ("from math import" in text) is not math.isfinite(limit)
