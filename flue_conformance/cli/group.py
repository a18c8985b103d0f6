"""`LazyGroup`: a command whose subcommands are imported when they are asked for."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import click

from flue_conformance.cli.examples import write_examples

_MODULES = {
    "new": "new",
    "list": "listing",
    "explain": "explain",
    "run": "run",
    "report": "report",
    "summary": "summary",
    "annotations": "annotations",
    "certify": "certify",
    "verify": "verify",
    "badge": "badge",
    "keygen": "keygen",
    "adapters": "adapters",
    "doctor": "doctor",
    "serve": "serve",
    "completion": "completion",
}
"""Subcommands in the order of their use, and the modules beside this one that have them."""


class LazyGroup(click.Group):
    """A worker process that only serves should not import what certificates need."""

    def __init__(self, *, package: str, examples: Sequence[str], **attributes: Any) -> None:
        super().__init__(**attributes)
        self._package = package
        self._examples = examples

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples."""
        write_examples(formatter, self._examples)
        super().format_epilog(ctx, formatter)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all subcommands."""
        del ctx
        return list(_MODULES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a subcommand; None where there is no such one."""
        del ctx
        module = _MODULES.get(cmd_name)
        if module is None:
            return None
        found: click.Command = import_module(f"{self._package}.{module}").command
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find a subcommand, and name a near one where there is none."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as problem:
            near = difflib.get_close_matches(args[0], list(_MODULES), n=1)
            if not near:
                raise
            raise click.UsageError(f"{problem.message} Did you mean {near[0]!r}?", ctx) from None
