"""Whether a report is the one that was certified, leaves nothing out and says what its specs do.

The report is made again of the specs in it, with the catalogue of the kit that ran, and has to come
to the same: no rule is missing from it, none says more than its specs do, no level is claimed that
they do not earn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from flue_conformance.certification.certificate.catalogues import (
    UnknownKit,
    catalogue_of,
    digest_of_catalogue,
)
from flue_conformance.certification.certificate.certified import Certified
from flue_conformance.certification.certificate.extra import sha256
from flue_conformance.certification.certificate.files import Artefact
from flue_conformance.certification.certificate.refusal import Refused, listed
from flue_conformance.certification.certificate.statement import (
    broken_musts,
    deviations_of,
    tests_of,
)
from flue_conformance.certification.report.data import Report, SubjectReport
from flue_conformance.certification.report.making import made_again
from flue_conformance.certification.report.text import UnreadableReport, read_report
from flue_conformance.rules import Rule

_PROFILES = ("standard", "soak")


def check_report(said: Certified, artefact: Artefact, path: Path) -> None:
    """Raise `Refused` unless the report in a file is what a certificate says of an artefact."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise Refused(f"the report is missing; it would be {path.name}, beside the file") from None
    except OSError as problem:
        raise Refused(f"the report cannot be read ({problem.strerror})") from None
    found = sha256(content)
    if found != said.report_digest:
        raise Refused(
            f"the report does not match the certificate: its SHA-256 is {found[:12]}…, "
            f"the certificate is about {said.report_digest[:12]}…"
        )
    try:
        report = read_report(content)
    except UnreadableReport as problem:
        raise Refused(f"the report cannot be read: {problem}") from None
    catalogue = _catalogue(said, report)
    _check_run(said, report, artefact)
    for subject in report.subjects:
        _check_completeness(subject, catalogue)
        _check_outcome(subject)
    _check_claims(said, report)


def _catalogue(said: Certified, report: Report) -> Mapping[str, Rule]:
    if said.kit != report.kit.version:
        raise Refused(
            f"the report does not match the certificate: it is by flue-conformance "
            f"{report.kit.version}, the certificate says {said.kit}"
        )
    try:
        catalogue = catalogue_of(said.kit)
    except UnknownKit as problem:
        raise Refused(str(problem).removesuffix(".")) from None
    if said.catalogue_digest != digest_of_catalogue(catalogue):
        raise Refused(
            f"the rules that were checked are not those of flue-conformance {said.kit}: another "
            "build of the kit"
        )
    return catalogue


def _check_run(said: Certified, report: Report, artefact: Artefact) -> None:
    if report.run.profile not in _PROFILES or report.run.isolation != "none":
        raise Refused(
            f"the run was no whole one: profile {report.run.profile}, "
            f"isolation {report.run.isolation}"
        )
    if report.complaints:
        raise Refused(f"the run was no success: {report.complaints[0].removesuffix('.')}")
    if (report.run.profile, report.run.seed) != (said.run.profile, said.run.seed):
        raise Refused("the report does not match the certificate: its run was another one")
    for subject in report.subjects:
        package = subject.package
        if package is None or not artefact.is_version(package.name, package.version):
            about = f"{package.name} {package.version}" if package else "no distribution"
            raise Refused(f"the report is about another version: {about}")
        if not artefact.is_origin(subject.integrity):
            raise Refused(
                f"the report is about another file than this one: {subject.integrity or 'a wheel'}"
            )
        if subject.adapter != said.run.adapter:
            raise Refused(
                f"the report does not match the certificate: it is about {subject.adapter}"
            )


def _check_completeness(subject: SubjectReport, catalogue: Mapping[str, Rule]) -> None:
    """Refuse a report that leaves rules out, or says other things than its own specs do."""
    expected = {rule.id for rule in catalogue.values() if rule.tested}
    found = [rule.id for rule in subject.rules]
    missing, strange = expected - set(found), set(found) - expected
    if missing:
        raise Refused(f"the report leaves out rules of {subject.name}: {listed(missing)}")
    if strange or len(found) != len(expected):
        raise Refused(
            f"the report has rules of {subject.name} that the kit does not have, or has them "
            f"twice: {listed(strange) or 'twice'}"
        )
    again = _made_again(subject, catalogue)
    for own, due in zip(subject.rules, again.rules, strict=True):
        if own != due:
            raise Refused(
                f"the report contradicts itself: of {own.id} it says {own.outcome} for "
                f"{subject.name}, its specs come to {due.outcome}"
            )
    for name in SubjectReport.__struct_fields__:
        if getattr(subject, name) != getattr(again, name):
            raise Refused(
                f"the report contradicts itself: what it says of {name.replace('_', ' ')} for "
                f"{subject.name} is not what its specs come to"
            )


def _made_again(subject: SubjectReport, catalogue: Mapping[str, Rule]) -> SubjectReport:
    try:
        return made_again(subject, catalogue)
    except (ValueError, KeyError) as problem:
        raise Refused(f"the report has specs that the kit cannot have: {problem}") from None


def _check_outcome(subject: SubjectReport) -> None:
    if not subject.complete or len(subject.specs) < subject.specs_available:
        why = subject.incomplete_because or "specs are missing"
        raise Refused(f"the run left specs of {subject.name} out: {why}")
    broken = broken_musts(subject)
    if broken:
        raise Refused(f"{subject.name} breaks {listed(broken)}")
    if subject.earned is None:
        lacking = dict.fromkeys(blocker.rule for blocker in subject.levels[0].blockers)
        raise Refused(f"{subject.name} earned no level, for want of {listed(lacking)}")


def _check_claims(said: Certified, report: Report) -> None:
    claimed = [(one.edition, one.level, one.declares) for one in said.run.editions]
    shown = [(one.edition, one.earned, one.declares) for one in report.subjects]
    if claimed != shown:
        raise Refused(
            "the report does not match the certificate: it shows "
            f"{_levels(shown)}, the certificate claims {_levels(claimed)}"
        )
    if list(said.run.deviations) != deviations_of(report):
        raise Refused("the report does not match the certificate: it has other deviations")
    passed, warned, failed = tests_of(report)
    predicate = said.statement.predicate
    listed = (predicate.passed_tests, predicate.warned_tests, predicate.failed_tests)
    if tuple(map(list, listed)) != (passed, warned, failed):
        raise Refused("the report does not match the certificate: it lists other rules")
    if predicate.result != ("WARNED" if warned else "PASSED"):
        raise Refused(f"the certificate says {predicate.result}, which its own lists contradict")


def _levels(editions: Sequence[tuple[str, Any, Any]]) -> str:
    return ", ".join(f"{level or 'nothing'} in {edition}" for edition, level, _ in editions)
