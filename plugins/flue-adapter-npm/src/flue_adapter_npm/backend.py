"""`NpmBackend`: finds the adapter that stands after `npm:`, and serves it from Node."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

from flue_adapter_npm.adapter_table import Said, said_of
from flue_adapter_npm.in_node import backend_of
from flue_adapter_npm.packages import installed
from flue_adapter_npm.published import PUBLISHED, Known
from flue_adapter_npm.reference import Kind, LocalFile, Package, Reference, parse
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
        known = _known(said.reference)
        module = _module(said.reference, known, settings.rootdir)
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


def _known(reference: Reference) -> Known:
    if isinstance(reference.source, LocalFile):
        return _UNKNOWN
    return PUBLISHED.get((reference.source.name, reference.export), _UNKNOWN)


def _module(reference: Reference, known: Known, root: Path) -> Module:
    kind = reference.kind or known.kind
    source = reference.source
    if isinstance(source, LocalFile):
        path = (root / Path(source.path).expanduser()).resolve()
        if not path.is_file():
            raise UsageProblem(f"There is no file {path}, which npm:{reference.label} names.")
        return Module(path.as_uri(), reference.export, kind, version="local")
    package: Package = source if source.inside else replace(source, inside=known.inside)
    there = installed(package)
    return Module(
        package.specifier, reference.export, kind, there.version, there.loader, there.offered
    )


def _refined(description: Description, said: Said) -> Description:
    """Return a description with what the author says instead of what was seen."""
    return replace(description, editions=said.editions or description.editions)
