"""Times the decision whether some order explains a history of five clients."""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Sequence

from flue_conformance.harness import Operation, check
from tests.harness.registers import Call, Registers, corrupted, history

_CLIENTS = 5
_UNKNOWN = 0.02


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.linearizability", description=__doc__
    )
    parser.add_argument("--operations", type=int, nargs="+", default=[1_000, 10_000])
    parser.add_argument("--keys", type=int, nargs="+", default=[1, 100])
    parser.add_argument("--rounds", type=int, default=3, help="histories of each sort")
    given = parser.parse_args()
    for count in given.operations:
        for keys in given.keys:
            made = [
                history(count, clients=_CLIENTS, keys=keys, unknown=_UNKNOWN, seed=seed)
                for seed in range(given.rounds)
            ]
            _print(count, keys, "explainable", made)
            _print(count, keys, "not explainable", [corrupted(each, 0) for each in made])


def _print(count: int, keys: int, sort: str, histories: Sequence[list[Operation[Call]]]) -> None:
    taken, answers = [], []
    for operations in histories:
        began = time.perf_counter()
        answers.append(check(operations, Registers()).answer)
        taken.append(time.perf_counter() - began)
    what = f"{count} operations on {keys} key{'s' if keys > 1 else ''}, {sort}"
    found = ", ".join(dict.fromkeys(answers))
    print(f"{what:<52} {statistics.median(taken):8.3f} s (at most {max(taken):.3f}) {found}")


if __name__ == "__main__":
    main()
