"""The table `[tool.flue.adapters.NAME]` of a project's pyproject.toml."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from flue_adapter_npm.reference import Kind, Reference, parse_kind, parse_source
from flue_conformance.backends import Durability, UsageProblem

_MEMBERS: Final = ("package", "export", "edition", "location", "durability", "schema")


@dataclass(frozen=True, slots=True)
class Said:
    """What an author says of an adapter beyond its reference; empty where nothing is said."""

    reference: Reference
    editions: frozenset[str] = frozenset()
    durability: Durability | None = None
    flue_schema: bool = False


def said_of(name: str, root: Path) -> Said:
    """Return what the table of an adapter says; raises `UsageProblem`."""
    path = root / "pyproject.toml"
    tables = _tables(path)
    if name not in tables:
        near = difflib.get_close_matches(name, tables, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        there = f"there are: {', '.join(sorted(tables))}" if tables else "it has no such tables"
        raise UsageProblem(
            f"{path} has no table [tool.flue.adapters.{name}]; {there}.{hint} A package is named "
            "with its export, such as npm:@flue/runtime@0.11.1#sqlite."
        )
    return _Table(name, tables[name], path).read()


def _tables(path: Path) -> Mapping[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    try:
        tables = tomllib.loads(text).get("tool", {}).get("flue", {}).get("adapters", {})
    except tomllib.TOMLDecodeError as error:
        raise UsageProblem(f"{path} is no TOML: {error}.") from None
    return tables if isinstance(tables, dict) else {}


@dataclass(frozen=True, slots=True)
class _Table:
    name: str
    members: Any
    path: Path

    def read(self) -> Said:
        if not isinstance(self.members, dict):
            raise self._problem("is no table")
        unknown = sorted(set(self.members) - set(_MEMBERS))
        if unknown:
            raise self._problem(f"has {', '.join(unknown)}, but may have {', '.join(_MEMBERS)}")
        package = self._text("package")
        if package is None:
            raise self._problem('lacks package, such as "@acme/flue-adapter" or "./dist/index.js"')
        kind = self._one_of("location", list(Kind))
        reference = Reference(
            parse_source(package),
            self._text("export") or "default",
            parse_kind(kind) if kind else None,
            self.name,
        )
        durability = self._one_of("durability", list(Durability))
        edition = self._text("edition")
        return Said(
            reference,
            frozenset({edition} if edition else ()),
            Durability(durability) if durability else None,
            self._one_of("schema", ["flue"]) is not None,
        )

    def _text(self, member: str) -> str | None:
        value = self.members.get(member)
        if value is not None and not isinstance(value, str):
            raise self._problem(f"has a {member} that is no text")
        return value

    def _one_of(self, member: str, choices: Sequence[str]) -> str | None:
        value = self._text(member)
        if value is not None and value not in choices:
            raise self._problem(f"has {member} = {value!r}; it may be {', '.join(choices)}")
        return value

    def _problem(self, what: str) -> UsageProblem:
        return UsageProblem(f"The table [tool.flue.adapters.{self.name}] of {self.path} {what}.")
