"""Builds the wheel of a small adapter, as an author's own tools would."""

from __future__ import annotations

import base64
import hashlib
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

CONFORMANCE = """
from flue_conformance.backends import MemoryBackend
from my_adapter import memory

backend = MemoryBackend(lambda edition: memory(edition=edition), editions={"0.11"})
"""
RIGHT = {"__init__.py": "from reference_adapters import memory\n", "conformance.py": CONFORMANCE}
"""An adapter that is right: the reference one by another name."""


def build(
    folder: Path,
    files: Mapping[str, str] = RIGHT,
    *,
    name: str = "my_adapter",
    version: str = "1.2.0",
    requires: Sequence[str] = (),
) -> Path:
    """Write a wheel with some files, whose adapter `mine` is `NAME.conformance:backend`."""
    information = f"{name}-{version}.dist-info"
    metadata = [
        "Metadata-Version: 2.1",
        f"Name: {name.replace('_', '-')}",
        f"Version: {version}",
        *(f"Requires-Dist: {one}" for one in requires),
    ]
    contents = {
        **{f"{name}/{path}": text for path, text in files.items()},
        f"{information}/METADATA": "\n".join([*metadata, ""]),
        f"{information}/WHEEL": "Wheel-Version: 1.0\nGenerator: by hand\n"
        "Root-Is-Purelib: true\nTag: py3-none-any\n",
        f"{information}/entry_points.txt": f"[flue.adapters]\nmine = {name}.conformance:backend\n",
    }
    record = "".join(
        f"{path},sha256={_digest(text)},{len(text.encode())}\n" for path, text in contents.items()
    )
    contents[f"{information}/RECORD"] = record + f"{information}/RECORD,,\n"
    place = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(place, "w") as archive:
        for path, text in contents.items():
            archive.writestr(path, text)
    return place


def _digest(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
