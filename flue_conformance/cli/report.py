"""`flue-conformance report`: reports as a page, several side by side."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from flue_conformance.certification.report.data import Report
from flue_conformance.certification.report.page import page
from flue_conformance.certification.report.text import UnreadableReport, read_report
from flue_conformance.cli.examples import ExampleCommand
from flue_conformance.cli.refusal import refuse


@click.command(
    "report",
    cls=ExampleCommand,
    examples=[
        "flue-conformance report out/report.json",
        "flue-conformance report old/report.json new/report.json -o compared.html",
    ],
)
@click.argument(
    "reports",
    metavar="REPORT...",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
@click.option(
    "--output",
    "-o",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("report.html"),
    show_default=True,
    help="Where to write the page.",
)
def command(reports: Sequence[Path], output: Path) -> None:
    """Make one page of several report.json files, side by side."""
    html = page([_read(path) for path in reports])
    try:
        output.write_text(html, encoding="utf-8")
    except OSError as problem:
        refuse(f"{output} cannot be written ({problem.strerror}); -o names another file.")
    click.echo(str(output))


def _read(path: Path) -> Report:
    try:
        return read_report(path.read_bytes())
    except UnreadableReport as problem:
        refuse(f"{path} cannot be shown: {problem}.")
