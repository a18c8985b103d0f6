"""The model as an oracle: long play, and the checker of histories beside brute force."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from flue_conformance.specs import histories, sequences
from flue_wrong_adapters.unusual import UNUSUAL
from proofs.proof import Counts, Proof, Step
from proofs.runs import CORES, PYTEST, TEST_GROUP, pytest_counts, spec_modules

SOAKS: Final[Mapping[str, int]] = {"memory": 12, "sqlite": 4, "postgres": 1}
"""With how many seeds a reference adapter is soaked: half an hour."""
SEEDS: Final = 13
"""With how many seeds an unusual adapter meets sequences and histories: about two minutes."""
SLOW_SEEDS: Final = 3
"""Likewise one on a server, or one that takes its time."""

_EDITIONS: Final = ("--flue-edition=all",)


def oracle_proofs(adapters: Iterable[str]) -> Iterator[Proof]:
    """Have the model find nothing where nothing is, and the checker agree with brute force."""
    specs = [*spec_modules(sequences), *spec_modules(histories)]
    for adapter in adapters:
        seeds = SOAKS[adapter]
        soaked = (*PYTEST, *_EDITIONS, "--flue-profile=soak", f"--flue-adapter={adapter}", *specs)
        yield Proof(
            f"soak of sequences and histories on {adapter}",
            f"1 to {seeds}",
            [
                Step(f"{adapter} with seed {seed}", (*soaked, f"--flue-seed={seed}"), pytest_counts)
                for seed in range(1, seeds + 1)
            ],
            at_once=CORES,
        )
    anew = (*TEST_GROUP, *PYTEST, *_EDITIONS, *specs)
    yield Proof(
        "soak of sequences and histories on unusual adapters",
        f"1 to {SEEDS}, or {SLOW_SEEDS}",
        [
            Step(
                f"{name} with seed {seed}",
                (*anew, f"--flue-adapter=unusual:{name}", f"--flue-seed={seed}"),
                pytest_counts,
            )
            for name in UNUSUAL
            for seed in range(1, 1 + (SLOW_SEEDS if _is_slow(name) else SEEDS))
        ],
        at_once=CORES,
        failures=len(UNUSUAL),
    )
    yield Proof(
        "checker beside brute force",
        "-",
        [
            Step(f"{count} operations of {kinds} kinds", _every_history(count, kinds), _agreed)
            for count, kinds in ((5, 8), (6, 5))
        ],
    )


def _is_slow(name: str) -> bool:
    return UNUSUAL[name].place != "memory" or name == "takes-its-time"


def _every_history(count: int, kinds: int) -> list[str]:
    return [sys.executable, "-m", "tests.harness.every_history", str(count), str(kinds)]


def _agreed(printed: str) -> Counts:
    return Counter({"histories": int(printed.split(maxsplit=1)[0])})
