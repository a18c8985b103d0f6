"""The end of a run: a table an adapter, what is broken, the verdicts, the exit status."""

from __future__ import annotations

import pytest

from flue_conformance.backends import Durability
from flue_conformance.certification import Outcome, SpecResult, Verdict, judge
from flue_conformance.plugin.page import Line
from flue_conformance.plugin.summary import verdict_line
from flue_conformance.plugin.table import table
from flue_conformance.rules import CATALOGUE, Level, Requirement, Verification

from .projects import Project


def shown(line: Line) -> str:
    return "".join(part.text for part in line)


def verdict(
    durability: Durability = Durability.SINGLE_HOST,
    *,
    incomplete_because: str | None = None,
    **outcomes: Outcome,
) -> Verdict:
    """Return a verdict where everything holds that one process can show, but for `outcomes`."""
    results = [
        SpecResult(
            rule.id,
            Level.EPHEMERAL,
            f"flue.{rule.area}::test_it",
            outcomes.get(rule.id.replace("-", "_"), Outcome.HELD),
        )
        for rule in CATALOGUE.values()
        if rule.holds_in("0.11") and rule.tested and Level.EPHEMERAL in rule.levels
    ]
    return judge("mine", "0.11", durability, results, incomplete_because=incomplete_because)


@pytest.mark.parametrize(
    ("judged", "line"),
    [
        (verdict(Durability.EPHEMERAL), "mine-0.11   earned: ephemeral"),
        (
            verdict(Durability.EPHEMERAL, CLAIM_02=Outcome.BROKEN),
            "mine-0.11   earned: nothing; short of ephemeral by 1 rule: 1 broken",
        ),
        (
            verdict(incomplete_because="-k left out 3 of 4 specs"),
            "mine-0.11   earned: nothing; -k left out 3 of 4 specs",
        ),
    ],
)
def test_a_verdict_has_one_line(judged: Verdict, line: str) -> None:
    assert shown(verdict_line(judged, 10)) == line


def test_a_verdict_counts_what_the_next_level_misses() -> None:
    missing = {
        rule.id
        for rule in CATALOGUE.values()
        if Level.SINGLE_HOST in rule.levels
        and rule.holds_in("0.11")
        and rule.requirement is Requirement.MUST
        and rule.verified_by is not Verification.UNTESTED
    }

    line = shown(verdict_line(verdict(), 0))

    assert line == (
        f"mine-0.11  earned: ephemeral; short of single-host by {len(missing)} rules: "
        f"{len(missing)} not run"
    )


def test_a_table_fits_a_terminal_and_adds_up() -> None:
    lines = [shown(line) for line in table(verdict(CLAIM_02=Outcome.BROKEN, RUN_01=Outcome.ERROR))]

    assert lines[0].split() == [
        *("area", "held", "broken", "not", "applicable", "not", "run", "error"),
    ]
    assert max(map(len, lines)) <= 80
    assert len({len(line) for line in lines}) == 1
    assert "events" not in {line.split()[0] for line in lines}  # rules of the other edition
    columns = [[0 if cell == "." else int(cell) for cell in line.split()[1:]] for line in lines[1:]]
    assert [sum(column) for column in zip(*columns[:-1], strict=True)] == columns[-1]


def test_a_partial_table_shows_what_the_run_was_about() -> None:
    results = [SpecResult("CLAIM-02", None, "flue.claims::test_it", Outcome.HELD)]
    partial = judge("mine", "0.11", Durability.EPHEMERAL, results, incomplete_because="-k")

    assert [shown(line).split()[0] for line in table(partial)] == ["area", "claims"]


def test_each_adapter_and_edition_has_its_part(project: Project) -> None:
    run = project.run("--flue-adapter=shelf", "--flue-adapter=forgetful", "--flue-edition=all")

    lines = run.lines[
        run.lines.index(
            "=============================== flue conformance ==============================="
        ) :
    ]
    assert [line for line in lines if line.startswith(("shelf", "forgetful"))][:4] == [
        "shelf-0.10  a shelf",
        "shelf-0.11  a shelf",
        "forgetful-0.10",
        "forgetful-0.11",
    ]
    verdicts = [line.partition(";")[0] for line in lines if "  earned: " in line]
    assert verdicts == [
        "shelf-0.10      earned: nothing",
        "shelf-0.11      earned: nothing",
        "forgetful-0.10  earned: nothing",
        "forgetful-0.11  earned: nothing",
    ]
    assert (
        lines.count("  SESSION-02 is broken: After `save` returns, `load` of the same id yields a")
        == 2
    )
    assert "    (and 1 more spec)" not in lines


def test_findings_are_listed_and_fail_nothing(project: Project) -> None:
    run = project.run("--flue-adapter=good")

    assert run.status == 0
    assert "SESSION-07, a finding: the error of an unknown stream is of kind" in run.output
    assert "where the contract leaves a choice" not in run.output


def test_permitted_outcomes_are_listed_on_request(project: Project) -> None:
    run = project.run("--flue-adapter=good", "-v")

    assert "    SESSION-07  the choice of kinds: one" in run.lines


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["-k", "claims"], "-k left out 9 of 12 specs"),
        (["-m", "flue_requires"], "-m left out 10 of 12 specs"),
        (["--deselect=flue.claims"], "--deselect left out 3 of 12 specs"),
        (["--flue-area=claims"], "--flue-area=claims"),
        (["--flue-rule=CLAIM-03,CLAIM-02"], "--flue-rule=CLAIM-03,CLAIM-02"),
        (["flue.claims"], "single specs were named"),
        (["flue.claims", "--flue-rule=CLAIM-03"], "single specs were named, --flue-rule=CLAIM-03"),
    ],
)
def test_a_filtered_run_earns_nothing_and_says_why(
    project: Project, arguments: list[str], reason: str
) -> None:
    run = project.run("--flue-adapter=good", *arguments)

    assert run.status == 0
    assert f"good-0.11  earned: nothing; {reason}" in run.lines


def test_a_run_that_stopped_earns_nothing_and_says_why(project: Project) -> None:
    run = project.run("--flue-adapter=forgetful", "-x")

    assert "forgetful-0.11  earned: nothing; the run ended before 10 of 12 specs" in run.lines


def test_a_conftest_that_takes_specs_away_is_noticed(project: Project) -> None:
    project.write({"conftest.py": "def pytest_collection_modifyitems(items): del items[3:]\n"})

    run = project.run("--flue-adapter=good")

    assert "good-0.11  earned: nothing; something left out 9 of 12 specs" in run.lines


def test_a_quiet_run_shows_the_verdicts(project: Project) -> None:
    for quiet in ("-q", "-qq"):
        run = project.run("--flue-adapter=forgetful", quiet)
        assert any(line.startswith("forgetful-0.11  earned: nothing") for line in run.lines)
        assert "  area " not in run.output


def test_a_required_level_that_is_not_earned_fails_the_run(project: Project) -> None:
    run = project.run("--flue-adapter=good", "--flue-require=ephemeral")
    assert run.status == 1
    assert run.counts["passed"] == 9
    assert "good-0.11 earned nothing, not the ephemeral that --flue-require asks for." in run.lines

    filtered = project.run("--flue-adapter=good", "--flue-require=ephemeral", "-k", "claims")
    assert filtered.status == 1


def test_specs_that_none_could_run_are_not_green(project: Project) -> None:
    run = project.run("--flue-adapter=absent", "flue.sessions::test_an_unknown_session_is_none")

    assert run.status == 5
    assert "Specs were collected, but none was run." in run.lines


def test_colours_can_be_had(project: Project) -> None:
    run = project.run("--flue-adapter=forgetful", "--color=yes")

    assert "\x1b[31m" in run.output
    assert "\x1b[1mforgetful-0.11" in run.output
