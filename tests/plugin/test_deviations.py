"""Known deviations: what an adapter ships excuses exactly that failure, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from .projects import Project

LATER = "2999-01-01"


AS_EXPECTED = "'version': 7, 'affinityKey'"


def entry(
    rule: str = "SESSION-02", failure: str = AS_EXPECTED, until: str = LATER, more: str = ""
) -> str:
    return (
        f'[[deviation]]\nrule = "{rule}"\nfailure = "{failure}"\nuntil = {until}\n{more}'
        'reason = "It counts in its own way."\nlink = "https://example.org/7"\n'
    )


@pytest.fixture
def shipped(site: Path) -> Iterator[Path]:
    """Return where the fakes' distribution has its deviations."""
    path = site / "flue_fakes" / "flue-deviations.toml"
    yield path
    path.unlink(missing_ok=True)


def forgetful(project: Project, *arguments: str) -> tuple[int, str]:
    run = project.run("--flue-adapter=forgetful", "--flue-area=sessions", *arguments)
    return run.status, " ".join(run.output.split())


def test_a_failure_as_stated_is_waived_and_earns_nothing(project: Project, shipped: Path) -> None:
    shipped.write_text(entry())

    status, output = forgetful(project, "--flue-report=out", "-rx")

    assert status == 0
    assert "5 passed, 1 skipped, 2 xfailed" in output
    assert "known deviation of SESSION-02: It counts in its own way." in output
    (subject,) = json.loads((project.folder / "out/report.json").read_bytes())["subjects"]
    (rule,) = (one for one in subject["rules"] if one["id"] == "SESSION-02")
    assert rule["outcome"] == "waived"
    (deviation,) = subject["deviations"]
    assert deviation["happened"]
    assert deviation["until"] == LATER
    page = (project.folder / "out/report.html").read_text()
    assert "It counts in its own way." in page


@pytest.mark.parametrize(
    ("text", "because"),
    [
        (entry(failure="'version': 8, 'affinity"), "SESSION-02 fails in another way than"),
        (entry(failure="JSON-equal to what was saved"), "SESSION-02 fails in another way than"),
        (entry("SESSION-01"), "the deviation of SESSION-01 no longer happens. Remove it."),
        (entry("SESSION-99"), "names SESSION-99, which is no rule that can be broken."),
        (entry(until="2001-01-01"), "the deviation of SESSION-02 has expired on 2001-01-01."),
        (entry("EVENT-01", more='edition = "0.11"\n'), "which edition 0.11 does not have."),
    ],
)
def test_what_is_not_as_stated_is_an_error(
    text: str, because: str, project: Project, shipped: Path
) -> None:
    shipped.write_text(text)

    status, output = forgetful(project)

    assert status == 1
    assert because in output
    assert "2 failed" in output


@pytest.mark.parametrize(
    ("text", "because"),
    [
        ("[[deviation", "forgetful: flue-deviations.toml:"),
        (entry().replace("link", "url"), "forgetful: flue-deviations.toml:"),
        (entry(failure="short"), "Expected `str` of length >= 10"),
    ],
)
def test_what_is_no_file_of_deviations_is_refused(
    text: str, because: str, project: Project, shipped: Path
) -> None:
    shipped.write_text(text)

    status, output = forgetful(project)

    assert status == pytest.ExitCode.USAGE_ERROR
    assert because in output


def test_a_deviation_of_another_edition_says_nothing(project: Project, shipped: Path) -> None:
    shipped.write_text(entry(more='edition = "0.10"\n'))

    status, output = forgetful(project)

    assert status == 1
    assert "flue-deviations" not in output
