"""`flue-conformance keygen`: a pair of keys to sign certificates with."""

from __future__ import annotations

from pathlib import Path

import click

from flue_conformance.certification.certificate.extra import MissingExtra
from flue_conformance.certification.certificate.keys import make_keys
from flue_conformance.cli.examples import ExampleCommand
from flue_conformance.cli.refusal import refuse


@click.command(
    "keygen",
    cls=ExampleCommand,
    short_help="Make a pair of keys to sign with.",
    examples=["flue-conformance keygen author", "flue-conformance keygen ~/.keys/my-adapter"],
)
@click.argument("name", type=click.Path(path_type=Path))
def command(name: Path) -> None:
    """Make a pair of Ed25519 keys: NAME.key to sign with, NAME.pub to publish.

    NAME.key has no passphrase; keep it where you keep other secrets of releases.
    """
    private, public = (name.with_name(f"{name.name}{ending}") for ending in (".key", ".pub"))
    try:
        keyid = make_keys(private, public)
    except (MissingExtra, FileExistsError) as problem:
        refuse(str(problem))
    except OSError as problem:
        refuse(f"{private} cannot be written ({problem.strerror}).")
    click.echo(f"{private}  sign with it: flue-conformance certify … --signing-key {private}")
    click.echo(f"{public}  publish it: flue-conformance verify … --key {public}")
    click.echo(f"id {keyid}")
