"""Verifies a certificate: by whom it was signed, of which file, and whether it says all it has to.

The report is made again of the specs in it, with the catalogue of the kit that ran, and has to come
to the same: no rule is missing from it, none says more than its specs do, no level is claimed that
they do not earn.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from flue_conformance.certification.certificate.catalogues import UnknownKit, catalogue_of
from flue_conformance.certification.certificate.envelope import (
    BrokenEnvelope,
    Sealed,
    unseal,
    verified_by,
)
from flue_conformance.certification.certificate.extra import canonical, sha256, sha256_of
from flue_conformance.certification.certificate.files import Artefact
from flue_conformance.certification.certificate.statement import (
    KIT,
    SHA256,
    STATEMENT,
    TEST_RESULT,
    CertifiedEdition,
    CertifiedRun,
    Resource,
    Statement,
    broken_musts,
    deviations_of,
    tests_of,
)
from flue_conformance.certification.report.data import Report, SubjectReport
from flue_conformance.certification.report.making import Provenance, Tried, subject_report
from flue_conformance.certification.report.text import UnreadableReport, read_report
from flue_conformance.rules import Rule

if TYPE_CHECKING:
    from securesystemslib.signer import SSlibKey

_PROFILES = ("standard", "soak")


class Trust(Enum):
    """How far a certificate is to be believed; the values are exit statuses."""

    TRUSTED = 0
    REFUSED = 1
    INTACT = 3
    """Nothing is wrong with it, but nobody who is trusted vouches for it."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What verifying a certificate came to."""

    artefact: str
    trust: Trust
    sentence: str
    editions: Sequence[CertifiedEdition] = ()
    key: str = ""
    """The id of the key that signed it; of one that is not trusted, as the envelope has it."""


class _Refused(Exception):  # noqa: N818 - carries a sentence
    pass


@dataclass(frozen=True, slots=True)
class _Certified:
    """What a statement says, taken apart."""

    statement: Statement
    run: CertifiedRun
    kit: str
    catalogue_digest: str
    report_digest: str


def verify(
    artefact: Artefact, keys: Sequence[SSlibKey], certificate: Path, report: Path
) -> Finding:
    """Return what is to be thought of a certificate of a file, in a sentence."""
    name = artefact.path.name
    try:
        sealed = _opened(certificate)
        key = _signed_by(sealed, keys)
        said = _taken_apart(sealed)
        _check_subject(said, artefact)
        _check_report(said, artefact, report)
    except _Refused as refusal:
        return Finding(name, Trust.REFUSED, f"{name}: {refusal}.")
    shown = "; ".join(_shown(edition) for edition in said.run.editions)
    what = f"{name}: {said.run.adapter} of {said.run.package.name} {said.run.package.version}, "
    what += f"{shown}, by flue-conformance {said.kit}{_deviating(said.run)}"
    if key is not None:
        return Finding(
            name,
            Trust.TRUSTED,
            f"{what}; signed by the trusted key {key.keyid[:12]}.",
            said.run.editions,
            key.keyid,
        )
    return Finding(
        name, Trust.INTACT, f"{what}; {_untrusted(sealed)}.", said.run.editions, _first(sealed)
    )


def _opened(certificate: Path) -> Sealed:
    try:
        text = certificate.read_bytes()
    except FileNotFoundError:
        raise _Refused(
            f"there is no certificate; it would be {certificate.name}, beside the file"
        ) from None
    try:
        return unseal(text)
    except BrokenEnvelope as problem:
        raise _Refused(f"the certificate is broken or was edited: {problem}") from None


def _signed_by(sealed: Sealed, keys: Sequence[SSlibKey]) -> SSlibKey | None:
    try:
        return verified_by(sealed, keys)
    except BrokenEnvelope as problem:
        raise _Refused(f"the certificate is not to be trusted: {problem}") from None


def _taken_apart(sealed: Sealed) -> _Certified:
    """Return what the payload says, once it is a statement of a kind that is known."""
    edited = "the certificate is broken or was edited: "
    try:
        plain = json.loads(sealed.payload)
        if canonical(plain) != sealed.payload:
            raise _Refused(f"{edited}its statement is not in canonical form")
        statement = msgspec.convert(plain, Statement)
    except (ValueError, msgspec.ValidationError, RecursionError) as problem:
        raise _Refused(f"{edited}its payload is no statement ({problem})") from None
    if (statement.type, statement.predicate_type) != (STATEMENT, TEST_RESULT):
        raise _Refused("the certificate is a statement of another kind than a test result")
    resources = {resource.name: resource for resource in statement.predicate.configuration}
    if len(resources) != len(statement.predicate.configuration) or not {
        KIT,
        "run",
    } <= set(resources):
        raise _Refused(f"{edited}its configuration lacks the kit or the run")
    reports = [one for name, one in resources.items() if name not in (KIT, "run")]
    if len(reports) != 1:
        raise _Refused(f"{edited}its configuration has not one report but {len(reports)}")
    try:
        run = msgspec.convert(resources["run"].annotations, CertifiedRun)
    except msgspec.ValidationError as problem:
        raise _Refused(f"{edited}what it says of the run cannot be read ({problem})") from None
    return _Certified(
        statement,
        run,
        str(resources[KIT].annotations.get("version")),
        _digest(resources[KIT]),
        _digest(reports[0]),
    )


def _digest(resource: Resource) -> str:
    return resource.digest.get(SHA256, "")


def _check_subject(said: _Certified, artefact: Artefact) -> None:
    digests = {_digest(subject) for subject in said.statement.subject}
    names = ", ".join(subject.name for subject in said.statement.subject)
    name = artefact.path.name
    package = said.run.package
    if not artefact.is_version(package.name, package.version):
        raise _Refused(
            f"the certificate is about another version: {package.name} {package.version}"
        )
    if name not in [subject.name for subject in said.statement.subject]:
        raise _Refused(f"the certificate is about other files: {names or 'none'}")
    (own, *more) = [_digest(one) for one in said.statement.subject if one.name == name]
    found = sha256_of(artefact.path)
    if more or found != own:
        raise _Refused(
            f"this is another file than the certified one: its SHA-256 is {found[:12]}…, "
            f"the certificate is about {own[:12]}…"
        )
    if "" in digests:
        raise _Refused("the certificate is broken or was edited: a subject has no SHA-256")


def _check_report(said: _Certified, artefact: Artefact, path: Path) -> None:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise _Refused(f"the report is missing; it would be {path.name}, beside the file") from None
    found = sha256(content)
    if found != said.report_digest:
        raise _Refused(
            f"the report does not match the certificate: its SHA-256 is {found[:12]}…, "
            f"the certificate is about {said.report_digest[:12]}…"
        )
    try:
        report = read_report(content)
    except UnreadableReport as problem:
        raise _Refused(f"the report cannot be read: {problem}") from None
    catalogue = _catalogue(said, report)
    _check_run(said, report, artefact)
    for subject in report.subjects:
        _check_completeness(subject, catalogue)
        _check_outcome(subject)
    _check_claims(said, report)


def _catalogue(said: _Certified, report: Report) -> Mapping[str, Rule]:
    if said.kit != report.kit.version:
        raise _Refused(
            f"the report does not match the certificate: it is by flue-conformance "
            f"{report.kit.version}, the certificate says {said.kit}"
        )
    try:
        catalogue = catalogue_of(said.kit)
    except UnknownKit as problem:
        raise _Refused(str(problem).removesuffix(".")) from None
    if said.catalogue_digest != catalogue_digest(catalogue):
        raise _Refused(
            f"the rules that were checked are not those of flue-conformance {said.kit}: another "
            "build of the kit"
        )
    return catalogue


def catalogue_digest(catalogue: Mapping[str, Rule]) -> str:
    """Return the SHA-256 of the rules of a kit, whatever file they came from."""
    return sha256(canonical(msgspec.to_builtins(tuple(catalogue.values()))))


def _check_run(said: _Certified, report: Report, artefact: Artefact) -> None:
    if report.run.profile not in _PROFILES or report.run.isolation != "none":
        raise _Refused(
            f"the run was no whole one: profile {report.run.profile}, "
            f"isolation {report.run.isolation}"
        )
    if report.complaints:
        raise _Refused(f"the run was no success: {report.complaints[0].removesuffix('.')}")
    if (report.run.profile, report.run.seed) != (said.run.profile, said.run.seed):
        raise _Refused("the report does not match the certificate: its run was another one")
    for subject in report.subjects:
        package = subject.package
        if package is None or not artefact.is_version(package.name, package.version):
            about = f"{package.name} {package.version}" if package else "no distribution"
            raise _Refused(f"the report is about another version: {about}")
        if not artefact.is_origin(subject.integrity):
            raise _Refused(
                f"the report is about another file than this one: {subject.integrity or 'a wheel'}"
            )
        if subject.adapter != said.run.adapter:
            raise _Refused(
                f"the report does not match the certificate: it is about {subject.adapter}"
            )


def _check_completeness(subject: SubjectReport, catalogue: Mapping[str, Rule]) -> None:
    """Refuse a report that leaves rules out, or says other things than its own specs do."""
    expected = {rule.id for rule in catalogue.values() if rule.tested}
    found = [rule.id for rule in subject.rules]
    missing, strange = expected - set(found), set(found) - expected
    if missing:
        raise _Refused(f"the report leaves out rules of {subject.name}: {_listed(missing)}")
    if strange or len(found) != len(expected):
        raise _Refused(
            f"the report has rules of {subject.name} that the kit does not have, or has them "
            f"twice: {_listed(strange) or 'twice'}"
        )
    again = _made_again(subject, catalogue)
    for own, due in zip(subject.rules, again.rules, strict=True):
        if own != due:
            raise _Refused(
                f"the report contradicts itself: of {own.id} it says {own.outcome} for "
                f"{subject.name}, its specs come to {due.outcome}"
            )
    for name in SubjectReport.__struct_fields__:
        if getattr(subject, name) != getattr(again, name):
            raise _Refused(
                f"the report contradicts itself: what it says of {name.replace('_', ' ')} for "
                f"{subject.name} is not what its specs come to"
            )


def _made_again(subject: SubjectReport, catalogue: Mapping[str, Rule]) -> SubjectReport:
    try:
        return subject_report(
            Tried(
                label=subject.adapter,
                edition=subject.edition,
                declares=subject.declares,
                specs=subject.specs,
                specs_available=subject.specs_available,
                incomplete_because=subject.incomplete_because,
                deviations=subject.deviations,
            ),
            Provenance(
                subject.package,
                subject.integrity,
                subject.drivers,
                subject.server,
                subject.command,
            ),
            catalogue,
        )
    except (ValueError, KeyError) as problem:
        raise _Refused(f"the report has specs that the kit cannot have: {problem}") from None


def _check_outcome(subject: SubjectReport) -> None:
    if not subject.complete or len(subject.specs) < subject.specs_available:
        why = subject.incomplete_because or "specs are missing"
        raise _Refused(f"the run left specs of {subject.name} out: {why}")
    broken = broken_musts(subject)
    if broken:
        raise _Refused(f"{subject.name} breaks {_listed(broken)}")
    if subject.earned is None:
        lacking = dict.fromkeys(blocker.rule for blocker in subject.levels[0].blockers)
        raise _Refused(f"{subject.name} earned no level, for want of {_listed(lacking)}")


def _check_claims(said: _Certified, report: Report) -> None:
    claimed = [(one.edition, one.level, one.declares) for one in said.run.editions]
    shown = [(one.edition, one.earned, one.declares) for one in report.subjects]
    if claimed != shown:
        raise _Refused(
            "the report does not match the certificate: it shows "
            f"{_levels(shown)}, the certificate claims {_levels(claimed)}"
        )
    if list(said.run.deviations) != deviations_of(report):
        raise _Refused("the report does not match the certificate: it has other deviations")
    passed, warned, failed = tests_of(report)
    predicate = said.statement.predicate
    listed = (predicate.passed_tests, predicate.warned_tests, predicate.failed_tests)
    if tuple(map(list, listed)) != (passed, warned, failed):
        raise _Refused("the report does not match the certificate: it lists other rules")
    if predicate.result != ("WARNED" if warned else "PASSED"):
        raise _Refused(f"the certificate says {predicate.result}, which its own lists contradict")


def _levels(editions: Sequence[tuple[str, Any, Any]]) -> str:
    return ", ".join(f"{level or 'nothing'} in {edition}" for edition, level, _ in editions)


def _shown(edition: CertifiedEdition) -> str:
    return f"{edition.level} in edition {edition.edition}"


def _deviating(run: CertifiedRun) -> str:
    rules = list(dict.fromkeys(deviation.rule for deviation in run.deviations))
    if not rules:
        return ""
    return f", with known deviations from {_listed(rules)}"


def _untrusted(sealed: Sealed) -> str:
    if not sealed.keyids:
        return "nobody signed it"
    return f"signed by the key {_first(sealed)[:12]}, which is not among the trusted ones"


def _first(sealed: Sealed) -> str:
    return sealed.keyids[0] if sealed.keyids else ""


def _listed(ids: object) -> str:
    names = sorted(ids)  # type: ignore[call-overload] # any collection of ids
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
