"""Instances that listen on this machine, for what knows no sockets in the file system."""

from __future__ import annotations

import secrets
import socket
from collections.abc import Mapping
from typing import Final

from flue_conformance.backends.errors import NotAvailable
from flue_conformance.backends.postgres.servers.instance import Instance

HOST: Final = "127.0.0.1"
TRIES: Final = 5
"""How often another port is taken when somebody else was faster."""


def initialise_with_password(instance: Instance) -> str:
    """Make the data, and return the administrator's password: anybody may knock at a port."""
    password = secrets.token_urlsafe(24)
    file = instance.write("password", password)
    instance.initialise(("--auth-local=trust", "--auth-host=scram-sha-256", f"--pwfile={file}"))
    file.unlink()
    return password


def start_on_a_free_port(instance: Instance, settings: Mapping[str, str]) -> int:
    """Start an instance with settings, and return the port on which it listens."""
    for tries in range(1, TRIES + 1):
        with socket.create_server((HOST, 0)) as listening:
            port: int = listening.getsockname()[1]
        instance.configure(
            {
                "listen_addresses": HOST,
                "port": str(port),
                "unix_socket_directories": str(instance.directory),
                "unix_socket_permissions": "0700",
                **settings,
            }
        )
        try:
            instance.start()
        except NotAvailable:
            if tries == TRIES:
                raise
        else:
            return port
    raise AssertionError
