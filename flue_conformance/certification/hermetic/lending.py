"""Lends distributions of the running installation to another environment, file by file.

Only what the kit and the adapter require is lent: what else is installed here, such as an editable
copy of the adapter itself or somebody's pytest plugin, stays out of sight.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name

_FOR_DEVELOPERS = "dev"


def closure(
    requirements: Iterable[Requirement], *, without: frozenset[NormalizedName] = frozenset()
) -> dict[NormalizedName, Distribution]:
    """Return what is installed of some requirements and of all that those require in turn.

    What is missing, or installed in another version than required, is left out with what it
    requires: whoever wants it has to install it.
    """
    found: dict[NormalizedName, Distribution] = {}
    seen: set[tuple[NormalizedName, frozenset[str]]] = set()
    waiting = list(requirements)
    while waiting:
        wanted = waiting.pop()
        name, extras = canonicalize_name(wanted.name), frozenset(wanted.extras)
        if name in without or (name, extras) in seen:
            continue
        seen.add((name, extras))
        installed = _installed(wanted)
        if installed is not None:
            found[name] = installed
            waiting += _required_by(installed, extras)
    return found


def kit_with_extras() -> Requirement:
    """Return the requirement of the kit with all that it can use, but for its developers' tools."""
    extras = set(distribution("flue-conformance").metadata.get_all("Provides-Extra") or ())
    return Requirement(f"flue-conformance[{','.join(sorted(extras - {_FOR_DEVELOPERS}))}]")


def applying(lines: Iterable[str], extras: frozenset[str]) -> Iterator[Requirement]:
    """Yield the requirements that hold on this Python, with these extras."""
    for requirement in map(Requirement, lines):
        marker = requirement.marker
        if marker is None or any(marker.evaluate({"extra": extra}) for extra in extras | {""}):
            yield requirement


def lend(lent: Distribution, packages: Path) -> None:
    """Make a distribution importable from a folder of packages, by links to its files."""
    for file in lent.files or ():
        if file.parts[0] == "..":
            continue
        source = Path(str(lent.locate_file(file)))
        if not source.is_file():
            continue
        place = packages / file
        place.parent.mkdir(parents=True, exist_ok=True)
        if not place.exists():
            _link(source, place)


def _link(source: Path, place: Path) -> None:
    try:
        place.symlink_to(source)
    except OSError:
        shutil.copy2(source, place)


def _installed(wanted: Requirement) -> Distribution | None:
    try:
        found = distribution(wanted.name)
    except PackageNotFoundError:
        return None
    return found if wanted.specifier.contains(found.version, prereleases=True) else None


def _required_by(lent: Distribution, extras: frozenset[str]) -> Iterator[Requirement]:
    yield from applying(lent.requires or (), extras)
