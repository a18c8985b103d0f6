"""`Draft`: a report without specs, which whoever outlives the process of a run completes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from flue_conformance.certification import Outcome
from flue_conformance.certification.report.data import Report, SubjectReport
from flue_conformance.certification.report.making import made_again
from flue_conformance.plugin.options import quoted
from flue_conformance.plugin.outcomes import Told
from flue_conformance.plugin.reporting.folder import ReportFolder
from flue_conformance.plugin.reporting.shown import Shown
from flue_conformance.plugin.reporting.specs import spec_report
from flue_conformance.plugin.wording import counted


@dataclass(frozen=True, slots=True)
class Draft:
    """What is known of a run when its first spec begins."""

    folder: ReportFolder
    report: Report

    @classmethod
    def of_json(cls, told: Mapping[str, Any]) -> Draft:
        """Return the draft that `as_json` told of."""
        folder = ReportFolder(Path(told["path"]), told["shown"])
        return cls(folder, msgspec.convert(told["report"], Report))

    def as_json(self) -> dict[str, Any]:
        """Return what another process makes the same draft of."""
        return {
            "path": str(self.folder.path),
            "shown": self.folder.shown,
            "report": msgspec.to_builtins(self.report),
        }

    def complete(self, told: Iterable[Told], shown: Mapping[str, Shown], because: str) -> None:
        """Write the report of a run that was cut short, with what its specs had told by then."""
        every = list(told)
        run = self.report.run
        seconds = (datetime.now(UTC) - datetime.fromisoformat(run.began)).total_seconds()
        subjects = (
            _told_of(subject, [one for one in every if one.subject == subject.name], shown)
            for subject in self.report.subjects
        )
        self.folder.write(
            replace(
                self.report,
                run=replace(run, seconds=max(seconds, 0.0)),
                subjects=tuple(subjects),
                complaints=(f"The run was cut short: {because}.",),
            )
        )


def _told_of(
    subject: SubjectReport, told: Iterable[Told], shown: Mapping[str, Shown]
) -> SubjectReport:
    specs = [
        spec_report(
            one, shown.get(one.node_id, Shown()), f"{subject.command} {quoted(one.node_id)}"
        )
        for one in told
    ]
    left = counted(subject.specs_available - len(specs), "spec")
    waived = {
        proof.rule for spec in specs if spec.outcome is Outcome.WAIVED for proof in spec.proofs
    }
    return made_again(
        replace(
            subject,
            specs=tuple(specs),
            incomplete_because=f"the process died before {left} of {subject.specs_available}",
            deviations=tuple(
                replace(one, happened=one.rule in waived) for one in subject.deviations
            ),
        )
    )
