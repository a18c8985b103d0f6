"""The commands of `flue-conformance` that people type."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from flue_conformance.cli import main
from flue_conformance.cli.explanations import explanation_of, known_explanations
from flue_conformance.rules import CATALOGUE

COMMANDS = [
    "new",
    "list",
    "explain",
    "run",
    "report",
    "summary",
    "annotations",
    "certify",
    "verify",
    "badge",
    "keygen",
    "adapters",
    "doctor",
    "serve",
    "completion",
]


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def test_help_lists_all_commands_and_shows_examples() -> None:
    said = invoke("--help").output

    listed = said.partition("Commands:")[2].splitlines()[1 : len(COMMANDS) + 1]
    assert [line.split()[0] for line in listed] == COMMANDS
    assert "\nExamples:\n  flue-conformance adapters\n" in said


@pytest.mark.parametrize("name", [name for name in COMMANDS if name != "serve"])
def test_each_command_has_examples_that_are_in_form(name: str) -> None:
    said = invoke(name, "--help").output

    examples = said.partition("\nExamples:\n")[2].splitlines()
    assert examples
    assert all("flue-conformance" in example for example in examples)
    assert all(len(line) <= 100 for line in said.splitlines())


def test_a_command_that_there_is_not_names_a_near_one() -> None:
    assert "Did you mean 'certify'?" in invoke("certifi").output


def test_rules_are_listed_for_people_and_for_scripts() -> None:
    people = invoke("list", "--area", "claims", "--edition", "0.11")
    scripts = invoke("list", "--area", "claims", "--edition", "0.11", "--json")

    rules = [rule for rule in CATALOGUE.values() if rule.area == "claims" and rule.holds_in("0.11")]
    assert [json.loads(line)["id"] for line in scripts.output.splitlines()] == [
        rule.id for rule in rules
    ]
    assert f"\n{len(rules)} rules; " in people.output
    assert "\x1b" not in people.output


def test_a_rule_is_explained() -> None:
    said = invoke("explain", "claim-02").output

    for part in ("CLAIM-02  MUST", "Why it matters", "What official versions do", "    broken:"):
        assert part in said
    assert json.loads(invoke("explain", "CLAIM-02", "--json").output)["id"] == "CLAIM-02"


SQLITE = "sqlite() of @flue/runtime"


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("RUN-12", f"Broken by {SQLITE} 0.10.2, {SQLITE} 0.11.1: Runs and their index are gone"),
        ("RUN-12", "Its specs failed nowhere on postgres() of @flue/postgres 0.10.2."),
        ("INDEX-19", "postgres() of @flue/postgres 0.10.2: A listing raises `Invalid character`"),
        ("STREAM-10", f"of single versions: its specs failed nowhere on {SQLITE} 0.11.1."),
        ("CLAIM-11", "Nothing is known of single versions."),
    ],
)
def test_what_published_versions_do_is_told_as_far_as_it_is_known(rule: str, said: str) -> None:
    assert said in " ".join(invoke("explain", rule).output.split())


def test_findings_are_those_of_the_docs() -> None:
    docs = (Path(__file__).parents[2] / "docs/findings.md").read_text()
    told = docs.partition("## What was wrong")[0]
    found = {rule for rule, known in known_explanations().items() if known["findings"]}

    assert found == {f"DURABILITY-{number:02}" for number in (9, 11, 14)} | {
        rule
        for rules in re.findall(r"^(?:\| |### )([A-Z]+-\d+[A-Z\d, -]*)", told, re.MULTILINE)
        for rule in rules.strip().split(", ")
    }


def test_every_rule_can_be_explained_and_no_basis_is_unknown() -> None:
    assert list(known_explanations()) == list(CATALOGUE)
    for rule in CATALOGUE:
        official = explanation_of(rule).official
        assert official.endswith(".")
        assert not official.startswith(("Documented", "Tested", "Disputed", "Intent."))


def test_what_users_suffer_is_that_of_the_kill_matrix() -> None:
    matrix = (Path(__file__).parents[2] / "docs/kill-matrix.md").read_text()

    for rule, known in known_explanations().items():
        for adapter, suffers in known["broken"].items():
            assert f"| `{adapter}` | {rule} | {suffers} |" in matrix, "ci/explanations takes it"


def test_a_rule_that_there_is_not_names_a_near_one() -> None:
    said = invoke("explain", "CLAM-02")

    assert said.exit_code == 2
    assert "Did you mean CLAIM-02?" in said.output


def test_the_specs_run_as_pytest_runs_them(monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[Sequence[str]] = []

    class Done:
        returncode = -9

    def called_with(words: Sequence[str], **_: Any) -> Done:
        called.append(words)
        return Done()

    monkeypatch.setattr("subprocess.run", called_with)

    said = invoke(
        *("run", "mine", "yours:x", "--profile", "quick", "--report", "out", "--rule", "RUN-01"),
        *("--workers", "2", "--", "-x", "-k", "a"),
    )

    assert said.exit_code == 137
    assert called == [
        [
            *(sys.executable, "-m", "pytest", "--flue-adapter=mine", "--flue-adapter=yours:x"),
            *("--flue-profile=quick", "--flue-report=out", "--flue-rule=RUN-01", "-n2"),
            *("-x", "-k", "a"),
        ]
    ]


def test_what_is_no_report_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("{}")

    said = invoke("report", str(tmp_path / "a.json"))

    assert said.exit_code == 2
    assert "cannot be shown: it is no report of flue-conformance." in said.output


def test_installed_adapters_say_what_they_declare(tmp_path: Path) -> None:
    said = invoke("adapters", "--certificates", str(tmp_path), "--json").output

    offers = {offer["name"]: offer for offer in map(json.loads, said.splitlines())}
    assert offers["sqlite"]["declares"] == "single-host"
    assert offers["sqlite"]["editions"] == ["0.10", "0.11"]
    assert offers["sqlite"]["certificate"] == "no certificate"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_learns_the_command(shell: str) -> None:
    assert "_FLUE_CONFORMANCE_COMPLETE" in invoke("completion", shell).output


def test_the_doctor_says_what_is_here_and_what_each_thing_adds() -> None:
    checks = [json.loads(line) for line in invoke("doctor", "--json").output.splitlines()]

    assert {"strace", "Docker", "Node", "Postgres binaries"} <= {check["name"] for check in checks}
    assert all(check["found"] and check["adds"] for check in checks)


def test_a_new_package_says_how_to_go_on(tmp_path: Path) -> None:
    made = invoke("new", "my-adapter", "--into", str(tmp_path))

    assert made.exit_code == 0
    assert "pytest --flue-adapter=my-adapter" in made.output
    assert (tmp_path / "my-adapter" / "src" / "my_adapter" / "sessions.py").exists()


def test_a_new_package_takes_nobodys_place(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()

    assert "is there already" in invoke("new", "mine", "--into", str(tmp_path)).output
    assert "cannot be called" in invoke("new", "My_Adapter", "--into", str(tmp_path)).output
    assert [path.name for path in tmp_path.rglob("*")] == ["mine"]
