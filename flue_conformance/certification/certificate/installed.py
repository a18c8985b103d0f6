"""Whether an installed distribution is what a certified wheel holds."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import zipfile
from importlib.metadata import Distribution
from pathlib import Path


def is_installed(wheel: Path, distribution: Distribution) -> bool:
    """Return whether every file of a wheel is installed as it is in the wheel.

    Not what an installer adds, and not where it makes scripts of entry points.
    """
    try:
        with zipfile.ZipFile(wheel) as archive:
            (name,) = (it for it in archive.namelist() if it.endswith(".dist-info/RECORD"))
            rows = list(csv.reader(io.StringIO(archive.read(name).decode())))
    except (OSError, zipfile.BadZipFile, ValueError):
        return False
    return all(
        not digest or path.split("/")[0].endswith(".data") or _is_as(distribution, path, digest)
        for path, digest, *_ in filter(None, rows)
    )


def _is_as(distribution: Distribution, path: str, digest: str) -> bool:
    algorithm, _, due = digest.partition("=")
    try:
        content = Path(str(distribution.locate_file(path))).read_bytes()
        found = hashlib.new(algorithm, content).digest()
    except (OSError, ValueError):
        return False
    return base64.urlsafe_b64encode(found).decode().rstrip("=") == due
