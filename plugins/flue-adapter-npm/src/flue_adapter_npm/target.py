"""What Node is to serve: one export of one module, and what is known of it."""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from flue_adapter_npm.cache import cache_folder
from flue_adapter_npm.node import node
from flue_adapter_npm.reference import Kind
from flue_conformance.backends import Command, Durability, Offered, UsageProblem

_HOST: Final = Path(__file__).with_name("host.mjs")
_LIMIT_S: Final = 60


@dataclass(frozen=True, slots=True)
class Module:
    """An export that a host can import: by a loader of the package's folder, else by its URL."""

    specifier: str
    export: str
    kind: Kind
    version: str
    loader: Path | None = None
    offered: Offered | None = None
    """The package that it is of; None for a file of this machine."""
    package_folder: Path | None = None
    """Where that package lies, as far as it can be told."""

    def as_json(self) -> dict[str, Any]:
        """Return what the host is told of it."""
        told = {"specifier": self.specifier, "export": self.export, "kind": self.kind}
        return told | ({"from": str(self.loader)} if self.loader else {})


@dataclass(frozen=True, slots=True)
class Description:
    """What a module turned out to offer."""

    editions: frozenset[str]
    is_factory: bool
    """Or else an adapter object, of which a process has only one."""


@dataclass(frozen=True, slots=True)
class Target:
    """A module that was described, under the name that reports show."""

    module: Module
    description: Description
    label: str
    durability: Durability

    def command(self, *mode: str, careless: bool = False) -> Command:
        """Return the program that serves it; it is told no location.

        With `careless` it changes objects that the adapter got or gave, and raises in listeners.
        """
        identity = {
            "name": self.label,
            "version": self.module.version,
            "editions": sorted(self.description.editions),
            "durability": str(self.durability),
        }
        config = self.module.as_json() | {"identity": identity, "careless": careless}
        return Command([node(), str(_HOST), json.dumps(config), *mode], environment())


def environment() -> Mapping[str, str]:
    """Return what Node's variables have besides ours: it keeps what it has compiled."""
    return {"NODE_COMPILE_CACHE": str(cache_folder() / "compiled"), "NODE_NO_WARNINGS": "1"}


def described(module: Module) -> Description:
    """Ask Node what a module offers; of a package, which never changes, only once.

    Raises `UsageProblem` where it cannot be imported or is no adapter.
    """
    note = _note(module)
    told = _remembered(note)
    if told is None:
        told = _asked(module)
        if note is not None:
            note.write_text(json.dumps(told))
    return Description(frozenset(told["editions"]), bool(told["isFactory"]))


def _note(module: Module) -> Path | None:
    if module.loader is None:
        return None
    about = json.dumps([module.as_json(), hashlib.sha256(_HOST.read_bytes()).hexdigest()])
    name = hashlib.sha256(about.encode()).hexdigest()[:16]
    return module.loader.with_name(f"described-{name}.json")


def _remembered(note: Path | None) -> dict[str, Any] | None:
    try:
        return json.loads(note.read_text()) if note else None
    except (OSError, ValueError):
        return None


def _asked(module: Module) -> dict[str, Any]:
    what = f"The export {module.export!r} of {module.specifier}"
    try:
        done = subprocess.run(  # noqa: S603 - Node, and our own program
            [node(), str(_HOST), json.dumps(module.as_json()), "--describe"],
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=_LIMIT_S,
        )
    except subprocess.TimeoutExpired:
        raise UsageProblem(f"{what} was not there after {_LIMIT_S} s.") from None
    try:
        told: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        said = " ".join(done.stderr.split())[-600:]
        raise UsageProblem(f"{what} ended Node with status {done.returncode}: {said}") from None
    if "problem" in told:
        raise UsageProblem(f"{what} cannot be used: {told['problem']}")
    return told
