"""The specs are found wherever pytest is started, and however a project is set up."""

from __future__ import annotations

import pytest

from .projects import Project

SPECS = 12
"""How many fake specs there are for edition 0.11; edition 0.10 has one more."""
FAILING = "test_a_saved_session_comes_back[forgetful-0.11]"
OWN = {"tests/test_own.py": "def test_one(): pass\ndef test_two(): pass\n"}


def collected(project: Project, *arguments: str, inside: str = ".") -> tuple[int, int]:
    """Return how many specs and how many of the user's own tests a run collects."""
    run = project.run("--flue-adapter=good", "--collect-only", "-q", *arguments, inside=inside)
    own = [line for line in run.lines if "::" in line and line not in run.specs]
    return len(run.specs), len(own)


def test_an_empty_folder_has_all_specs(project: Project) -> None:
    assert collected(project) == (SPECS, 0)


def test_without_paths_the_specs_run_alone(project: Project) -> None:
    project.write(OWN)

    assert collected(project) == (SPECS, 0)


def test_with_paths_those_run_as_well(project: Project) -> None:
    project.write(OWN)

    assert collected(project, "tests") == (SPECS, 2)
    assert collected(project, "tests/test_own.py::test_one") == (SPECS, 1)
    assert collected(project, str(project.folder / "tests")) == (SPECS, 2)


def test_testpaths_are_no_paths_of_the_command_line(project: Project) -> None:
    project.write(OWN)
    project.configure(testpaths="tests")

    assert collected(project) == (SPECS, 0)


def test_paths_in_addopts_count(project: Project) -> None:
    project.write(OWN)
    project.configure(addopts="tests --flue-adapter=good")

    assert len(project.run("--collect-only", "-q").specs) == SPECS
    assert "tests/test_own.py::test_two" in project.run("--collect-only", "-q").lines


@pytest.mark.parametrize(
    "settings",
    [
        {"python_files": "check_*.py"},
        {"python_functions": "check_*"},
        {"python_functions": "*"},
        {"python_classes": "*"},
        {"asyncio_mode": "auto"},
        {"asyncio_mode": "strict"},
        {"asyncio_default_test_loop_scope": "session"},
        {"asyncio_default_fixture_loop_scope": "session"},
        {"filterwarnings": "error"},
        {"addopts": "--strict-markers --strict-config"},
        {"addopts": "--import-mode=importlib"},
        {"addopts": "--import-mode=append"},
        {"addopts": "--import-mode=prepend"},
        {"addopts": "--doctest-modules"},
        {"norecursedirs": "*"},
        {"collect_imported_tests": "false"},
        {"consider_namespace_packages": "true"},
        {"empty_parameter_set_mark": "fail_at_collect"},
        {"xfail_strict": "true"},
    ],
    ids=lambda settings: "-".join(f"{name}={value}" for name, value in settings.items()),
)
def test_a_projects_settings_change_nothing(project: Project, settings: dict[str, str]) -> None:
    project.write(OWN)
    project.configure(**settings)

    run = project.run("--flue-adapter=good", "tests")

    assert run.status == 0
    passed = run.counts["passed"]
    assert passed - SPECS + 3 in (0, 2)  # three specs do not apply; some settings hide own tests
    assert "warning" not in run.counts


def test_no_option_of_pytest_asyncio_has_to_be_set(project: Project) -> None:
    project.write({"pytest.ini": "[pytest]\nfilterwarnings = error\n"})

    run = project.spawn("--flue-adapter=good")

    assert run.status == 0
    assert "asyncio_default_fixture_loop_scope is unset" not in run.output
    assert "Warning" not in run.output


def test_a_virtual_environment_in_the_project_is_no_hindrance(project: Project) -> None:
    project.write(
        {**OWN, ".venv/pyvenv.cfg": "", ".venv/lib/test_not_mine.py": "def test_x(): 1/0"}
    )

    assert collected(project, ".") == (SPECS, 2)


def test_the_same_module_name_is_no_conflict(project: Project) -> None:
    project.write({"tests/test_sessions.py": "def test_one(): pass\n", "sessions.py": ""})

    assert collected(project, "tests") == (SPECS, 1)


def test_any_root_folder_does(project: Project) -> None:
    project.write({**OWN, "elsewhere/x.txt": ""})

    assert collected(project, f"--rootdir={project.folder / 'elsewhere'}") == (SPECS, 0)
    assert collected(project, "-c", "/dev/null") == (SPECS, 0)
    assert collected(project, inside="elsewhere") == (SPECS, 0)
    assert collected(project, "..", inside="elsewhere") == (SPECS, 2)


def test_ids_rerun_as_they_are_printed(project: Project) -> None:
    project.write({"below/x.txt": ""})
    run = project.run("--flue-adapter=forgetful", "-q", inside="below")
    printed = [line.split()[1] for line in run.lines if line.startswith("FAILED")]
    assert printed == [
        f"../flue.sessions::{FAILING}",
        "../flue.sessions::test_any_id_finds_its_session[forgetful-0.11]",
    ]

    again = project.run("--flue-adapter=forgetful", *printed, inside="below")

    assert again.counts == {"failed": 2}


@pytest.mark.parametrize(
    ("selectors", "expected"),
    [
        (["flue.sessions"], 8),
        (["flue.sessions", "flue.claims"], 11),
        (["flue.sessions::test_an_unknown_session_is_none"], 1),
        (["flue.sessions::test_an_unknown_session_is_none[good-0.11]"], 1),
        (["flue.sessions::test_an_unknown_session_is_none[good-0.11]", "flue.claims"], 4),
        (["sub/../flue.claims"], 3),
    ],
)
def test_addresses_select_specs(project: Project, selectors: list[str], expected: int) -> None:
    project.write(OWN)

    assert collected(project, *selectors) == (expected, 0)
    assert collected(project, "tests", *selectors) == (expected, 2)


def test_a_folder_of_that_name_goes_before_an_address(project: Project) -> None:
    project.write({"flue.claims/test_own.py": "def test_one(): pass\n"})

    assert collected(project, "flue.claims") == (SPECS, 1)


def test_specs_are_selected_by_area_rule_expression_and_mark(project: Project) -> None:
    assert collected(project, "--flue-area=claims") == (3, 0)
    assert collected(project, "--flue-area=claims,sessions") == (11, 0)
    assert collected(project, "--flue-area=claims", "--flue-area=sessions") == (11, 0)
    assert collected(project, "--flue-rule=session-02") == (2, 0)
    assert collected(project, "--flue-rule=SESSION-02", "--flue-area=claims") == (0, 0)
    assert collected(project, "-k", "comes_back or handles") == (2, 0)
    assert collected(project, "-k", "claims") == (3, 0)
    assert collected(project, "-m", "flue_requires") == (2, 0)
    assert collected(project, "--deselect=flue.sessions") == (4, 0)
    assert collected(project, "--deselect=flue.claims::test_a_server_is_asked") == (SPECS - 1, 0)


def test_a_rule_that_an_edition_lacks_has_no_specs_there(project: Project) -> None:
    def specs(*arguments: str) -> list[str]:
        return project.run("--flue-adapter=good", "--collect-only", "-q", *arguments).specs

    assert len(specs()) == SPECS
    assert len(specs("--flue-edition=0.10")) == SPECS + 1
    assert len(specs("--flue-edition=all")) == len(specs("--flue-edition=0.11,0.10")) == 25
    events = specs("--flue-edition=all", "--flue-area=events")
    assert events == ["flue.events::test_only_the_old_edition_has_events[good-0.10]"]


def test_ids_do_not_depend_on_other_adapters(project: Project) -> None:
    alone = project.run("--flue-adapter=good", "--collect-only", "-q").specs
    both = project.run(
        "--flue-adapter=sorting", "--flue-adapter=good", "--collect-only", "-q"
    ).specs

    assert set(alone) < set(both)
    assert len(both) == 2 * SPECS


def test_an_adapter_that_is_named_twice_runs_once(project: Project) -> None:
    assert collected(project, "--flue-adapter=good") == (SPECS, 0)


def test_failures_run_again_first_and_alone(project: Project) -> None:
    project.write({"tests/test_own.py": "def test_one(): assert 0\ndef test_two(): pass\n"})
    arguments = ("--flue-adapter=forgetful", "tests")
    first = project.run(*arguments)
    assert first.counts["failed"] == 3

    last_failed = project.run(*arguments, "--lf", "--collect-only", "-q")
    assert len(last_failed.specs) == 2
    assert "tests/test_own.py::test_one" in last_failed.lines
    assert "tests/test_own.py::test_two" not in last_failed.lines

    failed_first = project.run(*arguments, "--ff", "--collect-only", "-q")
    ids = [line for line in failed_first.lines if "::" in line]
    assert set(ids[:3]) == {"tests/test_own.py::test_one", *last_failed.specs}
    assert len(failed_first.specs) == SPECS

    assert len(project.run(*arguments, "--nf", "--collect-only", "-q").specs) == SPECS


def test_stepwise_goes_on_where_it_stopped(project: Project) -> None:
    first = project.run("--flue-adapter=forgetful", "--sw")
    assert first.counts["failed"] == 1

    again = project.run("--flue-adapter=forgetful", "--sw")

    assert again.counts["failed"] == 1
    assert again.counts["deselected"] == 1


@pytest.mark.parametrize("flag", ["-x", "--maxfail=1"])
def test_a_run_can_stop_at_the_first_failure(project: Project, flag: str) -> None:
    run = project.run("--flue-adapter=forgetful", flag)

    assert run.status == 1
    assert run.counts["failed"] == 1


def test_another_order_changes_nothing(project: Project) -> None:
    project.write(
        {
            "conftest.py": "import random\n"
            "def pytest_collection_modifyitems(items):\n"
            "    random.Random(7).shuffle(items)\n"
        }
    )

    run = project.run("--flue-adapter=good", "--flue-edition=all")

    assert run.status == 0
    assert run.counts["passed"] == 19


def test_fixtures_of_the_project_neither_change_specs_nor_meet_theirs(project: Project) -> None:
    project.write(
        {
            "conftest.py": "import pytest\n"
            "@pytest.fixture\n"
            "def sessions(): return 'mine'\n"
            "@pytest.fixture\n"
            "def database(): raise RuntimeError('not for specs')\n",
            "test_own.py": "def test_mine(sessions): assert sessions == 'mine'\n"
            "def test_theirs(handle): pass\n",
        }
    )

    run = project.run("--flue-adapter=good", "test_own.py")

    assert run.counts == {"passed": 10, "skipped": 3, "error": 1}
    assert "fixture 'handle' not found" in run.output


def test_names_of_installed_packages_can_be_given_too(project: Project) -> None:
    assert collected(project, "--pyargs", "flue_fakes") == (SPECS, 0)
    assert collected(project, "--pyargs", "flue_fakes", "flue.claims") == (3, 0)


def test_nothing_collected_is_never_green(project: Project) -> None:
    project.write(OWN)
    nothing = ("--flue-adapter=good", "tests", "-k", "test_one")

    for arguments in (nothing, (*nothing, "--collect-only")):
        run = project.run(*arguments)
        assert run.status == 5
        assert "No spec was collected, though an adapter was named." in run.output


def test_files_are_written_for_other_tools(project: Project) -> None:
    run = project.run("--flue-adapter=forgetful", "--junitxml=out.xml")

    report = (project.folder / "out.xml").read_text()
    assert run.status == 1
    assert 'classname="flue.sessions" name="test_an_unknown_session_is_none[good-0.11]"' in (
        report.replace("forgetful-0.11", "good-0.11")
    )
    assert '<property name="flue_rule" value="SESSION-02"' in report
    assert '<property name="flue_outcome" value="broken"' in report
    assert "came back" in report


def test_plugins_can_be_loaded_by_hand(project: Project) -> None:
    project.set(PYTEST_DISABLE_PLUGIN_AUTOLOAD="1")

    run = project.spawn("-p", "flue_conformance.plugin", "--flue-adapter=good")

    assert run.status == 0
    assert run.counts["passed"] == 9


def test_the_projects_own_folder_stays_clean(project: Project) -> None:
    before = {path.name for path in project.folder.iterdir()}

    project.spawn("--flue-adapter=good", "-p", "no:cacheprovider")

    assert {path.name for path in project.folder.iterdir()} - before <= {"__pycache__"}
