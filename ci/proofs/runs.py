"""Runs of pytest, and what they count."""

from __future__ import annotations

import re
import sys
from collections import Counter
from pathlib import Path
from types import ModuleType
from typing import Final

from proofs.proof import Counts

PYTEST: Final = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider")
"""A run that leaves nothing in the project."""
CORES: Final = 2
"""How many steps of one process each are made at a time."""
ON_TWO: Final = (*PYTEST, "-n", f"{CORES}")
TEST_GROUP: Final = ("env", "FLUE_ADAPTER_GROUP=flue.adapters.test")
"""Before a command on wrong or unusual adapters."""


def pytest_counts(printed: str) -> Counts:
    """Return how many specs came to what, from the last line of a run."""
    last = printed.strip().splitlines()[-1]
    return Counter({word: int(number) for number, word in re.findall(r"(\d+) ([a-z]+)", last)})


def spec_modules(package: ModuleType) -> list[str]:
    """Return the node ids of all modules of specs in a package such as `specs.races`."""
    folder = Path(package.__path__[0])
    return [f"flue.{folder.name}.{path.stem}" for path in sorted(folder.glob("[a-z]*.py"))]
