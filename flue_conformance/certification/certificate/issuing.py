"""Issues a certificate: writes what was shown beside the file, and signs it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from flue_conformance.certification.certificate.catalogues import (
    catalogue_of,
    digest_of_catalogue,
)
from flue_conformance.certification.certificate.envelope import seal
from flue_conformance.certification.certificate.extra import sha256, sha256_of
from flue_conformance.certification.certificate.files import Artefact
from flue_conformance.certification.certificate.statement import (
    NotCertifiable,
    payload_of,
    statement_of,
)
from flue_conformance.certification.report.data import Report
from flue_conformance.certification.report.text import report_text

if TYPE_CHECKING:
    from securesystemslib.signer import CryptoSigner


def issue(
    artefact: Artefact, sdist: Path | None, report: Report, signer: CryptoSigner | None
) -> None:
    """Write the report and, if it earns one, the certificate beside the artefact.

    An older certificate is removed first. Raises `NotCertifiable`.
    """
    artefact.certificate.unlink(missing_ok=True)
    content = report_text(report)
    artefact.report.write_bytes(content)
    for subject in report.subjects:
        package = subject.package
        if package is None or not artefact.is_version(package.name, package.version):
            raise NotCertifiable(
                f"{subject.name} is not offered by {artefact.path.name} but by "
                f"{package.name if package else 'nothing that has a version'}."
            )
        if not artefact.is_origin(subject.integrity):
            raise NotCertifiable(
                f"{subject.name} was installed from another file than {artefact.path.name}: npm "
                f"says {subject.integrity or 'nothing of it'}."
            )
    files = [artefact.path, *([sdist] if sdist else [])]
    statement = statement_of(
        report,
        subjects={path.name: sha256_of(path) for path in files},
        report_name=artefact.report.name,
        report_digest=sha256(content),
        catalogue_digest=digest_of_catalogue(catalogue_of(report.kit.version)),
    )
    artefact.certificate.write_bytes(seal(payload_of(statement), signer))
