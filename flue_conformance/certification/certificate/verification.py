"""Verifies a certificate: who signed it, of which file it is, and whether all of it is true."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from flue_conformance.certification.certificate.certified import (
    Certified,
    digest_of,
    taken_apart,
)
from flue_conformance.certification.certificate.consistency import check_report
from flue_conformance.certification.certificate.envelope import (
    BrokenEnvelope,
    Sealed,
    unseal,
    verified_by,
)
from flue_conformance.certification.certificate.extra import sha256_of
from flue_conformance.certification.certificate.files import Artefact
from flue_conformance.certification.certificate.refusal import Refused, listed
from flue_conformance.certification.certificate.statement import CertifiedEdition, CertifiedRun

if TYPE_CHECKING:
    from securesystemslib.signer import SSlibKey


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


def verify(
    artefact: Artefact, keys: Sequence[SSlibKey], certificate: Path, report: Path
) -> Finding:
    """Return what is to be thought of a certificate of a file, in a sentence."""
    name = artefact.path.name
    try:
        sealed = _opened(certificate)
        key = _signed_by(sealed, keys)
        said = taken_apart(sealed)
        _check_subject(said, artefact)
        check_report(said, artefact, report)
    except Refused as refusal:
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
        raise Refused(
            f"there is no certificate; it would be {certificate.name}, beside the file"
        ) from None
    except OSError as problem:
        raise Refused(f"the certificate cannot be read ({problem.strerror})") from None
    try:
        return unseal(text)
    except BrokenEnvelope as problem:
        raise Refused(f"the certificate is broken or was edited: {problem}") from None


def _signed_by(sealed: Sealed, keys: Sequence[SSlibKey]) -> SSlibKey | None:
    try:
        return verified_by(sealed, keys)
    except BrokenEnvelope as problem:
        raise Refused(f"the certificate is not to be trusted: {problem}") from None


def _check_subject(said: Certified, artefact: Artefact) -> None:
    digests = {digest_of(subject) for subject in said.statement.subject}
    names = ", ".join(subject.name for subject in said.statement.subject)
    name = artefact.path.name
    package = said.run.package
    if not artefact.is_version(package.name, package.version):
        raise Refused(f"the certificate is about another version: {package.name} {package.version}")
    if name not in [subject.name for subject in said.statement.subject]:
        raise Refused(f"the certificate is about other files: {names or 'none'}")
    (own, *more) = [digest_of(one) for one in said.statement.subject if one.name == name]
    found = sha256_of(artefact.path)
    if more or found != own:
        raise Refused(
            f"this is another file than the certified one: its SHA-256 is {found[:12]}…, "
            f"the certificate is about {own[:12]}…"
        )
    if "" in digests:
        raise Refused("the certificate is broken or was edited: a subject has no SHA-256")


def _shown(edition: CertifiedEdition) -> str:
    return f"{edition.level} in edition {edition.edition}"


def _deviating(run: CertifiedRun) -> str:
    rules = list(dict.fromkeys(deviation.rule for deviation in run.deviations))
    if not rules:
        return ""
    return f", with known deviations from {listed(rules)}"


def _untrusted(sealed: Sealed) -> str:
    if not sealed.keyids:
        return "nobody signed it"
    return f"signed by the key {_first(sealed)[:12]}, which is not among the trusted ones"


def _first(sealed: Sealed) -> str:
    return sealed.keyids[0] if sealed.keyids else ""
