"""The known deviations of the adapters under test, and which failures they are about."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files

import pytest

from flue_conformance.backends.discovery import module_of
from flue_conformance.certification import SpecResult
from flue_conformance.certification.deviation import (
    FILE,
    KnownDeviation,
    UnreadableDeviations,
    contradiction,
    read_deviations,
    unusable,
)
from flue_conformance.plugin.spec import Spec
from flue_conformance.plugin.subjects import Candidate, Lineup


class Deviations:
    """What the authors of the adapters say that those do not keep."""

    def __init__(self, lineup: Lineup) -> None:
        shipped = {
            subject.name: _shipped_with(candidate)
            for candidate in lineup.candidates
            for subject in candidate.subjects
        }
        today = dt.datetime.now(dt.UTC).date()
        every = dict.fromkeys(one for known in shipped.values() for one in known)
        problems = unusable(every, today)
        self._editions = {subject.name: subject.edition for subject in lineup.subjects}
        self._usable: Mapping[str, Sequence[KnownDeviation]] = {
            name: [
                one
                for one in known
                if one not in problems and one.edition in (None, self._editions[name])
            ]
            for name, known in shipped.items()
        }
        self.problems = list(problems.values())
        """Why some of them excuse nothing."""

    def of(self, subject: str) -> Sequence[KnownDeviation]:
        """Return those of one adapter in one edition."""
        return self._usable[subject]

    def excusing(self, spec: Spec, failure: str) -> KnownDeviation | None:
        """Return the deviation that a failure is; each rule that the spec is about needs one."""
        edition = spec.subject.edition
        found = [
            next(
                (
                    one
                    for one in self._usable[spec.subject.name]
                    if one.is_about(proof.rule.id, edition) and one.explains(failure)
                ),
                None,
            )
            for proof in spec.proofs
        ]
        return found[0] if found and all(found) else None

    def contradictions(self, subject: str, results: Sequence[SpecResult]) -> Iterator[str]:
        """Yield what a run showed to be wrong with the deviations of a subject."""
        for one in self._usable[subject]:
            wrong = contradiction(one, [it for it in results if it.rule_id == one.rule])
            if wrong is not None:
                yield f"{subject}: {wrong}"


def _shipped_with(candidate: Candidate) -> Sequence[KnownDeviation]:
    package, _, _ = module_of(candidate.request).partition(".")
    try:
        text = ((candidate.backend.package_folder() or files(package)) / FILE).read_bytes()
    except (OSError, TypeError, ModuleNotFoundError):
        return ()
    try:
        return read_deviations(text)
    except UnreadableDeviations as problem:
        raise pytest.UsageError(f"{candidate.backend.label}: {problem}") from None
