"""A certified wheel and what lies beside it, to tamper with."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flue_conformance.certification.certificate.extra import canonical, sha256
from flue_conformance.certification.certificate.files import Artefact
from flue_conformance.certification.certificate.issuing import issue
from flue_conformance.certification.certificate.keys import make_keys, read_private, read_public
from flue_conformance.certification.certificate.verification import Finding, verify
from flue_conformance.certification.report.data import Report

from .recorded import report, subject

WHEEL = "my_adapter-1.2.0-py3-none-any.whl"
AUTHOR, STRANGER = "author", "stranger"

Edit = Callable[[Any], object]


@dataclass(frozen=True)
class Scene:
    folder: Path

    @property
    def artefact(self) -> Artefact:
        return Artefact.at(self.folder / WHEEL)

    def verify(self, *keys: str) -> Finding:
        artefact = self.artefact
        trusted = [read_public(self.folder / f"{key}.pub") for key in keys]
        return verify(artefact, trusted, artefact.certificate, artefact.report)

    def envelope(self, edit: Edit) -> None:
        """Edit the envelope."""
        self._rewrite(self.artefact.certificate, edit)

    def payload(self, edit: Edit, *, by: str | None = None, form: Any = canonical) -> None:
        """Edit the statement, and sign it anew if there is somebody to do that."""
        place = self.artefact.certificate
        document = json.loads(place.read_bytes())
        statement = json.loads(base64.b64decode(document["payload"]))
        edit(statement)
        document["payload"] = base64.b64encode(form(statement)).decode()
        place.write_text(json.dumps(document))
        if by is not None:
            self.sign(by)

    def sign(self, by: str) -> None:
        from securesystemslib.dsse import Envelope  # noqa: PLC0415 - slow to import

        place = self.artefact.certificate
        envelope = Envelope.from_dict(json.loads(place.read_bytes()))
        envelope.signatures.clear()
        envelope.sign(read_private(self.folder / f"{by}.key"))
        place.write_text(json.dumps(envelope.to_dict()))

    def report(self, edit: Edit, *, by: str | None = None) -> None:
        """Edit the report; a signer also makes the certificate fit it."""
        place = self.artefact.report
        self._rewrite(place, edit)
        if by is not None:
            digest = sha256(place.read_bytes())
            self.payload(lambda it: report_resource(it)["digest"].update(sha256=digest), by=by)

    def run(self, edit: Edit, *, by: str | None = None) -> None:
        """Edit what the statement says of the run."""
        self.payload(lambda it: edit(configuration(it)["run"]["annotations"]), by=by)

    @staticmethod
    def _rewrite(place: Path, edit: Edit) -> None:
        document = json.loads(place.read_bytes())
        edit(document)
        place.write_text(json.dumps(document))


def certified(folder: Path, of: Report | None = None) -> Scene:
    """Return a wheel certified in two editions, by the author."""
    (folder / WHEEL).write_bytes(b"a wheel")
    (folder / "my_adapter-1.2.0.tar.gz").write_bytes(b"an sdist")
    for name in (AUTHOR, STRANGER):
        make_keys(folder / f"{name}.key", folder / f"{name}.pub")
    scene = Scene(folder)
    artefact = scene.artefact
    issue(
        artefact,
        artefact.sdist(),
        of or report(subject("0.10"), subject("0.11")),
        read_private(folder / f"{AUTHOR}.key"),
    )
    return scene


def configuration(statement: Any) -> dict[str, Any]:
    return {one["name"]: one for one in statement["predicate"]["configuration"]}


def report_resource(statement: Any) -> Any:
    resource = configuration(statement)[f"{WHEEL}.flue-report.json"]
    resource.setdefault("digest", {})
    return resource
