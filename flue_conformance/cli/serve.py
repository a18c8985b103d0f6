"""`flue-conformance serve`: an adapter for another process."""

from __future__ import annotations

import os
from collections.abc import Sequence

import click

from flue_conformance.backends import Backend, Settings, UsageProblem
from flue_conformance.backends.discovery import select, version_of
from flue_conformance.bridge.standard_streams import serve_backend
from flue_conformance.cli.examples import ExampleCommand
from flue_conformance.cli.refusal import refuse


@click.command(
    "serve",
    cls=ExampleCommand,
    examples=[
        "flue-conformance serve sqlite --location ./data/flue.db",
        "flue-conformance serve postgres --location-from-env DATABASE_URL --edition 0.10",
    ],
)
@click.argument("name", metavar="NAME[:ARGUMENT]")
@click.option("--location", help="Where the database is; others on this machine can read it here.")
@click.option("--location-from-env", metavar="VAR", help="The variable that says where it is.")
@click.option("--edition", help="The edition to speak, unless `initialize` says so.")
def command(
    name: str, location: str | None, location_from_env: str | None, edition: str | None
) -> None:
    """Serve an installed adapter over standard input and output.

    It speaks JSON-RPC, one message a line, until the input ends. What the adapter itself prints
    goes to standard error.
    """
    if location is not None and location_from_env is not None:
        refuse("--location and --location-from-env are two ways to say one thing.")
    if location_from_env is not None:
        location = _from_environment(location_from_env)
    try:
        backend = select([name], Settings())[0]
        version = version_of(name)
    except UsageProblem as problem:
        refuse(str(problem))
    serve_backend(
        backend,
        version,
        location=location,
        edition=_offered(edition, backend) if edition else _only(sorted(backend.editions)),
    )


def _from_environment(variable: str) -> str:
    location = os.environ.get(variable)
    if location is None:
        refuse(f"The environment has no variable {variable!r}.")
    return location


def _offered(edition: str, backend: Backend) -> str:
    if edition not in backend.editions:
        offered = ", ".join(sorted(backend.editions))
        refuse(f"{backend.label} does not offer edition {edition!r}, but {offered}.")
    return edition


def _only(editions: Sequence[str]) -> str | None:
    return editions[0] if len(editions) == 1 else None
