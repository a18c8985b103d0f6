"""A file that is certified, and the names of what lies beside it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    NormalizedName,
    canonicalize_name,
    parse_sdist_filename,
    parse_wheel_filename,
)
from packaging.version import Version

CERTIFICATE = ".flue.json"
REPORT = ".flue-report.json"


class NoArtefact(Exception):  # noqa: N818 - named for what a person reads
    """A file is nothing that can be certified; the message says what is."""


@dataclass(frozen=True, slots=True)
class Artefact:
    """A wheel or an sdist."""

    path: Path
    name: NormalizedName
    version: Version

    @classmethod
    def at(cls, path: Path) -> Artefact:
        """Return the artefact in a file, by its name.

        Raises `NoArtefact`.
        """
        try:
            if path.suffix == ".whl":
                name, version, _, _ = parse_wheel_filename(path.name)
            else:
                name, version = parse_sdist_filename(path.name)
        except (InvalidWheelFilename, InvalidSdistFilename):
            raise NoArtefact(
                f"{path.name} is no wheel and no sdist by its name, such as "
                "my_adapter-1.2.0-py3-none-any.whl."
            ) from None
        if not path.is_file():
            raise NoArtefact(f"There is no file {path}.")
        return cls(path, name, version)

    @property
    def certificate(self) -> Path:
        """Where its certificate lies."""
        return self.path.with_name(self.path.name + CERTIFICATE)

    @property
    def report(self) -> Path:
        """Where the report lies that the certificate is about."""
        return self.path.with_name(self.path.name + REPORT)

    def is_version(self, name: str, version: str) -> bool:
        """Return whether it is of this distribution and version."""
        return canonicalize_name(name) == self.name and version == str(self.version)

    def sdist(self) -> Path | None:
        """Return the sdist of the same version beside a wheel, if there is one."""
        for path in sorted(self.path.parent.glob("*.tar.gz")):
            try:
                name, version = parse_sdist_filename(path.name)
            except InvalidSdistFilename:
                continue
            if (name, version) == (self.name, self.version):
                return path
        return None
