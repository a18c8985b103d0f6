"""Parallel workers show what one process shows; servers live in the process that controls them."""

from __future__ import annotations

from collections import Counter

import pytest

from .projects import Project

ADAPTERS = ("--flue-adapter=forgetful_shelf", "--flue-adapter=sorting")


def conclusion(lines: list[str]) -> list[str]:
    """Return what a run prints about the adapters."""
    begin = next(place for place, line in enumerate(lines) if " flue conformance " in line)
    return [line for line in lines[begin:] if not line.startswith(("FAILED", "=="))]


def test_workers_come_to_the_same_conclusion(project: Project) -> None:
    alone = project.spawn(*ADAPTERS)
    project.events()

    together = project.spawn(*ADAPTERS, "-n2", "--junitxml=out.xml")

    assert together.status == alone.status == 1
    assert together.counts == alone.counts
    assert sorted(conclusion(together.lines)) == sorted(conclusion(alone.lines))
    assert "came back" in together.output
    assert "FAILED flue.sessions::test_a_saved_session_comes_back[forgetful_shelf-0.11]" in (
        together.output
    )
    assert "tops3cret" not in together.output
    events = Counter(project.events())
    assert events["start forgetful_shelf"] == 1
    assert events["join forgetful_shelf"] == 2
    assert events["stop forgetful_shelf"] == 3
    assert events["create forgetful_shelf"] == events["drop forgetful_shelf"]
    assert '<property name="flue_outcome" value="broken"' in (
        (project.folder / "out.xml").read_text()
    )


@pytest.mark.parametrize(
    "dist", ["load", "loadscope", "loadfile", "worksteal", "loadgroup", "each"]
)
def test_every_distribution_works(project: Project, dist: str) -> None:
    project.write({"test_own.py": "def test_one(): pass\n"})

    run = project.spawn("--flue-adapter=good", "test_own.py", "-n2", f"--dist={dist}")

    assert run.status == 0
    times = 2 if dist == "each" else 1
    assert run.counts == {"passed": 10 * times, "skipped": 3 * times}
    assert "good-0.11  earned: nothing; short of ephemeral" in run.output


def test_a_typo_is_a_usage_error_and_runs_nothing(project: Project) -> None:
    project.write({"test_own.py": "def test_one(): pass\n"})

    run = project.spawn("--flue-adapter=good", "test_own.py", "flue.claims::test_typo", "-n2")

    assert run.status == 4
    assert "There is no spec at flue.claims::test_typo; this run is about good-0.11." in run.lines
    assert "passed" not in run.output


def test_nothing_collected_is_never_green(project: Project) -> None:
    project.write({"test_own.py": "def test_one(): pass\n"})

    run = project.spawn("--flue-adapter=good", ".", "-k", "test_one", "-n2")

    assert run.counts["passed"] == 1
    assert run.status == 5
    assert "No spec was collected, though an adapter was named." in run.lines


def test_a_backend_that_cannot_be_used_is_told_by_every_worker(project: Project) -> None:
    run = project.spawn("--flue-adapter=absent", "--flue-adapter=good", "-n2")
    assert run.status == 0
    assert "11 specs not run: There is no shelf here" in run.output

    run = project.spawn("--flue-adapter=refusing", "-n2")
    assert run.status == 4
    assert "The shelf that you asked for is taken." in run.output
    assert "gw0" not in run.output


def test_one_failure_can_stop_all_workers(project: Project) -> None:
    run = project.spawn("--flue-adapter=forgetful_shelf", "-n2", "-x")

    assert run.status != 0
    assert "forgetful_shelf-0.11  earned: nothing; the run ended before" in run.output
    events = Counter(project.events())
    assert events["start forgetful_shelf"] == 1
    assert events["create forgetful_shelf"] == events["drop forgetful_shelf"]
