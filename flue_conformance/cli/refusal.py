"""How commands say that they cannot do what was asked."""

from __future__ import annotations

import sys
from typing import NoReturn

import click

USAGE = 2
"""The exit status of a command that could not begin."""


def refuse(problem: str) -> NoReturn:
    """Write what is wrong, which names the way out, and end."""
    click.echo(f"flue-conformance: {problem}", err=True)
    sys.exit(USAGE)
