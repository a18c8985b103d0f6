"""`flue-conformance certify`: a certificate beside a wheel."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from flue_conformance.backends import UsageProblem
from flue_conformance.backends.discovery import distribution_of
from flue_conformance.certification.certificate.extra import MissingExtra, canonical
from flue_conformance.certification.certificate.files import Artefact, NoArtefact
from flue_conformance.certification.certificate.issuing import issue
from flue_conformance.certification.certificate.keys import UnusableKey, read_private
from flue_conformance.certification.certificate.statement import NotCertifiable
from flue_conformance.certification.hermetic.environment import (
    CannotInstall,
    environment_with_plugin,
    environment_with_wheel,
)
from flue_conformance.certification.hermetic.run import NoReport, Order, hermetic_report
from flue_conformance.cli.examples import ExampleCommand
from flue_conformance.cli.refusal import refuse

if TYPE_CHECKING:
    from securesystemslib.signer import CryptoSigner


@click.command(
    "certify",
    cls=ExampleCommand,
    examples=[
        "flue-conformance certify dist/my_adapter-1.2.0-py3-none-any.whl --adapter mine",
        "flue-conformance certify dist/*.whl --adapter mine --signing-key author.key",
        "flue-conformance certify dist/*.whl --adapter mine --flue-postgres local",
        "flue-conformance certify flue-x-1.0.0.tgz --adapter npm:./flue-x-1.0.0.tgz#x",
    ],
)
@click.argument("wheel", metavar="WHEEL", type=click.Path(path_type=Path))
@click.option(
    "--adapter", required=True, metavar="NAME[:ARGUMENT]", help="The adapter in the file."
)
@click.option(
    "--edition",
    "editions",
    multiple=True,
    help="An edition to certify; repeatable. By default all that the adapter offers.",
)
@click.option(
    "--signing-key",
    type=click.Path(path_type=Path),
    help="The private key to sign with; keygen makes one. Without one the certificate is unsigned.",
)
@click.option("--flue-postgres", "postgres", metavar="HOW", help="Passed on to the run.")
@click.option("--flue-patience", "patience", type=float, default=1.0, help="Passed on to the run.")
@click.option("--json", "as_json", is_flag=True, help="Print what was written as JSON.")
def command(
    *,
    wheel: Path,
    adapter: str,
    editions: Sequence[str],
    signing_key: Path | None,
    postgres: str | None,
    patience: float,
    as_json: bool,
) -> None:
    """Certify the adapter in a wheel, or in the tarball of an npm package.

    Installs a wheel into a clean environment, with the kit and its dependencies from this
    installation, runs the standard profile there in a process that nothing of your project
    reaches, and writes WHEEL.flue.json and WHEEL.flue-report.json beside the wheel. A tarball is
    installed there by npm; one that was published may also be named as the registry has it.

    Exit status 0: certified. 1: the adapter does not earn a certificate; the report says why.
    """
    artefact, signer = _ready(wheel, signing_key)
    with tempfile.TemporaryDirectory(prefix="flue-certify-") as name:
        folder = Path(name)
        try:
            python = _environment(folder / "environment", artefact, adapter)
            _say(f"running the standard profile on {adapter}; this takes a while")
            order = _order(artefact, adapter, editions, postgres, patience)
            report = hermetic_report(python, folder, order)
        except (CannotInstall, NoReport, UsageProblem) as problem:
            refuse(str(problem))
    try:
        issue(artefact, None if artefact.is_npm else artefact.sdist(), report, signer)
    except NotCertifiable as problem:
        _say(f"no certificate: {problem}")
        _say(f"the whole report: flue-conformance report {artefact.report}")
        sys.exit(1)
    written = {"certificate": str(artefact.certificate), "report": str(artefact.report)}
    for kind, path in written.items():
        if not as_json:
            click.echo(f"{kind:<12}{path}")
    if as_json:
        click.echo(json.dumps({**written, "signed": signer is not None}))
    elif signer is None:
        _say("unsigned: --signing-key signs, and docs/certificates.md says how CI can.")


def _ready(wheel: Path, signing_key: Path | None) -> tuple[Artefact, CryptoSigner | None]:
    """Return what the command needs, before it begins what takes long."""
    try:
        artefact = Artefact.at(wheel)
        canonical({})
        signer = read_private(signing_key) if signing_key is not None else None
    except (NoArtefact, MissingExtra, UnusableKey) as problem:
        refuse(str(problem))
    if wheel.suffix not in (".whl", ".tgz"):
        refuse(f"{wheel.name} is no wheel; the sdist of the same version is certified with it.")
    return artefact, signer


def _environment(folder: Path, artefact: Artefact, adapter: str) -> Path:
    if not artefact.is_npm:
        return environment_with_wheel(folder, artefact, _say)
    plugin = distribution_of(adapter)
    if plugin is None:
        refuse(f"{adapter} comes from no distribution, so it cannot be put into an environment.")
    return environment_with_plugin(folder, plugin, _say)


def _order(
    artefact: Artefact, adapter: str, editions: Sequence[str], postgres: str | None, patience: float
) -> Order:
    if not artefact.is_npm:
        return Order(adapter, editions, postgres, patience)
    return Order(_in_its_copy(adapter, artefact), editions, postgres, patience, artefact.path)


def _in_its_copy(adapter: str, artefact: Artefact) -> str:
    """Return `NAME:TARBALL#EXPORT` as it is said in the folder that has the run's copy."""
    name, _, argument = adapter.partition(":")
    source, _, export = argument.rpartition("#")
    if source and Path(source).expanduser().resolve() == artefact.path.resolve():
        return f"{name}:./{artefact.path.name}#{export}"
    return adapter


def _say(text: str) -> None:
    click.echo(f"flue-conformance: {text}", err=True)
