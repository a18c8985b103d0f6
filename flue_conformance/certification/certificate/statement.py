"""The in-toto Statement of a certificate: what was tested, how, and with which result.

`Statement` is in-toto's v1, its predicate in-toto's test-result v0.1. What is peculiar to this kit
stands in the annotations of two resources of the predicate's configuration: the kit and the run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

import msgspec

from flue_conformance.certification.certificate.extra import canonical
from flue_conformance.certification.outcome import Outcome
from flue_conformance.certification.report.data import Package, Report, SubjectReport
from flue_conformance.rules import Level, Requirement

STATEMENT: Final = "https://in-toto.io/Statement/v1"
TEST_RESULT: Final = "https://in-toto.io/attestation/test-result/v0.1"
PAYLOAD_TYPE: Final = "application/vnd.in-toto+json"
KIT: Final = "flue-conformance"
SHA256: Final = "sha256"


class _Part(msgspec.Struct, frozen=True, rename="camel"):
    """A part of a statement; members that are not known are ignored, as in-toto asks."""


class Resource(_Part, frozen=True, omit_defaults=True):
    """An in-toto ResourceDescriptor, as far as it is used here."""

    name: str
    digest: Mapping[str, str] = {}
    media_type: str = ""
    annotations: Mapping[str, Any] = {}


class TestResult(_Part, frozen=True):
    """The predicate."""

    result: Literal["PASSED", "WARNED", "FAILED"]
    configuration: Sequence[Resource]
    passed_tests: Sequence[str]
    warned_tests: Sequence[str]
    failed_tests: Sequence[str]


class Statement(_Part, frozen=True):
    """What a certificate says."""

    type: str = msgspec.field(name="_type")
    subject: Sequence[Resource]
    predicate_type: str
    predicate: TestResult


class CertifiedEdition(_Part, frozen=True):
    """What was certified of one edition."""

    edition: str
    level: Level
    declares: Level


class StatedDeviation(_Part, frozen=True):
    """What an adapter's author says that it does not keep, and what was seen of that."""

    rule: str
    edition: str
    reason: str
    link: str
    until: str


class CertifiedRun(_Part, frozen=True):
    """What the annotations of the run say."""

    adapter: str
    package: Package
    profile: str
    seed: int
    editions: Sequence[CertifiedEdition]
    deviations: Sequence[StatedDeviation]


class NotCertifiable(Exception):  # noqa: N818 - named for what a person reads
    """A report earns no certificate; the message says why."""


def statement_of(
    report: Report,
    *,
    subjects: Mapping[str, str],
    report_name: str,
    report_digest: str,
    catalogue_digest: str,
) -> Statement:
    """Return the statement about what a run showed.

    `subjects` are SHA-256 digests by the name of the file. Raises `NotCertifiable` where the run
    left something out, earned nothing, or showed that the adapter breaks what it declares.
    """
    if report.complaints:
        raise NotCertifiable(" ".join(report.complaints))
    for subject in report.subjects:
        _refuse_uncertifiable(subject)
    first = report.subjects[0]
    assert first.package is not None
    run = CertifiedRun(
        adapter=first.adapter,
        package=first.package,
        profile=report.run.profile,
        seed=report.run.seed,
        editions=[
            CertifiedEdition(one.edition, one.earned, one.declares)
            for one in report.subjects
            if one.earned is not None
        ],
        deviations=deviations_of(report),
    )
    return Statement(
        type=STATEMENT,
        subject=[Resource(name, {SHA256: digest}) for name, digest in subjects.items()],
        predicate_type=TEST_RESULT,
        predicate=_result(report, run, report_name, report_digest, catalogue_digest),
    )


def payload_of(statement: Statement) -> bytes:
    """Return the canonical JSON (RFC 8785) of a statement."""
    return canonical(msgspec.to_builtins(statement))


def tests_of(report: Report) -> tuple[Sequence[str], Sequence[str], Sequence[str]]:
    """Return the rules that passed, that deserve a warning, and that failed, as `RULE@EDITION`.

    Only what held has passed. A warning is a broken SHOULD or MAY, and a deviation that the author
    states. What was not run or does not apply is in none of the three.
    """
    passed: list[str] = []
    warned: list[str] = []
    failed: list[str] = []
    for subject in report.subjects:
        for rule in subject.rules:
            name = f"{rule.id}@{subject.edition}"
            if rule.outcome is Outcome.HELD:
                passed.append(name)
            elif rule.outcome is Outcome.WAIVED:
                warned.append(name)
            elif rule.outcome in (Outcome.BROKEN, Outcome.ERROR):
                (failed if rule.requirement is Requirement.MUST else warned).append(name)
    return passed, warned, failed


def deviations_of(report: Report) -> Sequence[StatedDeviation]:
    """Return the deviations that happened, each in its edition."""
    return [
        StatedDeviation(one.rule, subject.edition, one.reason, one.link, one.until)
        for subject in report.subjects
        for one in subject.deviations
        if one.happened
    ]


def _result(
    report: Report, run: CertifiedRun, report_name: str, report_digest: str, catalogue_digest: str
) -> TestResult:
    passed, warned, failed = tests_of(report)
    return TestResult(
        result="FAILED" if failed else "WARNED" if warned else "PASSED",
        configuration=[
            Resource(
                KIT,
                {SHA256: catalogue_digest},
                annotations={"version": report.kit.version},
            ),
            Resource(report_name, {SHA256: report_digest}, media_type="application/json"),
            Resource("run", annotations=msgspec.to_builtins(run)),
        ],
        passed_tests=passed,
        warned_tests=warned,
        failed_tests=failed,
    )


def _refuse_uncertifiable(subject: SubjectReport) -> None:
    if not subject.complete:
        raise NotCertifiable(f"{subject.name}: {subject.incomplete_because}.")
    broken = broken_musts(subject)
    if broken:
        raise NotCertifiable(f"{subject.name} breaks {', '.join(broken)}.")
    if subject.earned is None:
        lowest = subject.levels[0].blockers
        ids = ", ".join(dict.fromkeys(blocker.rule for blocker in lowest))
        raise NotCertifiable(f"{subject.name} earns no level, for want of {ids}.")
    if subject.package is None:
        raise NotCertifiable(f"{subject.name} comes from no distribution that has a version.")


def broken_musts(subject: SubjectReport) -> Sequence[str]:
    """Return the MUST rules that are broken, or could not be judged, at a level it declares."""
    return [
        rule.id
        for rule in subject.rules
        if rule.requirement is Requirement.MUST
        and any(
            proof.declared and proof.outcome in (Outcome.BROKEN, Outcome.ERROR)
            for proof in rule.proofs
        )
    ]
