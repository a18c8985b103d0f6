"""The kit's own specs, found through the entry points of the installed distribution."""

from __future__ import annotations

from flue_conformance.rules import AREAS

from .projects import Project


def test_every_area_has_specs_on_the_reference_adapters(project: Project) -> None:
    run = project.spawn_plain("--flue-adapter=memory", "--flue-edition=all", "--collect-only", "-q")

    assert run.status == 0
    areas = dict.fromkeys(spec.partition("::")[0].removeprefix("flue.") for spec in run.specs)
    assert list(areas) == list(AREAS)


def test_a_spec_runs_on_several_reference_adapters(project: Project) -> None:
    project.configure(filterwarnings="error", addopts="--strict-markers --strict-config")

    run = project.spawn_plain(
        "--flue-adapter=memory", "--flue-adapter=sqlite", "flue.sessions", "--flue-rule=SESSION-02"
    )

    assert run.status == 0
    assert run.counts["passed"] > 3
    filtered = "single specs were named, --flue-rule=SESSION-02"
    assert f"memory-0.11  earned: nothing; {filtered}" in run.lines
    assert f"sqlite-0.11  earned: nothing; {filtered}" in run.lines
