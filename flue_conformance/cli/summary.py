"""`flue-conformance summary`: reports in Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from flue_conformance.certification.report.summary import summary
from flue_conformance.cli.examples import ExampleCommand
from flue_conformance.cli.reports import read_reports, reports_argument


@click.command(
    "summary",
    cls=ExampleCommand,
    short_help="Print reports in Markdown.",
    examples=[
        "flue-conformance summary out/report.json",
        'flue-conformance summary out/report.json >> "$GITHUB_STEP_SUMMARY"',
    ],
)
@reports_argument
def command(paths: Sequence[Path]) -> None:
    """Print report.json files in Markdown: the verdicts, what is broken, what was not run."""
    click.echo(summary(read_reports(paths)), nl=False)
