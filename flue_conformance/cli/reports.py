"""The report files that a command line names."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from flue_conformance.certification.report.data import Report
from flue_conformance.certification.report.text import UnreadableReport, read_report
from flue_conformance.cli.refusal import refuse

reports_argument = click.argument(
    "paths",
    metavar="REPORT...",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)


def read_reports(paths: Sequence[Path]) -> Sequence[Report]:
    """Return the reports in files; ends the command where one is none."""
    return [_read(path) for path in paths]


def _read(path: Path) -> Report:
    try:
        return read_report(path.read_bytes())
    except UnreadableReport as problem:
        refuse(f"{path} cannot be shown: {problem}.")
