"""Every proof there is."""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import cycle
from pathlib import Path
from typing import Final

from flue_conformance.rules import EDITIONS
from flue_conformance.specs import crashes, races
from flue_wrong_adapters.broken import BROKEN
from flue_wrong_adapters.unusual import UNUSUAL
from proofs.official import official
from proofs.oracle import oracle_proofs
from proofs.proof import ROOT, Counts, Proof, Step
from proofs.runs import CORES, ON_TWO, PYTEST, TEST_GROUP, pytest_counts, spec_modules

RUNS: Final = 20
"""How often in a row a reference adapter holds, and a broken one meets its rule."""
UNUSUAL_RUNS: Final = 5
"""How often an unusual adapter holds."""
LEAST: Final = 19
"""Of how many of its runs a broken adapter may not come out."""
LEVELS: Final[Mapping[str, str]] = {
    "memory": "ephemeral",
    "sqlite": "single-host",
    "postgres": "multi-replica",
}
"""What each reference adapter has to earn."""

_PAGE: Final = ROOT / "docs" / "kill-matrix.md"


def proofs(folder: Path) -> Iterator[Proof]:
    """Return every proof; `folder` is for what commands keep between interruptions."""
    for adapter in LEVELS:
        yield _in_a_row(adapter)
    yield _kill_matrix(folder)
    for module, names in _alone().items():
        yield _kill_counts(module, names, folder)
    yield _unusual()
    yield official()
    yield from oracle_proofs(LEVELS)


def _in_a_row(adapter: str) -> Proof:
    """Have a reference adapter earn its level again and again, in either edition by turns."""
    asked = (f"--flue-adapter={adapter}", f"--flue-require={LEVELS[adapter]}")
    return Proof(
        f"{RUNS} runs in a row on {adapter}",
        f"1 to {RUNS}",
        [
            Step(
                f"{adapter} {edition} with seed {seed}",
                (*ON_TWO, *asked, f"--flue-edition={edition}", f"--flue-seed={seed}"),
                pytest_counts,
            )
            for seed, edition in zip(range(1, RUNS + 1), cycle(EDITIONS))
        ],
    )


def _kill_matrix(folder: Path) -> Proof:
    matrix = (sys.executable, "-m", "flue_wrong_adapters.matrix", "--scope=catalogue")
    kept = ("--folder", str(folder / "kill-matrix"), "--write", str(_PAGE))
    return Proof("kill matrix", "0", [Step("kill matrix", (*matrix, *kept), _matrix_counts)])


def _kill_counts(module: str, names: Sequence[str], folder: Path) -> Proof:
    """Have each adapter of a module caught by the specs of its rule, nearly every time."""
    counts = (sys.executable, "-m", "flue_wrong_adapters.kill_counts")
    asked = ("--runs", str(RUNS), "--least", str(LEAST), "--folder", str(folder / "kill-counts"))
    return Proof(
        f"kill counts of {module}",
        f"1 to {RUNS}",
        [Step(name, (*counts, *asked, name), _caught_counts) for name in names],
        at_once=CORES,
        failures=len(names),
    )


def _alone() -> Mapping[str, Sequence[str]]:
    """Return the adapters that behave well alone, by the module that they are in.

    Those that no spec was written for are left to the model: it needs luck.
    """
    modules: dict[str, list[str]] = {}
    for name, broken in BROKEN.items():
        if broken.well_behaved_alone and not broken.beyond_specs:
            modules.setdefault(broken.wrapper.__module__.rpartition(".")[2], []).append(name)
    return modules


def _unusual() -> Proof:
    """Have unusual adapters hold where processes race and crash; none of them is ephemeral then."""
    specs = [*spec_modules(races), *spec_modules(crashes)]
    adapters = {
        name: f"{name}@sqlite" if unusual.place == "memory" else name
        for name, unusual in UNUSUAL.items()
    }
    command = (*TEST_GROUP, *PYTEST, *specs)
    return Proof(
        f"unusual adapters, {UNUSUAL_RUNS} runs",
        f"1 to {UNUSUAL_RUNS}",
        [
            Step(
                f"{name} with seed {seed}",
                (*command, f"--flue-adapter=unusual:{adapter}", f"--flue-seed={seed}"),
                pytest_counts,
            )
            for name, adapter in adapters.items()
            for seed in range(1, UNUSUAL_RUNS + 1)
        ],
        at_once=CORES,
        failures=len(adapters),
    )


def _caught_counts(printed: str) -> Counts:
    found = re.findall(r"(\d+) (runs|caught)", printed)
    return Counter({word: int(number) for number, word in found})


def _matrix_counts(_: str) -> Counts:
    line = next(line for line in _PAGE.read_text().splitlines() if "survivors" in line)
    found = re.findall(r"(\d+) (broken adapters|survivors|unusual adapters|wronged)", line)
    return Counter({what: int(number) for number, what in found})
