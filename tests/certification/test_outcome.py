from __future__ import annotations

import pytest

from flue_conformance.certification import Outcome, gravest


@pytest.mark.parametrize(
    ("shown", "together"),
    [
        ([Outcome.HELD, Outcome.HELD], Outcome.HELD),
        ([Outcome.HELD, Outcome.NOT_APPLICABLE], Outcome.HELD),
        ([Outcome.NOT_APPLICABLE, Outcome.NOT_APPLICABLE], Outcome.NOT_APPLICABLE),
        ([Outcome.NOT_RUN, Outcome.NOT_APPLICABLE], Outcome.NOT_RUN),
        ([Outcome.HELD, Outcome.NOT_RUN], Outcome.NOT_RUN),
        ([Outcome.NOT_RUN, Outcome.WAIVED, Outcome.HELD], Outcome.WAIVED),
        ([Outcome.BROKEN, Outcome.WAIVED], Outcome.BROKEN),
        ([Outcome.BROKEN, Outcome.ERROR, Outcome.HELD], Outcome.ERROR),
    ],
)
def test_the_gravest_outcome_stands_for_all(shown: list[Outcome], together: Outcome) -> None:
    assert gravest(shown) is together
    assert gravest(reversed(shown)) is together


def test_nothing_shown_is_no_outcome() -> None:
    with pytest.raises(ValueError, match="empty"):
        gravest([])


def test_outcomes_read_as_they_are_printed() -> None:
    assert [str(outcome) for outcome in Outcome] == [
        "held",
        "broken",
        "not applicable",
        "not run",
        "waived",
        "error",
    ]
