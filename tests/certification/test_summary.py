"""What a CI job shows of a report: the summary in Markdown, and annotations."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner
from msgspec.structs import replace

from flue_conformance.certification import Outcome
from flue_conformance.certification.report.annotations import annotated
from flue_conformance.certification.report.data import Report
from flue_conformance.certification.report.summary import summary
from flue_conformance.certification.report.text import report_text
from flue_conformance.cli import main
from flue_conformance.rules import CATALOGUE, Requirement

from .recorded import report, subject

OUTCOMES = {
    "CLAIM-02": Outcome.BROKEN,
    "STREAM-34": Outcome.WAIVED,
    "RUN-01": Outcome.ERROR,
    "LEASE-10": Outcome.NOT_RUN,
}
SHOULD = next(
    rule.id
    for rule in CATALOGUE.values()
    if rule.requirement is Requirement.SHOULD and rule.tested and rule.holds_in("0.11")
)


def seen_everywhere(text: str) -> Report:
    """Return a report whose broken specs show a text."""
    one = subject(outcomes=OUTCOMES)
    specs = tuple(replace(spec, seen=text) if spec.seen else spec for spec in one.specs)
    return report(replace(one, specs=specs))


def test_a_summary_has_the_verdicts_first() -> None:
    said = summary([report(subject(), subject("0.10", outcomes=OUTCOMES))])

    assert said.splitlines()[2].startswith(
        "| `mine-0.11` | standard | single-host | **single-host** |"
    )
    assert said.splitlines()[3].startswith(
        "| `mine-0.10` | standard | single-host | **no level** |"
    )
    assert "`mine-0.10` is short of ephemeral: CLAIM-02, " in said


def test_a_summary_shows_what_was_seen() -> None:
    said = summary([report(subject(outcomes=OUTCOMES))])

    broken = said.partition("mine-0.11: broken")[2].partition("###")[0]
    assert "<details><summary><b>CLAIM-02</b> (MUST) " in broken
    assert "```text\ncame back <b>1</b>\nexpected None\n```" in broken
    assert "### mine-0.11: waived" in said
    assert "### mine-0.11: not to be judged" in said
    assert "1 not run: &lt;b&gt;not run&lt;/b&gt; &amp; seen</summary>\n\nLEASE-10" in said


def test_what_held_says_no_more_than_that() -> None:
    assert "<details>" not in summary([report(subject())])


def test_what_an_adapter_says_does_not_end_its_block() -> None:
    said = summary([seen_everywhere("````\n# I am certified")])

    assert "`````text\n````\n# I am certified\n`````\n" in said


def test_complaints_are_text() -> None:
    said = summary([replace(report(subject()), complaints=("no [level](x) <b>",))])

    assert "- no \\[level\\](x) &lt;b&gt;" in said


def test_a_summary_of_many_long_failures_fits_its_place() -> None:
    outcomes = dict.fromkeys(
        (one for one, rule in CATALOGUE.items() if rule.tested), Outcome.BROKEN
    )
    one = subject(outcomes=outcomes)
    specs = tuple(replace(spec, seen="a long line\n" * 10_000) for spec in one.specs)

    said = summary([report(replace(one, specs=specs))])

    assert len(said.encode()) < 2**20
    assert "… (report.html has the rest)" in said


def test_annotations_are_errors_then_warnings_then_the_verdict() -> None:
    outcomes = {**OUTCOMES, SHOULD: Outcome.BROKEN}
    of = replace(report(subject(outcomes=outcomes)), complaints=("too little, too late",))

    kinds = [line.partition(" ")[0] for line in annotated([of])]

    assert kinds == ["::error", "::error", "::error", "::warning", "::notice"]


def test_an_annotation_is_one_line_whatever_was_seen() -> None:
    lines = list(annotated([seen_everywhere("100 %\r\n::error::forged")]))

    assert lines[0] == ("::error title=CLAIM-02 broken (mine-0.11)::100 %25%0D%0A::error::forged")
    assert not any("\n" in line or "\r" in line for line in lines)


def test_the_last_of_many_annotations_names_the_rest() -> None:
    musts = [
        one
        for one, rule in CATALOGUE.items()
        if rule.requirement is Requirement.MUST and rule.tested and rule.holds_in("0.11")
    ]
    of = report(subject(outcomes=dict.fromkeys(musts[:12], Outcome.BROKEN)))

    *errors, verdict = annotated([of])

    assert len(errors) == 10
    assert errors[-1].startswith("::error title=3 more::")
    assert all(rule in errors[-1] for rule in musts[9:12])
    assert verdict == "::notice title=mine-0.11::earned no level, declares single-host"


def test_the_commands_print_them(tmp_path: Path) -> None:
    of = report(subject(outcomes=OUTCOMES))
    place = tmp_path / "report.json"
    place.write_bytes(report_text(of))

    for name, said in (
        ("summary", summary([of])),
        ("annotations", "".join(f"{line}\n" for line in annotated([of]))),
    ):
        assert CliRunner().invoke(main, (name, str(place))).output == said
