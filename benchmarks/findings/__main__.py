"""Run every reproduction: `python -m benchmarks.findings [NAME...]`.

Each is a program of at most 30 lines that uses the published package alone; `with:` names the
versions that it is about. It ends with 0 where the finding is there. Those for Postgres get the URL
of an empty database in `DATABASE_URL`, here of a server that this program starts.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from flue_adapter_npm.node import node
from flue_adapter_npm.packages import installed
from flue_adapter_npm.reference import Package, parse_source
from flue_conformance.backends import PostgresBackend, Settings
from flue_conformance.contract import PersistenceAdapter

HERE: Final = Path(__file__).parent
_LIMIT_S: Final = 120


@dataclass(frozen=True, slots=True)
class Reproduction:
    """One program, and one of the versions that it is about."""

    path: Path
    package: Package

    @property
    def name(self) -> str:
        """Its path below this folder, and the version."""
        where = self.path.relative_to(HERE).with_suffix("")
        return f"{where} {self.package.name}@{self.package.version}"

    def run(self, database: str | None) -> tuple[bool, str]:
        """Run it; returns whether it shows what it is about, and what it printed."""
        with tempfile.TemporaryDirectory(prefix="flue-finding-") as folder:
            shutil.copy(self.path, folder)
            modules = installed(self.package).folder / "node_modules"
            (Path(folder) / "node_modules").symlink_to(modules)
            done = subprocess.run(  # noqa: S603 - a program of this folder
                [node(), self.path.name],
                cwd=folder,
                env={
                    **os.environ,
                    "DATABASE_URL": database or "",
                    "NODE_NO_WARNINGS": "1",
                    "TMPDIR": folder,
                },
                capture_output=True,
                text=True,
                check=False,
                timeout=_LIMIT_S,
            )
        return done.returncode == 0, done.stdout if done.returncode == 0 else done.stderr[-2000:]


def reproductions(names: Sequence[str]) -> Iterator[Reproduction]:
    """Return the programs, or those whose names begin with one of `names`."""
    for path in sorted(HERE.glob("*/*.mjs")):
        found = re.search(r"^// with: (.+)$", path.read_text(), re.MULTILINE)
        assert found is not None, f"{path} does not say which versions it is about"
        for words in found[1].split():
            package = parse_source(words)
            assert isinstance(package, Package)
            one = Reproduction(path, package)
            if not names or any(one.name.startswith(name) for name in names):
                yield one


async def main(names: Sequence[str]) -> int:
    """Run them all; returns how many do not show what they are about."""
    missing = 0
    chosen = list(reproductions(names))
    server = PostgresBackend(_nobody, editions={"0.10"}, network=True).configure(None, Settings())
    if any(one.path.parent.name == "postgres" for one in chosen):
        await server.start()
    try:
        for one in chosen:
            needs = one.path.parent.name == "postgres"
            database = await server.create() if needs else None
            shown, told = await asyncio.to_thread(one.run, database)
            missing += not shown
            print(f"{'shown' if shown else 'NOT SHOWN'}: {one.name}")
            lines = [line for line in told.splitlines() if not _is_notice(line)]
            print("".join(f"    {line}\n" for line in lines), end="", flush=True)
            if database:
                await server.drop(database)
    finally:
        await server.stop()
    print(f"{len(chosen) - missing} of {len(chosen)} shown")
    return missing


def _is_notice(line: str) -> bool:
    """Tell what the driver prints of each table that is there already."""
    return re.match(r"\{$|\}$|  (severity|code|message|file|line|routine)", line) is not None


def _nobody(location: str, edition: str) -> PersistenceAdapter:
    raise NotImplementedError


if __name__ == "__main__":
    sys.exit(1 if asyncio.run(main(sys.argv[1:])) else 0)
