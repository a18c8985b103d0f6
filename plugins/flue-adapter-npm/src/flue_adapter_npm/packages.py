"""Packages in the cache: resolved to a version, installed once, and used without a network."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import tempfile
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from flue_adapter_npm.cache import cache_folder
from flue_adapter_npm.node import npm
from flue_adapter_npm.progress import Progress
from flue_adapter_npm.reference import Package
from flue_conformance.backends import Offered, UsageProblem
from flue_conformance.backends.scratch import remove_directories

_EXACT: Final = re.compile(r"\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?")
_VIEW_LIMIT_S: Final = 60
_FRESH_S: Final = 600
"""How long it is not asked again what a tag or a range means."""
_LOADER: Final = "load.mjs"
_LOCK: Final = "package-lock.json"


@dataclass(frozen=True, slots=True)
class Installed:
    """A package in the cache."""

    name: str
    version: str
    folder: Path

    @property
    def offered(self) -> Offered:
        """What npm says of the file that it installed."""
        own = _locked(self.folder)[f"node_modules/{self.name}"]
        return Offered(self.name, self.version, own.get("integrity", ""))

    @property
    def own_folder(self) -> Path:
        """Where its own files lie."""
        return self.folder / "node_modules" / self.name

    @property
    def loader(self) -> Path:
        """The module that imports what a specifier means in the folder."""
        return self.folder / _LOADER


def installed(package: Package, *beside: Package) -> Installed:
    """Return a package from the cache, installed now if need be; raises `UsageProblem`.

    `beside` are packages that lie in the same folder, so that either finds the others. A version
    that is named exactly and was installed before needs no network.
    """
    wanted = [f"{each.name}@{_exact(each)}" for each in (package, *beside)]
    folder = cache_folder() / "packages" / " ".join(wanted).replace("/", "+").replace(" ", "++")
    there = Installed(package.name, wanted[0].rpartition("@")[2], folder)
    if not there.loader.is_file():
        _install(wanted, folder)
    return there


def installed_from(tarball: Path) -> Installed:
    """Return the package in a tarball, from the cache or installed now; raises `UsageProblem`.

    Another content is another package, whatever version it says.
    """
    try:
        digest = hashlib.sha256(tarball.read_bytes()).hexdigest()
    except OSError as problem:
        raise UsageProblem(f"{tarball} cannot be read ({problem.strerror}).") from None
    folder = cache_folder() / "packages" / f"{tarball.name}={digest[:16]}"
    if not (folder / _LOADER).is_file():
        _install([str(tarball)], folder)
    packages = _locked(folder)
    (name,) = packages[""]["dependencies"]
    return Installed(name, packages[f"node_modules/{name}"]["version"], folder)


def _locked(folder: Path) -> dict[str, Any]:
    packages: dict[str, Any] = json.loads((folder / _LOCK).read_text())["packages"]
    return packages


def _exact(package: Package) -> str:
    return package.version if _EXACT.fullmatch(package.version) else _resolved(package)


def _install(wanted: Sequence[str], folder: Path) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    # Whoever is first puts it in place whole.
    being_made = Path(tempfile.mkdtemp(prefix=".new-", dir=folder.parent))
    try:
        (being_made / "package.json").write_text('{"private": true}\n')
        (being_made / _LOADER).write_text("export default (specifier) => import(specifier);\n")
        _npm_install(wanted, being_made)
        try:
            being_made.rename(folder)
        except OSError:
            if not folder.is_dir():
                raise
    finally:
        remove_directories(str(being_made))


def _npm_install(wanted: Sequence[str], folder: Path) -> None:
    command = [
        *npm(),
        *("install", "--ignore-scripts", "--save-exact", "--no-audit", "--no-fund"),
        # Each request is a line, so there is something to tell.
        *("--loglevel=http", "--no-progress", "--no-update-notifier", *wanted),
    ]
    what = " ".join(wanted)
    progress = Progress(f"npm installs {what}")
    last = deque[str](maxlen=12)
    with subprocess.Popen(  # noqa: S603 - npm, and a name and a version without blanks
        command,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("npm http"):
                progress.step()
            else:
                last.append(line.strip())
    progress.end()
    if process.returncode != 0:
        raise UsageProblem(
            f"npm could not install {what}: {_errors(last)} (A package that was installed "
            "before, and is named with its exact version, needs no network.)"
        )


def _resolved(package: Package) -> str:
    """Return the version that a tag, a range or nothing means today."""
    wanted = f"{package.name}@{package.version or 'latest'}"
    note = cache_folder() / "resolved" / f"{wanted.replace('/', '+')}.json"
    if remembered := _remembered(note):
        return remembered
    command = [*npm(), "view", "--json", wanted, "version"]
    try:
        done = subprocess.run(  # noqa: S603 - as above
            command, capture_output=True, text=True, check=False, timeout=_VIEW_LIMIT_S
        )
    except subprocess.TimeoutExpired:
        raise UsageProblem(f"npm did not say within {_VIEW_LIMIT_S} s what {wanted} is.") from None
    version = _version_in(done.stdout) if done.returncode == 0 else None
    if version is None:
        said = _errors(done.stderr.splitlines())
        raise UsageProblem(
            f"npm knows no {wanted}: {said} (Named with its exact version, an installed package "
            "needs no network.)"
        )
    note.parent.mkdir(parents=True, exist_ok=True)
    note.write_text(json.dumps({"version": version, "at": time.time()}))
    return version


def _remembered(note: Path) -> str | None:
    """Return what a note says that is fresh."""
    try:
        told = json.loads(note.read_text())
        fresh = time.time() - float(told["at"]) < _FRESH_S
        return str(told["version"]) if fresh else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _version_in(text: str) -> str | None:
    """Return the newest of the versions that npm names, oldest first."""
    try:
        told = json.loads(text)
    except ValueError:
        return None
    newest = told[-1] if isinstance(told, list) and told else told
    return newest if isinstance(newest, str) and _EXACT.fullmatch(newest) else None


def _errors(lines: deque[str] | list[str]) -> str:
    errors = [
        line.removeprefix("npm error").strip() for line in lines if line.startswith("npm error")
    ]
    told = [line for line in errors if line and "complete log" not in line]
    return " ".join(told or [*lines][-3:])[:600] or "it said nothing."
