"""The run's own server, made of programs on this machine."""

from __future__ import annotations

import shlex
from typing import Final

from flue_conformance.backends.postgres.access import Access
from flue_conformance.backends.postgres.servers.installations import Installation
from flue_conformance.backends.postgres.servers.instance import ADMINISTRATOR, Instance
from flue_conformance.backends.postgres.servers.network import (
    HOST,
    initialise_with_password,
    start_on_a_free_port,
)
from flue_conformance.backends.postgres.servers.server import SETTINGS, PostgresServer, new_prefix
from flue_conformance.backends.scratch import MEMORY

SOCKET_PORT: Final = 5432
"""Each server has a folder to itself, so its socket may have the usual number."""


class Cluster(PostgresServer):
    """A server of our own, as fast as can be: an instance that only sockets lead to.

    With `network`, for drivers that know no sockets, it listens on this machine, with a password.
    """

    def __init__(self, installation: Installation, *, network: bool = False) -> None:
        self._instance = instance = Instance(installation)
        try:
            url, port = _listening(instance) if network else _beside_a_socket(instance)
        except BaseException:
            instance.remove()
            raise
        self.access = Access(
            url=url,
            prefix=new_prefix(),
            opening=self._opening(port),
            about=f"{instance.version}, {installation.kind}, from {installation.bin}",
            # Copying files wins where there is no disk behind them.
            strategy="FILE_COPY" if MEMORY in instance.directory.parents else None,
        )

    def stop(self, *, keep: bool) -> None:
        """End the server; its directory goes too, unless it is kept."""
        if keep:
            self._instance.keep()
        else:
            self._instance.remove()

    def _opening(self, port: int) -> str:
        instance = self._instance
        programs = instance.programs
        start = shlex.join(
            map(str, [programs / "pg_ctl", "-D", instance.data, "-l", instance.log, "start"])
        )
        if instance.account is not None:
            start = shlex.join(["su", instance.account.name, "-s", "/bin/sh", "-c", start])
        psql = [programs / "psql", "-h", instance.directory, "-U", ADMINISTRATOR]
        return f"{start}; {shlex.join(map(str, psql))} -p {port} {{name}}"


def _beside_a_socket(instance: Instance) -> tuple[str, int]:
    instance.initialise(("-A", "trust"))
    instance.configure(
        SETTINGS
        | {
            "listen_addresses": "",
            "port": str(SOCKET_PORT),
            "unix_socket_directories": str(instance.directory),
            "unix_socket_permissions": "0700",
        }
    )
    instance.start()
    return (
        f"postgresql://{ADMINISTRATOR}@/postgres?host={instance.directory}&port={SOCKET_PORT}",
        SOCKET_PORT,
    )


def _listening(instance: Instance) -> tuple[str, int]:
    password = initialise_with_password(instance)
    port = start_on_a_free_port(instance, SETTINGS)
    return f"postgresql://{ADMINISTRATOR}:{password}@{HOST}:{port}/postgres", port
