"""CI files, read as their services read them."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

ROOT = Path(__file__).parents[2]
GITHUB = ROOT / "ci" / "github"
GITLAB = ROOT / "ci" / "gitlab" / "flue-conformance.yml"
ACTION = GITHUB / "actions" / "flue-conformance" / "action.yml"
WORKFLOWS = GITHUB / "workflows"


@dataclass(frozen=True)
class Step:
    """A piece of shell, and the variables that are set for it."""

    script: str
    variables: Mapping[str, str]


def read(text: str) -> Any:
    return YAML(typ="safe", pure=True).load(text)


def yaml(value: Any) -> str:
    out = io.StringIO()
    YAML(typ="safe", pure=True).dump(value, out)
    return out.getvalue()


def steps_of_action(inputs: Mapping[str, str]) -> list[Step]:
    """Return the shell steps of the composite action."""
    action = read(ACTION.read_text())
    return _steps(action["runs"]["steps"], _inputs(action["inputs"], inputs))


def steps_of_job(workflow: str, job: str, contexts: Mapping[str, str]) -> list[Step]:
    """Return the shell steps of a job; contexts are such as `inputs.adapter`."""
    document = read((WORKFLOWS / workflow).read_text())
    inputs = document["on"].get("workflow_call", {}).get("inputs", {})
    return _steps(document["jobs"][job]["steps"], {**_inputs(inputs, {}), **contexts})


def gitlab_jobs(**inputs: Any) -> dict[str, Any]:
    """Return the jobs of GitLab's template with its inputs filled in."""
    head, _, body = GITLAB.read_text().partition("\n---\n")
    asked = read(head)["spec"]["inputs"]
    given = {name: one.get("default") for name, one in asked.items()} | inputs
    # A whole array takes the place of its expression, text that of its part.
    filled = re.sub(
        r"\$\[\[ inputs\.([\w-]+) \]\]",
        lambda found: json.dumps(given[found[1]]),
        body,
    )
    jobs: dict[str, Any] = read(filled)
    return jobs


def gitlab_steps(jobs: Mapping[str, Any], name: str, *, part: str = "script") -> Step:
    """Return what a job's runner does in a shell."""
    job = jobs[name]
    base = jobs[job["extends"]] if "extends" in job else {}
    lines = [*(base.get("before_script", []) if part == "script" else []), *job[part]]
    return Step("\n".join(lines), {**base.get("variables", {}), **job.get("variables", {})})


def _inputs(asked: Mapping[str, Any], given: Mapping[str, str]) -> dict[str, str]:
    values = {**{name: one.get("default") for name, one in asked.items()}, **given}
    return {f"inputs.{name}": str(value) for name, value in values.items()}


def _steps(steps: list[Any], values: Mapping[str, str]) -> list[Step]:
    return [
        Step(
            step["run"],
            {name: _resolved(text, values) for name, text in step.get("env", {}).items()},
        )
        for step in steps
        if "run" in step
    ]


def _resolved(text: str, values: Mapping[str, str]) -> str:
    return re.sub(r"\$\{\{ ([\w.-]+) \}\}", lambda found: values[found[1]], text)
