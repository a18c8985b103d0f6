"""The model as an oracle: long play, and the checker of histories beside brute force."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator

from flue_conformance.specs import histories, sequences
from proofs.proof import Counts, Proof, Step
from proofs.runs import ON_TWO, pytest_counts, spec_modules


def oracle_proofs(adapters: list[str]) -> Iterator[Proof]:
    """Have the model find nothing where nothing is, and the checker agree with brute force."""
    specs = [*spec_modules(sequences), *spec_modules(histories)]
    for adapter in adapters:
        name = f"soak of sequences and histories on {adapter}"
        command = (*ON_TWO, "--flue-profile=soak", f"--flue-adapter={adapter}", *specs)
        yield Proof(name, "0", [Step(name, command, pytest_counts)])
    yield Proof(
        "checker beside brute force",
        "-",
        [
            Step(f"{count} operations of {kinds} kinds", _every_history(count, kinds), _agreed)
            for count, kinds in ((5, 8), (6, 5))
        ],
    )


def _every_history(count: int, kinds: int) -> list[str]:
    return [sys.executable, "-m", "tests.harness.every_history", str(count), str(kinds)]


def _agreed(printed: str) -> Counts:
    return Counter({"histories": int(printed.split(maxsplit=1)[0])})
