"""What cannot be done is said in one paragraph, and ends with pytest's status for usage errors."""

from __future__ import annotations

import pytest

from .projects import Project

USAGE = 4


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--flue-adapter=goood"], ["No adapter 'goood' is installed", "Did you mean 'good'?"]),
        (["--flue-adapter=no_backend"], ["flue-fakes", "is no Backend"]),
        (["--flue-adapter=missing"], ["flue-fakes", "cannot be imported"]),
        (["--flue-adapter=broken_import"], ["flue-fakes", "the driver is missing"]),
        (["--flue-adapter=good:argument"], ["takes no argument"]),
        (["--flue-adapter=good", "--flue-edition=0.9"], ["good", "'0.9'", "0.10 and 0.11"]),
        (["--flue-adapter=only_old", "--flue-edition=0.11"], ["only_old", "0.10"]),
        (["--flue-adapter=good", "--flue-area=clams"], ["no area 'clams'", "'claims'"]),
        (["--flue-adapter=good", "--flue-rule=CLAIM-99"], ["no rule 'CLAIM-99'", "--flue-list"]),
        (["--flue-adapter=good", "--flue-rule=CLAIM-11"], ["CLAIM-11 is untested"]),
        (["--flue-adapter=good", "--flue-rule=EVENT-01"], ["edition 0.10", "about 0.11"]),
        (["--flue-adapter=good", "--flue-require=single"], ["no level 'single'", "single-host"]),
        (["--flue-require=ephemeral"], ["--flue-adapter=NAME"]),
        (
            ["--flue-adapter=good", "flue.clams"],
            ["There is no spec at flue.clams; this run is about good-0.11."],
        ),
        (["--flue-adapter=good", "flue.claims::test_typo"], ["flue.claims::test_typo"]),
        (["--flue-adapter=good", "flue.claims::test_a_server_is_asked[x]"], ["asked[x]"]),
        (["--flue-adapter=good", "nowhere.py"], ["nowhere.py"]),
        (["--flue-adapter=refusing"], ["The shelf that you asked for is taken."]),
    ],
)
def test_is_told_in_one_paragraph(project: Project, arguments: list[str], told: list[str]) -> None:
    run = project.run(*arguments)

    assert run.status == USAGE
    for text in told:
        assert text in " ".join(run.output.split())
    assert "Traceback" not in run.output
    assert "passed" not in run.output


def test_a_seed_is_a_number(project: Project) -> None:
    run = project.run("--flue-adapter=good", "--flue-seed=x")

    assert run.status == USAGE


def test_without_pytest_asyncio_nothing_can_run(project: Project) -> None:
    run = project.spawn("--flue-adapter=good", "-p", "no:asyncio")

    assert run.status == USAGE
    assert "needs pytest-asyncio" in run.output


def test_everything_installed_is_asked_for_at_once(project: Project) -> None:
    # One of them is no Backend; that is said before anything runs.
    run = project.run("--flue-adapter=all")

    assert run.status == USAGE
    assert "flue-fakes" in run.output
