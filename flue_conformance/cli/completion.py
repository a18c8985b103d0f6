"""`flue-conformance completion`: what teaches a shell the command."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from flue_conformance.cli.examples import ExampleCommand

_PROGRAM = "flue-conformance"
_VARIABLE = "_FLUE_CONFORMANCE_COMPLETE"


@click.command(
    "completion",
    cls=ExampleCommand,
    examples=[
        'eval "$(flue-conformance completion bash)"',
        "flue-conformance completion fish > ~/.config/fish/completions/flue-conformance.fish",
    ],
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(ctx: click.Context, shell: str) -> None:
    """Print the completion script of a shell."""
    kind = get_completion_class(shell)
    assert kind is not None
    click.echo(kind(ctx.find_root().command, {}, _PROGRAM, _VARIABLE).source())
