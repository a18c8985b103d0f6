"""What is random in specs repeats from the seed, and the user's own randomness stays as it is."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies

from flue_conformance.plugin.randomness import Randomness
from flue_conformance.specs.scenarios.strategies import examples as played

from .projects import Project

DICE = "flue.sessions::test_the_dice_fall_the_same_way_again"
ANY_ID = "flue.sessions::test_any_id_finds_its_session"


def thrown(project: Project, *arguments: str) -> str:
    run = project.run("--flue-adapter=good", "-s", *arguments)
    return next(line for line in run.lines if "dice: " in line).partition("dice: ")[2]


def examples(project: Project, seed: int) -> list[str]:
    """Return what hypothesis tried, from the calls of a spec that always fails."""
    run = project.run("--flue-adapter=raising", f"--flue-seed={seed}", "-vv", ANY_ID)
    return [line.split(", {")[0] for line in run.lines if "sessions.save(" in line]


def test_random_numbers_depend_on_the_seed_and_the_spec_alone(project: Project) -> None:
    alone = thrown(project, DICE)

    assert thrown(project) == alone
    assert thrown(project, "-p", "no:cacheprovider", "flue.sessions") == alone
    assert thrown(project, "--flue-seed=1") != alone
    assert thrown(project, "--flue-seed=1", DICE) == thrown(project, "--flue-seed=1")


def test_generated_values_depend_on_the_seed_alone(project: Project) -> None:
    five = examples(project, 5)

    assert len(five) > 1
    assert examples(project, 5) == five
    assert examples(project, 6) != five
    project.set(CI="1")  # where hypothesis would rather derive its seed from the test
    assert examples(project, 5) == five


def test_a_users_random_state_is_untouched(project: Project) -> None:
    project.write(
        {
            "conftest.py": "import random\n"
            "def pytest_collection_modifyitems(items):\n"
            "    random.seed(7)\n"
            "    items.sort(key=lambda item: 'test_own' in item.nodeid)\n",
            "test_own.py": "import random\n"
            "def test_mine(): assert random.random() == random.Random(7).random()\n",
        }
    )

    run = project.run("--flue-adapter=good", "test_own.py", "-k", "mine or dice")

    assert run.counts["passed"] == 2


def test_a_users_hypothesis_keeps_its_folder(project: Project) -> None:
    project.write(
        {
            "test_own.py": "from hypothesis import given, strategies as st\n"
            "@given(st.integers())\n"
            "def test_mine(number): pass\n",
        }
    )

    project.spawn("--flue-adapter=good", "test_own.py")

    assert (project.folder / ".hypothesis").exists()


def test_many_subjects_play_no_more_examples_than_one(pytestconfig: pytest.Config) -> None:
    @played(6)
    @given(number=strategies.integers())
    def spec(number: int) -> None:
        assert number is not None

    shared: Any = spec
    randomness = Randomness(pytestconfig, 5)
    for _ in range(3):
        randomness.fix(shared, times=4)
        assert shared._hypothesis_internal_use_settings.max_examples == 24
    randomness.fix(shared)
    assert shared._hypothesis_internal_use_settings.max_examples == 6
