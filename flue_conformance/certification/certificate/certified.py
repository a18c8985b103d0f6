"""`Certified`: what the payload of a certificate says, taken apart."""

from __future__ import annotations

import json
from dataclasses import dataclass

import msgspec

from flue_conformance.certification.certificate.envelope import Sealed
from flue_conformance.certification.certificate.extra import canonical
from flue_conformance.certification.certificate.refusal import Refused
from flue_conformance.certification.certificate.statement import (
    KIT,
    SHA256,
    STATEMENT,
    TEST_RESULT,
    CertifiedRun,
    Resource,
    Statement,
)


@dataclass(frozen=True, slots=True)
class Certified:
    """What a statement says, taken apart."""

    statement: Statement
    run: CertifiedRun
    kit: str
    catalogue_digest: str
    report_digest: str


def taken_apart(sealed: Sealed) -> Certified:
    """Return what the payload says, once it is a statement of a kind that is known."""
    edited = "the certificate is broken or was edited: "
    try:
        plain = json.loads(sealed.payload)
        if canonical(plain) != sealed.payload:
            raise Refused(f"{edited}its statement is not in canonical form")
        statement = msgspec.convert(plain, Statement)
    except (ValueError, msgspec.ValidationError, RecursionError) as problem:
        raise Refused(f"{edited}its payload is no statement ({problem})") from None
    if (statement.type, statement.predicate_type) != (STATEMENT, TEST_RESULT):
        raise Refused("the certificate is a statement of another kind than a test result")
    resources = {resource.name: resource for resource in statement.predicate.configuration}
    if len(resources) != len(statement.predicate.configuration) or not {
        KIT,
        "run",
    } <= set(resources):
        raise Refused(f"{edited}its configuration lacks the kit or the run")
    reports = [one for name, one in resources.items() if name not in (KIT, "run")]
    if len(reports) != 1:
        raise Refused(f"{edited}its configuration has not one report but {len(reports)}")
    try:
        run = msgspec.convert(resources["run"].annotations, CertifiedRun)
    except msgspec.ValidationError as problem:
        raise Refused(f"{edited}what it says of the run cannot be read ({problem})") from None
    return Certified(
        statement,
        run,
        str(resources[KIT].annotations.get("version")),
        digest_of(resources[KIT]),
        digest_of(reports[0]),
    )


def digest_of(resource: Resource) -> str:
    """Return the SHA-256 of a resource; empty where it has none."""
    return resource.digest.get(SHA256, "")
