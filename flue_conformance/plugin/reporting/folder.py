"""`ReportFolder`: the folder of a run's report, without anything of an earlier run."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from flue_conformance.certification.report.data import Report
from flue_conformance.certification.report.page import page
from flue_conformance.certification.report.text import report_text

JSON: Final = "report.json"
PAGE: Final = "report.html"
JUNIT: Final = "junit.xml"


class ReportFolder:
    """The folder that `--flue-report` names."""

    def __init__(self, path: Path, shown: str) -> None:
        self.path = path
        self.shown = shown
        """The folder as the command line gave it."""

    @classmethod
    def prepared(cls, config: pytest.Config, directory: str) -> ReportFolder:
        """Make the folder, remove what an earlier run reported, and ask pytest for JUnit XML.

        Else a run that is ended before it can report would seem to have said the same.
        Raises `pytest.UsageError` where the folder cannot be written.
        """
        path = config.invocation_params.dir / directory
        try:
            path.mkdir(parents=True, exist_ok=True)
            for name in (JSON, PAGE, JUNIT):
                (path / name).unlink(missing_ok=True)
        except OSError as problem:
            raise pytest.UsageError(
                f"--flue-report: {directory} cannot be written ({problem.strerror}); name another "
                "folder."
            ) from None
        if config.option.xmlpath is None:
            config.option.xmlpath = str(path / JUNIT)
        return cls(path, directory)

    def write(self, report: Report) -> None:
        """Write a report, as data and as a page."""
        (self.path / JSON).write_bytes(report_text(report))
        (self.path / PAGE).write_bytes(page([report]).encode())
