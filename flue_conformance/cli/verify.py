"""`flue-conformance verify`: what a certificate is worth."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from flue_conformance.certification.certificate.extra import MissingExtra
from flue_conformance.certification.certificate.files import Artefact, NoArtefact
from flue_conformance.certification.certificate.verification import Finding, Trust, verify
from flue_conformance.cli.examples import ExampleCommand
from flue_conformance.cli.refusal import refuse
from flue_conformance.cli.trusted import key_option, trusted

if TYPE_CHECKING:
    from securesystemslib.signer import SSlibKey

_COLOUR = {Trust.TRUSTED: "green", Trust.INTACT: "yellow", Trust.REFUSED: "red"}
_GRAVITY = (Trust.TRUSTED, Trust.INTACT, Trust.REFUSED)
_WORD = {Trust.TRUSTED: "trusted", Trust.INTACT: "not vouched for", Trust.REFUSED: "refused"}


@click.command(
    "verify",
    cls=ExampleCommand,
    examples=[
        "flue-conformance verify dist/*.whl --key author.pub",
        "FLUE_TRUSTED_KEYS=author.pub flue-conformance verify dist/*.whl --json",
    ],
)
@click.argument(
    "files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@key_option
@click.option(
    "--certificate",
    type=click.Path(path_type=Path),
    help="The certificate, where it does not lie beside the file; its report lies beside it.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON, one object a line and file.")
def command(
    files: Sequence[Path], keys: Sequence[Path], certificate: Path | None, *, as_json: bool
) -> None:
    """Verify the certificates of wheels, sdists or tarballs of npm.

    Exit status 0: each is by a key that you trust. 3: one is intact, but unsigned or by another
    key. 1: one is refused; the sentence says why.
    """
    if certificate is not None and len(files) > 1:
        refuse("--certificate is about one file.")
    trusting = trusted(keys)
    try:
        findings = [_finding(path, trusting, certificate) for path in files]
    except (NoArtefact, MissingExtra) as problem:
        refuse(str(problem))
    for finding in findings:
        click.echo(_as_json(finding) if as_json else _as_line(finding))
    gravest = max((finding.trust for finding in findings), key=_GRAVITY.index)
    sys.exit(gravest.value)


def _finding(path: Path, trusting: Sequence[SSlibKey], certificate: Path | None) -> Finding:
    artefact = Artefact.at(path)
    lies = certificate or artefact.certificate
    report = lies.with_name(lies.name.removesuffix(".flue.json") + ".flue-report.json")
    return verify(artefact, trusting, lies, report)


def _as_line(finding: Finding) -> str:
    word = click.style(_WORD[finding.trust], _COLOUR[finding.trust], bold=True)
    return f"{word}  {finding.sentence}"


def _as_json(finding: Finding) -> str:
    return json.dumps(
        {
            "file": finding.artefact,
            "trust": finding.trust.name.lower(),
            "sentence": finding.sentence,
            "key": finding.key,
            "editions": {one.edition: str(one.level) for one in finding.editions},
        }
    )
