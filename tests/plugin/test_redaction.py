"""No password reaches anything that the plugin prints."""

from __future__ import annotations

import pytest

from flue_conformance.plugin.redaction import Redaction
from flue_conformance.plugin.watch.flood import KEPT, cut

from .projects import Project
from .test_hostile import UNKNOWN

SECRET = "tops3cret"


@pytest.mark.parametrize(
    ("environment", "text", "shown"),
    [
        ({"PGPASSWORD": "hunter2"}, "with hunter2", "with ***"),
        ({"MY_DB_URL": "pg://me:sw0rdfish@h/d"}, "the sw0rdfish", "the ***"),
        ({"DB_SECRET": "sw0rdfish1"}, "x sw0rdfish1", "x ***"),
        ({"API_TOKEN": "abcdefgh"}, "'abcdefgh'", "'***'"),
        ({"MAX_TOKENS": "40960000", "PGPASSFILE": "/a/b"}, "40960000 /a/b", "40960000 /a/b"),
        ({"PGPASSWORD": "postgres"}, "postgres-0.11", "postgres-0.11"),
        ({"PGPASSWORD": "me", "PGUSER": "me"}, "me", "me"),
        ({"PGPASSWORD": 'a"b\\c'}, r'{"x": "a\"b\\c"}', '{"x": "***"}'),
        ({"PGPASSWORD": "p@ss/word"}, "at p%40ss%2Fword", "at ***"),
        ({"PGPASSWORD": "hunter2"}, r"'one\nhunter2'", r"'one\n***'"),
        ({"PGPASSWORD": "hunter2"}, "'pg://u:hunt...'", "'pg://u:***...'"),
    ],
)
def test_the_environment_is_masked(environment: dict[str, str], text: str, shown: str) -> None:
    redact = Redaction()
    redact.learn_environment(environment)

    assert redact(text) == shown


def test_a_password_of_a_connection_string_is_masked() -> None:
    assert Redaction(["mine:host=h password=hunter2"])("the hunter2") == "the ***"


def test_a_password_is_masked_in_what_is_left_of_a_url() -> None:
    assert (
        Redaction()("RuntimeErro...kit:hunter2@127.0.0.1/d") == "RuntimeErro...kit:***@127.0.0.1/d"
    )


def test_no_cut_goes_through_a_secret() -> None:
    redact = Redaction([f"pg://u:{SECRET}@h/d"])
    text = "x" * (KEPT - 4) + f" {SECRET} " + "y" * 3 * KEPT

    assert "tops" not in cut(text, redact)


@pytest.mark.parametrize("workers", [[], ["-n1"]])
def test_no_report_has_a_password(project: Project, workers: list[str]) -> None:
    project.set(PGPASSWORD="hunter2", FLUE_POSTGRES_URL="postgresql://me:sw0rdfish@h/d")
    project.write(
        {
            "conftest.py": "import os, sys\n"
            "def pytest_runtest_call(item):\n"
            "    password = os.environ['PGPASSWORD']\n"
            "    url = os.environ['FLUE_POSTGRES_URL']\n"
            "    print(password, file=sys.stderr)\n"
            "    raise KeyError(password, url)\n",
        }
    )

    run = project.spawn(
        *("--flue-adapter=hostile:leaks", "-l", "-vv", "-rA", "--tb=long", "--junitxml=o"),
        *("-k", "unknown_session_is", *workers),
    )

    assert run.status == 1
    assert "***" in run.output
    for text in (run.output, (project.folder / "o").read_text()):
        assert not [secret for secret in ("hunter2", "sw0rdfish", SECRET) if secret in text]


def test_a_crash_tells_no_password(project: Project) -> None:
    run = project.spawn(
        "--flue-adapter=hostile:kills_itself",
        "--flue-postgres=postgresql://me:hunter2@h/d",
        UNKNOWN,
    )

    assert run.status < 0
    assert "--flue-postgres=…" in run.output
    assert "hunter2" not in run.output
