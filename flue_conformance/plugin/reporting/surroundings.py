"""What a run was on: the kit, the machine, and where each adapter comes from."""

from __future__ import annotations

import os
import platform
import re
import sqlite3
from collections.abc import Iterable, Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution

from packaging.requirements import Requirement

from flue_conformance import __version__
from flue_conformance.backends import Backend
from flue_conformance.certification.report.data import Kit, Machine, Package

_KIT = "flue-conformance"
_BEARING_ON_RESULTS = ("pytest", "pytest-asyncio", "pytest-xdist", "hypothesis")
_FOR_DEVELOPERS = re.compile(r"extra == ['\"](?:dev|develop|tests?|testing|docs?|lint|typing)['\"]")


def this_kit() -> Kit:
    """Return the running kit."""
    return Kit(version=__version__, packages=tuple(_installed(_BEARING_ON_RESULTS)))


def this_machine() -> Machine:
    """Return what is worth knowing of this machine, and nothing that tells whose it is."""
    return Machine(
        system=f"{platform.system()} {platform.release()}",
        architecture=platform.machine(),
        python=f"{platform.python_implementation()} {platform.python_version()}",
        sqlite=sqlite3.sqlite_version,
        processors=os.cpu_count() or 0,
    )


def package_of(backend: Backend, offering: Distribution | None) -> Package | None:
    """Return the name and version of what an adapter comes in."""
    offered = backend.offered()
    if offered is not None:
        return Package(name=offered.name, version=offered.version)
    return Package(name=offering.name, version=offering.version) if offering else None


def integrity_of(backend: Backend) -> str:
    """Return the digest of the file that an adapter of another language was installed from."""
    offered = backend.offered()
    return offered.integrity if offered else ""


def drivers_of(offering: Distribution | None) -> tuple[Package, ...]:
    """Return what an adapter's distribution requires, as far as it is installed.

    That of extras for developers is left out, and so is the kit itself.
    """
    required = (offering.requires or []) if offering else []
    names = {Requirement(line).name for line in required if not _FOR_DEVELOPERS.search(line)}
    return tuple(_installed(sorted(names - {_KIT}, key=str.lower)))


def _installed(names: Iterable[str]) -> Iterator[Package]:
    for name in names:
        try:
            found = distribution(name)
        except PackageNotFoundError:
            continue
        yield Package(name=found.name, version=found.version)
