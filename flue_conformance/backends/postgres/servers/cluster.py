"""The run's own server, made of programs on this machine, reached through a socket."""

from __future__ import annotations

import shlex

from flue_conformance.backends.postgres.access import Access
from flue_conformance.backends.postgres.servers.installations import Installation
from flue_conformance.backends.postgres.servers.instance import ADMINISTRATOR, Instance
from flue_conformance.backends.postgres.servers.server import SETTINGS, PostgresServer, new_prefix
from flue_conformance.backends.scratch import MEMORY


class Cluster(PostgresServer):
    """A server of our own, as fast as can be: an instance that only sockets lead to."""

    def __init__(self, installation: Installation) -> None:
        self._instance = instance = Instance(installation)
        directory = instance.directory
        try:
            instance.initialise(("-A", "trust"))
            instance.configure(
                SETTINGS
                | {
                    "listen_addresses": "",
                    "port": "5432",
                    "unix_socket_directories": str(directory),
                    "unix_socket_permissions": "0700",
                }
            )
            instance.start()
        except BaseException:
            instance.remove()
            raise
        self.access = Access(
            url=f"postgresql://{ADMINISTRATOR}@/postgres?host={directory}&port=5432",
            prefix=new_prefix(),
            opening=self._opening(),
            about=f"{instance.version}, {installation.kind}, from {installation.bin}",
            # Copying files wins where there is no disk behind them.
            strategy="FILE_COPY" if MEMORY in directory.parents else None,
        )

    def stop(self, *, keep: bool) -> None:
        """End the server; its directory goes too, unless it is kept."""
        if keep:
            self._instance.keep()
        else:
            self._instance.remove()

    def _opening(self) -> str:
        instance = self._instance
        programs = instance.programs
        start = shlex.join(
            map(str, [programs / "pg_ctl", "-D", instance.data, "-l", instance.log, "start"])
        )
        if instance.account is not None:
            start = shlex.join(["su", instance.account.name, "-s", "/bin/sh", "-c", start])
        psql = [programs / "psql", "-h", instance.directory, "-U", ADMINISTRATOR]
        return f"{start}; {shlex.join(map(str, psql))} -p 5432 {{name}}"
