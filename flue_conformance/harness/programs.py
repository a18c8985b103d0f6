"""Command lines that run a function of this package in another process of this Python."""

from __future__ import annotations

import json
import os
import sys
from typing import Final

_RUN: Final = "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from {} import main; main()"


def program(module: str) -> list[str]:
    """Return the command that runs `main` of a module, with this process's import path."""
    path = [os.path.abspath(entry) for entry in sys.path]  # noqa: PTH100 - "" is where we are
    return [sys.executable, "-c", _RUN.format(module), json.dumps(path)]
