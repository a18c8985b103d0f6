"""Each spec has a fresh database, and nothing that it opened stays open or behind."""

from __future__ import annotations

from collections import Counter

from .projects import Project

KEPT = "  kept       fake-shell fake://kit:***@127.0.0.1/"


def made(project: Project) -> Counter[str]:
    """Return what was done with databases."""
    return Counter(event.split()[0] for event in project.events())


def test_copies_are_made_of_one_migrated_database(project: Project) -> None:
    run = project.run("--flue-adapter=shelf")

    assert run.status == 0
    events = made(project)
    # Of twelve specs eight ask for a database, the one with the planter included.
    assert events["copy"] == 8
    assert events["create"] == events["copy"] + 1
    assert events["drop"] == events["create"]


def test_each_edition_has_a_template_of_its_own(project: Project) -> None:
    project.run("--flue-adapter=shelf", "--flue-edition=all")

    events = made(project)
    assert events["create"] - events["copy"] == 2
    assert events["drop"] == events["create"]


def test_without_copies_each_database_is_migrated(project: Project) -> None:
    run = project.run("--flue-adapter=uncopied")

    assert run.status == 0
    events = made(project)
    assert events["copy"] == 0
    assert events["create"] == events["drop"] == 8


def test_databases_of_failed_specs_are_dropped_too(project: Project) -> None:
    for adapter in ("forgetful_shelf", "unmigratable", "unclosable"):
        project.run(f"--flue-adapter={adapter}")
        events = made(project)
        assert events["create"] == events["drop"] > 0


def test_databases_of_failed_specs_can_be_kept(project: Project) -> None:
    run = project.run("--flue-adapter=forgetful_shelf", "--flue-keep")

    assert run.counts["failed"] == 2
    assert sum(line.startswith(KEPT) for line in run.lines) == 2
    events = made(project)
    assert events["create"] - events["drop"] == 2


def test_nothing_is_kept_of_what_held(project: Project) -> None:
    run = project.run("--flue-adapter=shelf", "--flue-keep")

    assert "  kept " not in run.output
    events = made(project)
    assert events["create"] == events["drop"]
