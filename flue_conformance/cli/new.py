"""`flue-conformance new`: a package to begin an adapter with."""

from __future__ import annotations

from pathlib import Path

import click

from flue_conformance.cli.examples import ExampleCommand
from flue_conformance.cli.refusal import refuse
from flue_conformance.scaffolding import InvalidName, Names, make


@click.command(
    "new",
    cls=ExampleCommand,
    short_help="Begin a package for an adapter.",
    examples=["flue-conformance new my-adapter", "flue-conformance new flue-adapter-redis"],
)
@click.argument("name")
@click.option(
    "--into",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    help="Where its folder is made; here by default.",
)
def command(name: str, into: Path) -> None:
    """Make a folder NAME with a package for an adapter on a SQLite file.

    Sessions are a worked store; all other methods are there and name the rules that they have to
    satisfy. An entry point, tests, a README and workflows for GitHub come with it.
    """
    folder = into / name
    try:
        names = Names.of(name)
        make(names, folder)
    except InvalidName as problem:
        refuse(str(problem))
    except FileExistsError:
        refuse(f"{folder} is there already; remove it, or choose another name.")
    except OSError as problem:
        refuse(f"{folder} cannot be made ({problem.strerror}).")
    click.echo(f"{folder}  made; its README goes on from here:")
    click.echo(f"  pip install -e '{folder}[dev]'")
    click.echo(f"  pytest --flue-adapter={names.adapter} --flue-area=sessions")
