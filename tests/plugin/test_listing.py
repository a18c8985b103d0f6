"""`--flue-list` prints the catalogue, without an adapter."""

from __future__ import annotations

from flue_conformance.rules import CATALOGUE

from .projects import Project


def ids(output: str) -> list[str]:
    return [
        line.split(",")[0].strip()
        for line in output.splitlines()
        if line.startswith("  ") and line[2] != " "
    ]


def test_all_rules_are_listed_in_order(project: Project) -> None:
    run = project.run("--flue-list")

    assert run.status == 0
    assert ids(run.output) == list(CATALOGUE)
    assert f"{len(CATALOGUE)} rules" in run.lines
    assert "test session starts" not in run.output
    assert run.output.isascii()


def test_the_list_can_be_narrowed(project: Project) -> None:
    claims = [rule.id for rule in CATALOGUE.values() if rule.area == "claims"]

    assert ids(project.run("--flue-list", "--flue-area=claims").output) == claims
    assert ids(project.run("--flue-list", "--flue-rule=CLAIM-11,SESSION-02").output) == [
        "SESSION-02",
        "CLAIM-11",
    ]
    assert "EVENT-01" not in ids(project.run("--flue-list", "--flue-edition=0.11").output)


def test_a_rule_says_what_it_is(project: Project) -> None:
    run = project.run("--flue-list", "--flue-rule=CLAIM-03")

    assert (
        "CLAIM-03, MUST, edition 0.10 and 0.11, counts at ephemeral, single-host and" in run.output
    )
    assert "    Concurrent claims of one submission: exactly one non-null result." in run.lines


def test_an_unknown_area_is_told(project: Project) -> None:
    run = project.run("--flue-list", "--flue-area=clams")

    assert run.status == 4
    assert "Did you mean 'claims'?" in run.output
