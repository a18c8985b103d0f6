"""`flue-conformance badge`: what a certificate or a report says, as a badge."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from flue_conformance.certification.badge.drawing import endpoint, svg
from flue_conformance.certification.badge.saying import (
    Badge,
    NoBadge,
    badge_of_certificate,
    badge_of_report,
)
from flue_conformance.certification.certificate.extra import MissingExtra
from flue_conformance.certification.certificate.files import CERTIFICATE, Artefact, NoArtefact
from flue_conformance.certification.certificate.verification import Trust, verify
from flue_conformance.cli.examples import ExampleCommand
from flue_conformance.cli.refusal import refuse
from flue_conformance.cli.reports import read_reports


@click.command(
    "badge",
    cls=ExampleCommand,
    short_help="Draw a badge of a certificate or a report.",
    examples=[
        "flue-conformance badge dist/my_adapter-1.2.0-py3-none-any.whl.flue.json",
        "flue-conformance badge out/report.json -o public",
    ],
)
@click.argument(
    "said",
    metavar="CERTIFICATE|REPORT",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
@click.option(
    "--output",
    "-o",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    help="The folder to write to; here by default.",
)
def command(said: Path, folder: Path) -> None:
    """Write badge.svg, and badge.json for an endpoint badge of shields.io.

    A certificate is verified first, with the wheel and the report beside it. A badge of a report
    says that it is uncertified, and looks so.

    Exit status 1: the certificate is refused, so there is no badge.
    """
    badge = _certified(said) if said.name.endswith(CERTIFICATE) else _reported(said)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in (("badge.svg", svg(badge)), ("badge.json", endpoint(badge))):
            (folder / name).write_text(content, encoding="utf-8")
            click.echo(str(folder / name))
    except OSError as problem:
        refuse(f"{folder} cannot be written ({problem.strerror}); -o names another folder.")


def _certified(certificate: Path) -> Badge:
    try:
        artefact = Artefact.at(certificate.with_name(certificate.name.removesuffix(CERTIFICATE)))
        finding = verify(artefact, (), certificate, artefact.report)
    except (NoArtefact, MissingExtra) as problem:
        refuse(str(problem))
    if finding.trust is Trust.REFUSED:
        click.echo(f"flue-conformance: no badge: {finding.sentence}", err=True)
        sys.exit(Trust.REFUSED.value)
    return badge_of_certificate(finding.editions)


def _reported(path: Path) -> Badge:
    (report,) = read_reports([path])
    try:
        return badge_of_report(report)
    except NoBadge as problem:
        refuse(f"{path} gives no badge: {problem}.")
