"""What is known by relation becomes known by value once it was seen, and stays that."""

from __future__ import annotations

import pytest

from flue_conformance.contract import ABSENT, session_key
from flue_conformance.model import Failure, Moment, Raises, State
from flue_conformance.model.documents import Document
from flue_conformance.model.records import Submission
from flue_conformance.model.relations import MISFIT, Above, Between, OneOf, learned

KEY = session_key("agent", "one")


def submission(name: str, place: int, sequence: int | Above) -> Submission:
    return Submission(place, name, KEY, "dispatch", Document.of({}), 0, sequence)


@pytest.mark.parametrize(
    ("expected", "fitting", "misfits"),
    [
        (Between(1, 3), 2, [0, 4, "2", True, None, 2.0]),
        (Above(3), 4, [3, "4", True]),
        (True, True, [1, "True", False]),
        (1, 1, [True, 2, "1"]),
        (None, None, [ABSENT, False, 0]),
        (ABSENT, ABSENT, [None]),
        (Document.of({"a": 1}), {"a": 1.0}, [{"a": True}, {}, ABSENT, None, Failure(ValueError())]),
        (OneOf((1, Between(5, 7))), 6, [2, True]),
    ],
)
def test_what_fits_is_learned(expected: object, fitting: object, misfits: list[object]) -> None:
    assert learned(expected, fitting) is not MISFIT
    assert [each for each in misfits if learned(expected, each) is not MISFIT] == []


def test_an_instant_is_fixed_once_it_was_seen() -> None:
    now = Moment(1_000, 1_010).now

    assert learned(now, 1_005) == 1_005
    assert learned(learned(now, 1_005), 1_006) is MISFIT


def test_any_error_is_an_error() -> None:
    assert learned(Raises(), Failure(KeyError())) is not MISFIT
    assert learned(Raises(), None) is MISFIT


def test_sequences_of_a_session_grow_with_its_admissions() -> None:
    # ORDERING-01
    first, second = submission("a", 1, Above(0)), submission("b", 2, Above(0))
    state = State("0.11").having(first).having(second)

    later = submission("b", 2, 5).kept_in(state)
    assert later is not None
    assert submission("a", 1, 4).kept_in(later) is not None
    assert submission("a", 1, 6).kept_in(later) is None
