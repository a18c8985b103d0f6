"""Installed but unused, the plugin changes nothing and costs next to nothing."""

from __future__ import annotations

import re

from .projects import Project

OWN = {
    "test_own.py": "import pytest\n"
    "def test_one(): pass\n"
    "@pytest.fixture\n"
    "def database(): return 1\n"
    "def test_two(database): assert database == 1\n"
    "def test_three(handle): pass\n"
}
HEAVY = {"hypothesis", "sqlalchemy", "psycopg", "testcontainers", "reference_adapters"}
NOTES_MODULES = (
    "import sys, pathlib\n"
    "def pytest_collection_finish():\n"
    "    pathlib.Path('modules.txt').write_text('\\n'.join(sys.modules))\n"
)
"""Not at the end: the plugin of hypothesis imports it there, whoever uses it."""


def tidied(output: str) -> list[str]:
    lines = re.sub(r"in \d+\.\d+s|, flue-conformance-[\d.]+", "", output).splitlines()
    return [line for line in lines if not line.startswith("plugins:")]


def test_another_run_looks_as_it_would_without_the_plugin(project: Project) -> None:
    project.write(OWN)
    for arguments in (["-v"], ["--fixtures", "-q"]):
        with_it = project.spawn_plain(*arguments)
        without = project.spawn_plain("-p", "no:flue", *arguments)
        assert with_it.status == without.status
        assert tidied(with_it.output) == tidied(without.output)


def modules(project: Project) -> set[str]:
    return set((project.folder / "modules.txt").read_text().split())


def test_an_idle_plugin_imports_next_to_nothing(project: Project) -> None:
    project.write({"conftest.py": NOTES_MODULES, "test_own.py": ""})
    project.set(PYTEST_DISABLE_PLUGIN_AUTOLOAD="1")

    project.spawn_plain("-p", "flue_conformance.plugin", "-W", "ignore")

    loaded = modules(project)
    assert {name for name in loaded if name.startswith("flue_conformance")} == {
        "flue_conformance",
        "flue_conformance.plugin",
        "flue_conformance.plugin.options",
    }
    assert not loaded & (HEAVY | {"pytest_asyncio"})


def test_a_named_adapter_imports_only_what_it_needs(project: Project) -> None:
    project.write({"conftest.py": NOTES_MODULES})

    project.spawn("--flue-adapter=good", "flue.claims", "--collect-only")

    assert not modules(project) & HEAVY


def test_an_idle_plugin_costs_next_to_no_time(project: Project) -> None:
    program = (
        "import sys, time, pytest\n"
        "begun = time.perf_counter()\n"
        "import flue_conformance.plugin\n"
        "print('took', time.perf_counter() - begun)\n"
    )

    fastest = min(float(project.python("-c", program).output.split("took ")[1]) for _ in range(3))

    assert fastest < 0.05


def test_an_own_test_run_from_the_projects_settings_is_idle(project: Project) -> None:
    project.write(OWN)
    project.configure(addopts="--flue-postgres=local --flue-strict --flue-seed=7")

    run = project.spawn_plain()

    assert run.counts == {"passed": 2, "error": 1}
    assert "flue:" not in run.output
