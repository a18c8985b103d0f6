"""A failing spec teaches: the rule, the calls, what came back, what was expected, the command."""

from __future__ import annotations

import pytest

from .projects import Project

SAVED = "flue.sessions::test_a_saved_session_comes_back"
ANY_ID = "flue.sessions::test_any_id_finds_its_session"
ORDER = "flue.sessions::test_members_keep_their_order"


def test_a_broken_must_fails_and_teaches(project: Project) -> None:
    run = project.run("--flue-adapter=forgetful", f"{SAVED}[forgetful-0.11]")

    assert run.status == 1
    assert run.counts == {"failed": 1}
    text = "\n".join(run.lines[run.lines.index(next(filter(_is_headline, run.lines))) :])
    told = [
        "SESSION-02 (MUST) After `save` returns, `load` of the same id yields a value",
        "  called     adapter.migrate()",
        "             sessions.save('one', {'version': 5, ",
        "               returned None",
        "           > sessions.load('one')",
        "               returned {'version': 7, ",
        "  about      the saved session",
        "  came back  {'version': 7, ",
        "             (['version'] is 7, not 5)",
        "  expected   {'version': 5, ",
        "fake_specs/sessions.py:26",
        "  explain    flue-conformance explain SESSION-02",
        f"  repeat     pytest --flue-adapter=forgetful '{SAVED}[forgetful-0.11]'",
        "  -vv shows values in full",
    ]
    places = [text.find(line) for line in told]
    assert -1 not in places
    assert places == sorted(places)
    assert "Traceback" not in text
    assert "def test_a_saved_session" not in text
    assert f"FAILED {SAVED}[forgetful-0.11] - SESSI" in run.output


def _is_headline(line: str) -> bool:
    return line.startswith("SESSION-02 (MUST)")


@pytest.mark.parametrize("style", ["auto", "short", "long", "line", "native", "no"])
def test_every_traceback_style_is_readable(project: Project, style: str) -> None:
    run = project.run("--flue-adapter=forgetful", f"--tb={style}", SAVED)

    assert run.status == 1
    assert ("came back" in run.output) == (style not in ("line", "no"))
    assert ("BrokenRule" in run.output) == (style in ("long", "native"))
    if style == "line":
        assert "fake_specs/sessions.py:26: SESSION-02 (MUST) After `save`" in run.output


def test_longer_values_are_shown_when_asked_for(project: Project) -> None:
    brief = project.run("--flue-adapter=forgetful", SAVED)
    whole = project.run("--flue-adapter=forgetful", "-vv", SAVED)

    assert " characters)" in brief.output
    assert " characters)" not in whole.output


def test_what_hypothesis_found_is_shown(project: Project) -> None:
    run = project.run("--flue-adapter=forgetful", ANY_ID)

    assert run.counts == {"failed": 1}
    assert "  example    session=''\n" in run.output
    assert "calls before" not in run.output or "> sessions.load('')" in run.output
    assert "reproduce_failure" not in run.output


def test_an_adapter_that_raises_is_shown_with_its_own_lines(project: Project) -> None:
    run = project.run("--flue-adapter=raising", SAVED)

    assert run.counts == {"failed": 1}
    for text in (
        "           > sessions.save('one', ",
        "               raised RuntimeError: cannot reach",
        "  raised     RuntimeError: cannot reach",
        "caused by OSError: no answer to",
        "flue_fakes/adapters.py",
        " in _send",
        'raise RuntimeError(f"cannot reach {URL}") from error',
    ):
        assert text in run.output
    assert "pytest_asyncio" not in run.output.partition("SESSION-02")[2]
    assert "observed.py" not in run.output


@pytest.mark.parametrize("style", ["auto", "long", "native"])
def test_passwords_are_in_no_report(project: Project, style: str) -> None:
    run = project.run("--flue-adapter=raising", f"--tb={style}", "-l", "-vv", "-rA", "--junitxml=o")

    assert run.status == 1
    assert "cannot reach fake://kit:***@127.0.0.1/flue" in run.output
    assert "saving through fake://kit:***@" in run.output
    assert "tops3cret" not in run.output
    assert "tops3cret" not in (project.folder / "o").read_text()


def test_a_password_of_the_command_line_is_in_no_report(project: Project) -> None:
    run = project.run(
        "--flue-adapter=forgetful", "--flue-postgres=postgresql://me:hunter2@host/db", SAVED
    )

    assert run.status == 1
    assert "hunter2" not in run.output
    assert f"pytest --flue-adapter=forgetful --flue-postgres=… '{SAVED}[" in run.output
    assert "FLUE_POSTGRES_URL" in run.output


def test_a_broken_should_is_listed_and_fails_only_when_asked_to(project: Project) -> None:
    run = project.run("--flue-adapter=sorting")
    assert run.status == 0
    assert run.counts == {"passed": 8, "skipped": 3, "xfailed": 1}
    assert "SESSION-09, a SHOULD, is broken: Member order inside" in run.output
    assert f"    pytest --flue-adapter=sorting '{ORDER}[sorting-0.11]'" in run.output

    strict = project.run("--flue-adapter=sorting", "--flue-strict")
    assert strict.status == 1
    assert strict.counts["failed"] == 1
    assert f"--flue-strict '{ORDER}[sorting-0.11]'" in strict.output

    reasons = project.run("--flue-adapter=sorting", "-rx", ORDER)
    assert f"XFAIL {ORDER}[sorting-0.11] - SESSION-09 (SHOULD) Member order" in reasons.output


@pytest.mark.parametrize(("rule", "status"), [("SESSION-09", 0), ("SESSION-03", 1)])
def test_a_spec_that_shows_another_rule_broken_fails_if_that_is_a_must(
    project: Project, rule: str, status: int
) -> None:
    project.write(
        {
            "blaming.py": "from flue_conformance.specs.support.broken import BrokenRule\n"
            "def pytest_runtest_call():\n"
            f"    raise BrokenRule(came_back='1', expected='2', rules=['{rule}'])\n"
        }
    )

    run = project.spawn("--flue-adapter=good", "--flue-rule=SESSION-02", "-p", "blaming")

    assert run.status == status
    assert f"{rule}" in run.output


def test_asserts_of_specs_are_explained(project: Project) -> None:
    run = project.run("--flue-adapter=sorting", "--flue-strict", ORDER)

    assert "At index 0 diff:" in run.output


def test_the_kits_own_mistake_is_an_error(project: Project) -> None:
    project.set(FLUE_FAKES_ERR="1")

    run = project.run("--flue-adapter=good", "flue.encoding")

    assert run.status == 1
    assert run.counts == {"error": 1}
    assert "ERROR at call of test_the_kit_itself_errs[good-0.11]" in run.output
    assert "ENCODING-03 could not be checked: KeyError in the spec: 'a mistake of" in run.output
    assert 'raise KeyError("a mistake of the kit")' in run.output
    assert "1 spec could not be judged: KeyError in the spec: 'a mistake of" in run.output


def test_an_adapter_that_cannot_migrate_says_so_once(project: Project) -> None:
    run = project.run("--flue-adapter=unmigratable", "flue.sessions")

    assert run.status == 1
    assert run.counts == {"passed": 2, "errors": 6}
    assert run.output.count("in migrate") == 1
    assert "SESSION-01 could not be checked: RuntimeError before the spec: no such" in run.output
    assert "5 specs could not be judged: unmigratable-0.11 could not migrate a fresh" in run.output


def test_an_adapter_that_cannot_be_closed_errs_after_the_spec(project: Project) -> None:
    run = project.run("--flue-adapter=unclosable_memory", SAVED)

    assert run.status == 1
    assert run.counts == {"passed": 1, "error": 1}
    assert "SESSION-02 could not be finished: RuntimeError after the spec: still" in run.output
    assert "earned: nothing" in run.output


def test_a_skipped_spec_gives_its_reason(project: Project) -> None:
    run = project.run("--flue-adapter=good", "-rs")

    assert run.counts["skipped"] == 3
    squeezed = " ".join(run.output.split())
    for text in (
        "flue.claims:19: not applicable: good keeps nothing beyond one adapter object",
        "not applicable: good has no server",
        "not applicable: good has no planter of damaged records",
    ):
        assert text in squeezed


def test_the_seed_is_told_and_repeated(project: Project) -> None:
    run = project.run("--flue-adapter=forgetful", "--flue-seed=42", SAVED)

    assert "flue: forgetful-0.11; seed 42" in run.lines
    assert f"--flue-seed=42 '{SAVED}[forgetful-0.11]'" in run.output


def test_an_edition_that_is_not_the_default_is_repeated(project: Project) -> None:
    run = project.run("--flue-adapter=forgetful", "--flue-edition=all", SAVED)

    assert f"--flue-edition=0.10 '{SAVED}[forgetful-0.10]'" in run.output
    assert f"--flue-adapter=forgetful '{SAVED}[forgetful-0.11]'" in run.output


def test_output_that_a_terminal_cannot_show_is_no_hindrance(project: Project) -> None:
    project.set(PYTHONIOENCODING="ascii", PYTHONUTF8="0")

    run = project.spawn("--flue-adapter=forgetful", SAVED)

    assert run.status == 1
    assert "came back" in run.output
    assert "INTERNALERROR" not in run.output
