"""`--flue-isolation=process`: adapters in processes of their own."""

from __future__ import annotations

from .projects import Project


def test_nothing_but_the_process_is_another(project: Project) -> None:
    run = project.run("--flue-adapter=good", "--flue-isolation=process")
    here = project.run("--flue-adapter=good")
    assert run.status == here.status
