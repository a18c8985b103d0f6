"""A file that is certified, and the names of what lies beside it."""

from __future__ import annotations

import base64
import hashlib
import json
import tarfile
from dataclasses import dataclass
from pathlib import Path

from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    canonicalize_name,
    parse_sdist_filename,
    parse_wheel_filename,
)

CERTIFICATE = ".flue.json"
REPORT = ".flue-report.json"


class NoArtefact(Exception):  # noqa: N818 - named for what a person reads
    """A file is nothing that can be certified; the message says what is."""


@dataclass(frozen=True, slots=True)
class Artefact:
    """A wheel, an sdist, or the tarball of an npm package."""

    path: Path
    name: str
    """Normalised, where its ecosystem does that."""
    version: str
    is_npm: bool

    @classmethod
    def at(cls, path: Path) -> Artefact:
        """Return the artefact in a file; an npm package says itself what it is.

        Raises `NoArtefact`.
        """
        try:
            if path.suffix == ".tgz":
                return _npm_package(path)
            if path.suffix == ".whl":
                name, version, _, _ = parse_wheel_filename(path.name)
            else:
                name, version = parse_sdist_filename(path.name)
        except (InvalidWheelFilename, InvalidSdistFilename):
            raise NoArtefact(
                f"{path.name} is no wheel and no sdist by its name, such as "
                "my_adapter-1.2.0-py3-none-any.whl, and no .tgz of npm."
            ) from None
        if not path.is_file():
            raise NoArtefact(f"There is no file {path}.")
        return cls(path, name, str(version), is_npm=False)

    @property
    def certificate(self) -> Path:
        """Where its certificate lies."""
        return self.path.with_name(self.path.name + CERTIFICATE)

    @property
    def report(self) -> Path:
        """Where the report lies that the certificate is about."""
        return self.path.with_name(self.path.name + REPORT)

    def is_version(self, name: str, version: str) -> bool:
        """Return whether it is of this package and version."""
        normalised = name if self.is_npm else canonicalize_name(name)
        return (normalised, version) == (self.name, self.version)

    def is_origin(self, integrity: str) -> bool:
        """Return whether what was installed came from this very file, as far as that is told.

        A wheel is installed by who certifies it; what npm installed it says by its digest.
        """
        if not self.is_npm:
            return not integrity
        digest = hashlib.sha512(self.path.read_bytes()).digest()
        return integrity == f"sha512-{base64.b64encode(digest).decode()}"

    def sdist(self) -> Path | None:
        """Return the sdist of the same version beside a wheel, if there is one."""
        for path in sorted(self.path.parent.glob("*.tar.gz")):
            try:
                name, version = parse_sdist_filename(path.name)
            except InvalidSdistFilename:
                continue
            if (name, str(version)) == (self.name, self.version):
                return path
        return None


def _npm_package(path: Path) -> Artefact:
    try:
        with tarfile.open(path) as archive:
            described = archive.extractfile("package/package.json")
            said = json.loads(described.read()) if described else {}
        return Artefact(path, str(said["name"]), str(said["version"]), is_npm=True)
    except FileNotFoundError:
        raise NoArtefact(f"There is no file {path}.") from None
    except (OSError, tarfile.TarError, KeyError, ValueError, TypeError):
        raise NoArtefact(
            f"{path.name} is no package of npm: it has no package.json with a name and a version."
        ) from None
