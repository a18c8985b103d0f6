"""Packs a small npm package that is Flue's own SQLite adapter by another name."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Mapping
from pathlib import Path

NAME, VERSION = "@acme/flue-mine", "1.2.0"
_DRIVERS = ("ulidx", "valibot")
"""What the adapter of the runtime imports, besides Node's own."""


def pack(folder: Path, modules: Path, more: Mapping[str, str]) -> Path:
    """Write what `npm pack` would: `mine` of the package is `sqlite` of the runtime in `modules`.

    `more` are further files of the package by their names.
    """
    place = folder / f"acme-flue-mine-{VERSION}.tgz"
    described = {
        "name": NAME,
        "version": VERSION,
        "type": "module",
        "exports": "./index.js",
        "dependencies": {name: _version(modules / name) for name in _DRIVERS},
    }
    files = {
        "package.json": json.dumps(described),
        "index.js": "export { sqlite as mine } from './dist/node/index.mjs';\n",
        **more,
    }
    with tarfile.open(place, "w:gz") as archive:
        for name, text in files.items():
            member = tarfile.TarInfo(f"package/{name}")
            content = text.encode()
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
        archive.add(modules / "@flue/runtime/dist", "package/dist")
    return place


def _version(folder: Path) -> str:
    return str(json.loads((folder / "package.json").read_bytes())["version"])
