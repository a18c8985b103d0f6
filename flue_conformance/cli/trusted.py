"""The keys that a user trusts."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from flue_conformance.certification.certificate.extra import MissingExtra
from flue_conformance.certification.certificate.keys import UnusableKey, read_public
from flue_conformance.cli.refusal import refuse

if TYPE_CHECKING:
    from securesystemslib.signer import SSlibKey

VARIABLE = "FLUE_TRUSTED_KEYS"

key_option = click.option(
    "--key",
    "keys",
    metavar="FILE",
    multiple=True,
    type=click.Path(path_type=Path),
    help=f"A public key to trust; repeatable. {VARIABLE} names more, separated like PATH.",
)


def trusted(keys: Sequence[Path]) -> Sequence[SSlibKey]:
    """Return the keys of the command line and of the environment."""
    more = [Path(name) for name in os.environ.get(VARIABLE, "").split(os.pathsep) if name]
    try:
        return [read_public(path) for path in (*keys, *more)]
    except (UnusableKey, MissingExtra) as problem:
        refuse(str(problem))
