"""Clean environments: a Python with the kit and what is certified, and nothing else."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import venv
import zipfile
from collections.abc import Callable, Iterable
from email.parser import BytesParser
from importlib.metadata import Distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from flue_conformance import __version__
from flue_conformance.certification.certificate.files import Artefact
from flue_conformance.certification.certificate.statement import KIT
from flue_conformance.certification.hermetic.lending import (
    applying,
    closure,
    kit_with_extras,
    lend,
)

Say = Callable[[str], None]


class CannotInstall(Exception):  # noqa: N818 - named for what a person reads
    """A wheel could not be installed; the message is that of who tried."""


def environment_with_wheel(folder: Path, wheel: Artefact, say: Say) -> Path:
    """Make a virtual environment with a wheel and the running kit; returns its Python.

    What the wheel requires is taken from here where it is here in a version that fits, and
    installed by pip otherwise. Raises `CannotInstall`.
    """
    required = _required_by(wheel.path)
    _refuse_other_kits(wheel, required)
    lent = closure(
        [kit_with_extras(), *required], without=frozenset({canonicalize_name(wheel.name)})
    )
    say(f"installing {wheel.path.name}, with {len(lent)} distributions of this installation")
    python = _environment(folder, lent.values())
    _install(python, wheel.path)
    return python


def environment_with_plugin(folder: Path, plugin: Distribution, say: Say) -> Path:
    """Make a virtual environment with the running kit and what serves adapters of a language.

    That installs the package itself, in its own way. Returns the Python of the environment.
    """
    lent = closure([kit_with_extras(), Requirement(plugin.name)])
    say(f"making an environment of {len(lent)} distributions of this installation")
    return _environment(folder, lent.values())


def _environment(folder: Path, lent: Iterable[Distribution]) -> Path:
    venv.EnvBuilder(symlinks=sys.platform != "win32", with_pip=False).create(folder)
    base = {"base": str(folder), "platbase": str(folder)}
    packages = Path(sysconfig.get_path("purelib", "venv", vars=base))
    scripts = Path(sysconfig.get_path("scripts", "venv", vars=base))
    python = scripts / ("python.exe" if sys.platform == "win32" else "python")
    for distribution in lent:
        lend(distribution, packages)
    return python


def _refuse_other_kits(wheel: Artefact, required: Iterable[Requirement]) -> None:
    for one in required:
        is_kit = canonicalize_name(one.name) == KIT
        if is_kit and not one.specifier.contains(__version__, prereleases=True):
            raise CannotInstall(
                f"{wheel.path.name} requires {one}, and this is {KIT} {__version__}; install that "
                "version and certify with it."
            )


def _required_by(wheel: Path) -> list[Requirement]:
    try:
        with zipfile.ZipFile(wheel) as archive:
            (name,) = (
                name
                for name in archive.namelist()
                if name.endswith(".dist-info/METADATA") and name.count("/") == 1
            )
            metadata = BytesParser().parsebytes(archive.read(name))
    except (zipfile.BadZipFile, ValueError):
        raise CannotInstall(f"{wheel.name} is no wheel: it has no metadata of one.") from None
    return list(applying(metadata.get_all("Requires-Dist") or (), frozenset()))


def _install(python: Path, wheel: Path) -> None:
    done = subprocess.run(  # noqa: S603 - our own pip
        [
            *(sys.executable, "-m", "pip", "--python", str(python), "install"),
            *("--quiet", "--disable-pip-version-check", "--no-input", str(wheel)),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode == 0:
        return
    if "No module named pip" in done.stderr:
        raise CannotInstall(f"{wheel.name} needs pip to be installed: python -m ensurepip")
    raise CannotInstall(f"{wheel.name} cannot be installed:\n{done.stderr.strip()}")
