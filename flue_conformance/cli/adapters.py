"""`flue-conformance adapters`: what is installed, and what is certified of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import Distribution
from pathlib import Path
from typing import TYPE_CHECKING

import click

from flue_conformance.backends import Settings, UsageProblem
from flue_conformance.backends.discovery import distribution_of, installed, names_others, select
from flue_conformance.certification.certificate.extra import MissingExtra
from flue_conformance.certification.certificate.files import CERTIFICATE, Artefact, NoArtefact
from flue_conformance.certification.certificate.installed import is_installed
from flue_conformance.certification.certificate.verification import Trust, verify
from flue_conformance.cli.examples import ExampleCommand
from flue_conformance.cli.trusted import key_option, trusted

if TYPE_CHECKING:
    from securesystemslib.signer import SSlibKey

_STATE = {
    Trust.TRUSTED: "certified by a trusted key",
    Trust.INTACT: "certified, but by nobody you trust",
    Trust.REFUSED: "certificate refused",
}


@dataclass(frozen=True, slots=True)
class Offer:
    """An installed adapter."""

    name: str
    package: str
    version: str
    editions: Sequence[str]
    declares: str
    certificate: str
    problem: str = ""
    names_others: bool = False
    """Whether it is for adapters of other packages, each of which has its own of all this."""


@click.command(
    "adapters",
    cls=ExampleCommand,
    short_help="List the installed adapters and their certificates.",
    examples=[
        "flue-conformance adapters",
        "flue-conformance adapters --certificates wheels --key author.pub --json",
    ],
)
@click.option(
    "--certificates",
    "folder",
    type=click.Path(path_type=Path),
    default=Path("dist"),
    show_default=True,
    help="Where wheels and their certificates lie.",
)
@key_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON, one adapter a line.")
def command(folder: Path, keys: Sequence[Path], *, as_json: bool) -> None:
    """List the installed adapters: editions, declared level, and certificate.

    A certificate counts for what is installed only if the files of its wheel are those that are
    installed.
    """
    trusting = trusted(keys)
    offers = [_offer(name, folder, trusting) for name in sorted(installed())]
    if as_json:
        for offer in offers:
            click.echo(json.dumps(asdict(offer)))
        return
    width = max((len(offer.name) for offer in offers), default=0)
    for offer in offers:
        name = click.style(offer.name.ljust(width), bold=True)
        if offer.problem:
            click.echo(f"{name}  {click.style(offer.problem, 'red')}")
            continue
        click.echo(f"{name}  {offer.package} {offer.version}  {_told(offer)}")
    if not offers:
        click.echo("No adapter is installed; README.md says how one is offered.")


def _told(offer: Offer) -> str:
    if offer.names_others:
        return f"for adapters of other packages, as {offer.name}:…; their certificates are theirs"
    editions = ", ".join(offer.editions)
    return f"edition {editions}  declares {offer.declares}  {offer.certificate}"


def _offer(name: str, folder: Path, keys: Sequence[SSlibKey]) -> Offer:
    try:
        distribution = distribution_of(name)
        package = distribution.name if distribution else "unknown"
        version = distribution.version if distribution else "unknown"
        if names_others(name):
            return Offer(name, package, version, (), "", "", names_others=True)
        backend = select([name], Settings())[0]
    except UsageProblem as problem:
        return Offer(name, "", "", (), "", "", str(problem))
    return Offer(
        name,
        package,
        version,
        sorted(backend.editions),
        str(backend.durability),
        _certificate(distribution, folder, keys) if distribution else "no certificate",
    )


def _certificate(distribution: Distribution, folder: Path, keys: Sequence[SSlibKey]) -> str:
    for certificate in sorted(folder.glob(f"*{CERTIFICATE}")):
        try:
            artefact = Artefact.at(
                certificate.with_name(certificate.name.removesuffix(CERTIFICATE))
            )
            if not artefact.is_version(distribution.name, distribution.version):
                continue
            finding = verify(artefact, keys, certificate, artefact.report)
        except NoArtefact:
            continue
        except MissingExtra as problem:
            return str(problem)
        if finding.trust is not Trust.REFUSED and not is_installed(artefact.path, distribution):
            return f"{certificate.name} is about other files than those installed"
        return _STATE[finding.trust]
    return "no certificate"
