"""Postgres servers: one that is there, or one that the run starts for itself."""

from __future__ import annotations

import os
from collections.abc import Callable

from flue_conformance.backends.errors import NotAvailable, UsageProblem
from flue_conformance.backends.postgres.driver import require_driver
from flue_conformance.backends.postgres.servers.cluster import Cluster
from flue_conformance.backends.postgres.servers.container import Container
from flue_conformance.backends.postgres.servers.existing import use_existing
from flue_conformance.backends.postgres.servers.installations import (
    embedded_installation,
    local_installation,
)
from flue_conformance.backends.postgres.servers.server import PostgresServer

URL_VARIABLE = "FLUE_POSTGRES_URL"
KINDS = ("auto", "testcontainers", "local", "embedded")


def start_server(choice: str, *, image: str, keep: bool, network: bool = False) -> PostgresServer:
    """Start the server that was asked for: one of `KINDS`, or the URL of one that is there.

    `keep` says that databases may be kept after the end, `network` that adapters reach no sockets
    in the file system. Raises `NotAvailable` where `auto` finds
    no way, and `UsageProblem` where a way asked for by name cannot be gone.
    """
    if choice == "auto":
        return _start_first(image, keep=keep, network=network)
    try:
        require_driver()
        match choice:
            case "testcontainers":
                return Container(image, may_pull=True, keep=keep)
            case "local":
                return Cluster(local_installation(), network=network)
            case "embedded":
                return Cluster(embedded_installation(), network=network)
            case _:
                return use_existing(choice, "the given URL")
    except NotAvailable as problem:
        asked = choice if choice in KINDS else "the given URL"
        raise UsageProblem(
            f"A Postgres server by way of {asked} cannot be had: {problem}. Mend that, or choose "
            f"another way: --flue-postgres={'|'.join(KINDS)}|URL."
        ) from problem


def _start_first(image: str, *, keep: bool, network: bool) -> PostgresServer:
    """Start the first that this machine has, in the order of the least surprise."""
    require_driver()
    if url := os.environ.get(URL_VARIABLE):
        return use_existing(url, URL_VARIABLE)
    ways: list[Callable[[], PostgresServer]] = [
        lambda: Container(image, may_pull=False, keep=keep),
        lambda: Cluster(local_installation(), network=network),
        lambda: Cluster(embedded_installation(), network=network),
    ]
    reasons = [f"{URL_VARIABLE} is not set"]
    for start in ways:
        try:
            return start()
        except NotAvailable as reason:
            reasons.append(str(reason))
    raise NotAvailable(f"No PostgreSQL server: {'; '.join(reasons)}.")
