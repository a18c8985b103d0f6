"""CI files have the form that their services ask for, and fit each other."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from flue_conformance.scaffolding import Names, rendered

from .files import ACTION, GITHUB, ROOT, WORKFLOWS, gitlab_jobs, read, yaml

DOCUMENT = ROOT / "docs" / "ci.md"


def against(schema: str, *files: Path) -> str:
    """Return what is wrong with files; the schemas lie in the package check-jsonschema."""
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}"]
    done = subprocess.run(
        [*command, *map(str, files)], capture_output=True, text=True, check=False, timeout=120
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr


def test_a_new_package_has_these_files() -> None:
    made = {
        Path(*path.parts[1:]): text
        for path, text in rendered(Names.of("mine")).items()
        if path.parts[0] == ".github"
    }
    there = {path.relative_to(GITHUB): path.read_text() for path in GITHUB.rglob("*.yml")}

    assert there == made


def test_workflows_and_the_action_fit_their_schemas() -> None:
    assert not against("github-workflows", *WORKFLOWS.glob("*.yml"))
    assert not against("github-actions", ACTION)


def test_the_template_of_gitlab_fits_its_schema_once_it_is_filled_in(tmp_path: Path) -> None:
    plain = tmp_path / "plain.yml"
    plain.write_text(yaml(gitlab_jobs(adapter="mine")))
    postgres = tmp_path / "postgres.yml"
    postgres.write_text(
        yaml(
            gitlab_jobs(
                adapter="mine",
                matrix=[{"PYTHON": ["3.13"], "POSTGRES": ["14", "18"]}],
                services=["postgres:$POSTGRES"],
            )
        )
    )

    assert not against("gitlab-ci", plain, postgres)


def test_what_the_documentation_shows_fits_its_schema(tmp_path: Path) -> None:
    shown = re.findall(r"```yaml\n# (\S+)\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
    gitlab: list[Path] = []
    github: list[Path] = []
    for name, text in shown:
        place = tmp_path / name.replace("/", "-")
        place.write_text(text)
        (gitlab if "gitlab" in name else github).append(place)

    assert not against("gitlab-ci", *gitlab)
    assert not against("github-workflows", *github)


def calls() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each local file that a workflow calls, with the part that does."""
    for path in WORKFLOWS.glob("*.yml"):
        for job in read(path.read_text())["jobs"].values():
            for part in (job, *job.get("steps", [])):
                if part.get("uses", "").startswith("./"):
                    yield part["uses"], part


@pytest.mark.parametrize(("called", "part"), list(calls()))
def test_calls_give_what_is_asked_for(called: str, part: dict[str, Any]) -> None:
    place = GITHUB / called.removeprefix("./.github/")
    document = read((place if place.is_file() else place / "action.yml").read_text())
    asking = document if place == ACTION.parent else document["on"]["workflow_call"]
    inputs = asking["inputs"]

    given = part["with"].keys()

    assert given <= inputs.keys()
    assert {name for name, one in inputs.items() if one.get("required")} <= given


def test_no_shell_is_made_of_what_others_say() -> None:
    runs = [
        step.get("run", "")
        for path in WORKFLOWS.glob("*.yml")
        for job in read(path.read_text())["jobs"].values()
        for step in job.get("steps", [])
    ]
    runs += [step.get("run", "") for step in read(ACTION.read_text())["runs"]["steps"]]

    assert any(runs)
    assert not [run for run in runs if "${{" in run]
