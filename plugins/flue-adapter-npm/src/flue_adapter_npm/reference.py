"""What stands after `npm:` on the command line."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePath
from typing import TypeAlias

from flue_conformance.backends import Durability, UsageProblem


class Kind(StrEnum):
    """What a location is, which is what a factory is called with."""

    MEMORY = "memory"
    """Nothing: each adapter object is a database of its own."""
    FILE = "file"
    POSTGRES = "postgres"
    """A URL."""

    @property
    def durability(self) -> Durability:
        """What an adapter of the kind declares unless its author says otherwise."""
        return _DURABILITY[self]


_DURABILITY = {
    Kind.MEMORY: Durability.EPHEMERAL,
    Kind.FILE: Durability.SINGLE_HOST,
    Kind.POSTGRES: Durability.MULTI_REPLICA,
}
_PACKAGE = re.compile(
    r"(?P<name>(?:@[a-z0-9~-][a-z0-9._~-]*/)?[a-z0-9~-][a-z0-9._~-]*)"
    r"(?P<inside>(?:/[A-Za-z0-9._~-]+)*)"
    r"(?:@(?P<version>[^@#?/\s]+))?"
)
_LOCAL = re.compile(r"\.{0,2}[/\\]|~[/\\]|[A-Za-z]:[/\\]")
_TARBALL = re.compile(r"(?P<path>.+\.tgz)(?P<inside>(?:/[A-Za-z0-9._~-]+)*)")
_FORMS = (
    "npm:PACKAGE[@VERSION]#EXPORT[?memory|file|postgres], such as npm:@flue/runtime@0.11.1#sqlite; "
    "npm:./dist/index.js#default for a file, or a .tgz of npm pack; or npm:NAME for the table "
    "[tool.flue.adapters.NAME] of pyproject.toml"
)


@dataclass(frozen=True, slots=True)
class Package:
    """A published package, or one of the modules that it offers: `inside` begins with `/`."""

    name: str
    inside: str = ""
    version: str = ""
    """A version, a range or a tag; empty for the newest."""

    @property
    def specifier(self) -> str:
        """What JavaScript imports."""
        return f"{self.name}{self.inside}"


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A module on this machine, by a path that is relative to the root of the run."""

    path: str


@dataclass(frozen=True, slots=True)
class Tarball:
    """A package as `npm pack` makes it, by a path as that of a file; `inside` begins with `/`."""

    path: str
    inside: str = ""


Source: TypeAlias = Package | LocalFile | Tarball


@dataclass(frozen=True, slots=True)
class Reference:
    """An export of a module, and what it takes; None: it is not said."""

    source: Source
    export: str
    kind: Kind | None
    label: str


def parse(text: str) -> Reference:
    """Take `SOURCE#EXPORT[?KIND]` apart; raises `UsageProblem`."""
    rest, _, kind = text.partition("?")
    source, mark, export = rest.rpartition("#")
    if not mark or not source or not export:
        raise UsageProblem(f"{text!r} names no export of a package; it should be {_FORMS}.")
    parsed = parse_source(source)
    label = f"{_shown(parsed, source)}#{export}" + (f"?{kind}" if kind else "")
    return Reference(parsed, export, parse_kind(kind) if kind else None, label)


def parse_source(text: str) -> Source:
    """Return the package or the file that a text names; raises `UsageProblem`."""
    if _LOCAL.match(text):
        packed = _TARBALL.fullmatch(text)
        return Tarball(packed["path"], packed["inside"]) if packed else LocalFile(text)
    found = _PACKAGE.fullmatch(text)
    if found is None:
        raise UsageProblem(
            f"{text!r} is no name of an npm package, with or without a version; a file begins with "
            f"./ or /. The whole should be {_FORMS}."
        )
    return Package(found["name"], found["inside"], found["version"] or "")


def parse_kind(text: str) -> Kind:
    """Return a kind of location; raises `UsageProblem`."""
    try:
        return Kind(text)
    except ValueError:
        raise UsageProblem(
            f"There is no kind of location {text!r}, but {', '.join(Kind)}."
        ) from None


def _shown(source: Source, text: str) -> str:
    """Return how a source is called in reports: a path without its folders."""
    match source:
        case Package():
            return text
        case LocalFile(path):
            return PurePath(path).name
        case Tarball(path, inside):
            return PurePath(path).name + inside
