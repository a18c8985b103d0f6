"""Hypothesis tells of a failing sequence without spelling all that failed before it."""

from __future__ import annotations

from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flue_conformance.specs.scenarios.strategies import examples
from flue_conformance.specs.support.database import Database
from flue_conformance.specs.support.ground import Ground


@pytest.mark.filterwarnings("error")
def test_many_sequences_that_failed_do_not_hide_the_failure() -> None:
    ground = Ground(cast("Database", None), [])
    for number in range(100):
        ground.shrinking.failed(f"{number:1000}")

    @examples(1)
    @given(decisions=st.just(0))
    def diverges(ground: Ground, decisions: int) -> None:
        raise LookupError(ground, decisions)

    with pytest.raises(LookupError):
        diverges(ground)
