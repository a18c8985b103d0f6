"""`flue-conformance annotations`: reports as annotations of a run on GitHub."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from flue_conformance.certification.report.annotations import annotated
from flue_conformance.cli.examples import ExampleCommand
from flue_conformance.cli.reports import read_reports, reports_argument


@click.command(
    "annotations",
    cls=ExampleCommand,
    short_help="Print what annotates a run on GitHub.",
    examples=["flue-conformance annotations out/report.json"],
)
@reports_argument
def command(paths: Sequence[Path]) -> None:
    """Print report.json files as the lines from which GitHub annotates a run.

    A broken MUST is an error, what is broken besides a warning, the verdict a notice.
    """
    for line in annotated(read_reports(paths)):
        click.echo(line)
