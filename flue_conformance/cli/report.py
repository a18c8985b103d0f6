"""`flue-conformance report`: reports as a page, several side by side."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from flue_conformance.certification.report.page import page
from flue_conformance.cli.examples import ExampleCommand
from flue_conformance.cli.refusal import refuse
from flue_conformance.cli.reports import read_reports, reports_argument


@click.command(
    "report",
    cls=ExampleCommand,
    examples=[
        "flue-conformance report out/report.json",
        "flue-conformance report old/report.json new/report.json -o compared.html",
    ],
)
@reports_argument
@click.option(
    "--output",
    "-o",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("report.html"),
    show_default=True,
    help="Where to write the page.",
)
def command(paths: Sequence[Path], output: Path) -> None:
    """Make one page of several report.json files, side by side."""
    html = page(read_reports(paths))
    try:
        output.write_text(html, encoding="utf-8")
    except OSError as problem:
        refuse(f"{output} cannot be written ({problem.strerror}); -o names another file.")
    click.echo(str(output))
