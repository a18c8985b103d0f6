"""A new package's files: those of `skeleton`, with names in the places that wait for them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from flue_conformance.scaffolding.names import Names

_SKELETON: Final = Path(__file__).with_name("skeleton")
_DOT: Final = "dot-"
"""Stands for the dot of a hidden name, which tools that pack files like to leave out."""


def rendered(names: Names) -> Mapping[Path, str]:
    """Return the text of each file by its path in the new package's folder."""
    places = {
        "{{distribution}}": names.distribution,
        "{{package}}": names.package,
        "{{adapter}}": names.adapter,
        "{{class}}": names.class_name,
    }
    files: dict[Path, str] = {}
    for source in sorted(_SKELETON.rglob("*")):
        if source.is_file() and "__pycache__" not in source.parts:
            text = source.read_text(encoding="utf-8")
            for place, name in places.items():
                text = text.replace(place, name)
            files[_path(source.relative_to(_SKELETON), names)] = text
    return files


def make(names: Names, folder: Path) -> None:
    """Write a new package into `folder`; raises `FileExistsError` where that exists."""
    folder.mkdir(parents=True)
    for path, text in rendered(names).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")


def _path(place: Path, names: Names) -> Path:
    parts = (part.replace("_package_", names.package) for part in place.parts)
    return Path(*(f".{part[len(_DOT) :]}" if part.startswith(_DOT) else part for part in parts))
