"""Where a worker is killed: at every boundary, and at as many random moments as are asked for."""

from __future__ import annotations

from flue_conformance.bridge import Moment
from flue_conformance.harness import Cut
from flue_conformance.specs.scenarios.kills import LONE_PAUSES, SHOTS, Course, Shot

CALLS = 40
COURSE = Course(calls=["a call"] * CALLS, seconds=[0.001] * CALLS, pauses=[1] * CALLS)


def test_each_call_is_cut_before_its_answer_whatever_the_effort() -> None:
    for effort in (1, 3):
        kills = list(COURSE.kills([Moment.BEFORE_ANSWER], effort))

        assert kills == [Cut(Moment.BEFORE_ANSWER, number) for number in range(1, CALLS + 1)]


def test_of_what_is_random_there_is_as_much_as_the_effort_says() -> None:
    for effort in (1, 3):
        kills = list(COURSE.kills([Moment.INSIDE], effort))
        cuts = [kill for kill in kills if isinstance(kill, Cut)]
        shots = [kill for kill in kills if isinstance(kill, Shot)]

        assert len(cuts) == effort * LONE_PAUSES
        assert len(shots) == effort * SHOTS
