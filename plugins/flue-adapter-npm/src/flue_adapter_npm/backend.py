"""`NpmBackend`: finds the adapter that stands after `npm:`, and serves it from Node."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Final

from flue_adapter_npm.adapter_table import Said, said_of
from flue_adapter_npm.in_node import backend_of
from flue_adapter_npm.packages import Installed, installed, installed_from
from flue_adapter_npm.published import PUBLISHED, Known
from flue_adapter_npm.reference import Kind, LocalFile, Package, Reference, Tarball, parse
from flue_adapter_npm.target import Description, Module, Target, described
from flue_conformance.backends import Backend, Settings, UsageProblem
from flue_conformance.contract import PersistenceAdapter

_UNKNOWN: Final = Known(Kind.FILE)


class NpmBackend(Backend):
    """What `npm` names before it is said which adapter."""

    needs_argument = True

    def configure(self, argument: str | None, settings: Settings) -> Backend:
        """Return the backend of `PACKAGE[@VERSION]#EXPORT[?KIND]`, a file, or a table's name.

        A package that is not in the cache is installed. Raises `UsageProblem`.
        """
        if not argument:
            raise UsageProblem(
                "The adapter 'npm' needs to know which: npm:PACKAGE@VERSION#EXPORT, such as "
                "npm:@flue/runtime@0.11.1#sqlite, or npm:NAME for the table "
                "[tool.flue.adapters.NAME] of pyproject.toml."
            )
        said = Said(parse(argument)) if "#" in argument else said_of(argument, settings.rootdir)
        module, known = _module(said.reference, settings.rootdir)
        target = Target(
            module,
            _refined(described(module), said),
            said.reference.label,
            said.durability or module.kind.durability,
        )
        flue_schema = said.flue_schema or known.flue_schema
        return backend_of(target, settings, flue_schema=flue_schema)

    async def create(self) -> str:
        """Never called: only what `configure` returns is run."""
        raise NotImplementedError

    def adapter(self, location: str, edition: str) -> PersistenceAdapter:
        """Never called either."""
        raise NotImplementedError


def _module(reference: Reference, root: Path) -> tuple[Module, Known]:
    """Return what Node is to import, and what is known of it beyond what its user says."""
    match reference.source:
        case LocalFile(path):
            return _in_file((root / Path(path).expanduser()).resolve(), reference), _UNKNOWN
        case Tarball(path, inside):
            there = installed_from((root / Path(path).expanduser()).resolve())
        case Package(_, inside) as package:
            there = installed(package)
    known = PUBLISHED.get((there.name, reference.export), _UNKNOWN)
    return _in_package(there, inside or known.inside, reference, known.kind), known


def _in_file(path: Path, reference: Reference) -> Module:
    if not path.is_file():
        raise UsageProblem(f"There is no file {path}, which npm:{reference.label} names.")
    return Module(
        path.as_uri(),
        reference.export,
        reference.kind or _UNKNOWN.kind,
        version="local",
        package_folder=_package_around(path),
    )


def _in_package(there: Installed, inside: str, reference: Reference, usual: Kind) -> Module:
    return Module(
        f"{there.name}{inside}",
        reference.export,
        reference.kind or usual,
        there.version,
        there.loader,
        there.offered,
        there.own_folder,
    )


def _package_around(path: Path) -> Path | None:
    """Return the folder of the package that a file is of: what a build makes may have no name."""
    for folder in path.parents:
        try:
            described = json.loads((folder / "package.json").read_bytes())
        except (OSError, ValueError):
            continue
        if isinstance(described, dict) and "name" in described:
            return folder
    return None


def _refined(description: Description, said: Said) -> Description:
    """Return a description with what the author says instead of what was seen."""
    return replace(description, editions=said.editions or description.editions)
