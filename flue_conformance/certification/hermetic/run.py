"""`hermetic_report`: the standard profile in a process that nothing of a project reaches.

The child has an environment of known variables, packaged settings, an empty folder to work in, no
conftest and no plugin but those of the kit. An ordinary run of pytest may be changed in all these
ways; its report is no ground for a certificate.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from flue_conformance.certification.report.data import Report
from flue_conformance.certification.report.text import read_report

_SETTINGS: Final = Path(__file__).with_name("certify.ini")
_PLUGINS: Final = ("flue_conformance.plugin", "pytest_asyncio.plugin")
_VARIABLES: Final = frozenset(
    {
        *("PATH", "HOME", "USER", "LOGNAME", "USERNAME", "USERPROFILE", "LANG", "TZ", "TERM"),
        *("TMPDIR", "TEMP", "TMP", "SYSTEMROOT", "COMSPEC", "PATHEXT", "APPDATA", "LOCALAPPDATA"),
        *("SSL_CERT_FILE", "SSL_CERT_DIR", "NODE_EXTRA_CA_CERTS"),
        *("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"),
        *("FLUE_POSTGRES_URL", "FLUE_NODE", "NO_COLOR", "XDG_RUNTIME_DIR"),
    }
)
_PREFIXES: Final = ("LC_", "DOCKER_", "TESTCONTAINERS_", "NPM_CONFIG_")


class NoReport(Exception):  # noqa: N818 - named for what a person reads
    """The run ended without a report; what it printed says why."""


@dataclass(frozen=True, slots=True)
class Order:
    """What to certify, and with what."""

    adapter: str
    """`NAME` or `NAME:ARGUMENT`."""
    editions: Sequence[str]
    """Empty: all that the adapter offers."""
    postgres: str | None
    patience: float
    tarball: Path | None = None
    """The package of another language, which has a copy in the folder that the run works in."""


def hermetic_report(python: Path, folder: Path, order: Order) -> Report:
    """Return the report of a whole run by `python`, which works in `folder`.

    What it prints goes to standard error. Raises `NoReport`.
    """
    work, out = folder / "work", folder / "report"
    work.mkdir()
    if order.tarball is not None:
        shutil.copy(order.tarball, work)
    done = subprocess.run(  # noqa: S603 - a Python that was made for this
        command(python, work, out, order),
        cwd=work,
        env=environment(os.environ, folder / "cache"),
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr.fileno(),
        check=False,
    )
    try:
        return read_report((out / "report.json").read_bytes())
    except FileNotFoundError:
        raise NoReport(
            f"the run ended with status {done.returncode} and without a report; what it printed "
            "says why."
        ) from None


def command(python: Path, work: Path, out: Path, order: Order) -> Sequence[str]:
    """Return the command line of the child."""
    plugins = [word for plugin in _PLUGINS for word in ("-p", plugin)]
    words = [
        *(str(python), "-I", "-m", "pytest", "-q", "-c", str(_SETTINGS), f"--rootdir={work}"),
        *("--noconftest", *plugins, "-p", "no:cacheprovider", "--tb=short"),
        *(f"--flue-adapter={order.adapter}", "--flue-profile=standard", f"--flue-report={out}"),
        f"--flue-edition={','.join(order.editions) or 'all'}",
    ]
    if order.postgres is not None:
        words.append(f"--flue-postgres={order.postgres}")
    if order.patience != 1:
        words.append(f"--flue-patience={order.patience:g}")
    return words


def environment(variables: Mapping[str, str], cache: Path) -> dict[str, str]:
    """Return what the child gets of these variables; nothing that could change a run.

    What it caches, such as packages of other languages, lies in a folder of its own: those of the
    user may have been edited.
    """
    kept = {
        name: value
        for name, value in variables.items()
        if name.upper() in _VARIABLES or name.upper().startswith(_PREFIXES)
    }
    return {
        **kept,
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTHONUTF8": "1",
        "XDG_CACHE_HOME": str(cache),
    }
