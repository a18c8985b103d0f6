"""Compares the checker with brute force on more histories than tests have time for.

    python -m tests.harness.every_history 6 4

takes every history of six operations that are among the first four of `SEEN`.
"""

from __future__ import annotations

import sys

from tests.harness.brute_force import SEEN, histories
from tests.harness.test_linearizability import agree


def main() -> None:
    """Run the command line; raises `AssertionError` for the first disagreement."""
    count, kinds = (int(argument) for argument in sys.argv[1:])
    compared = 0
    for operations in histories(count, SEEN[:kinds]):
        agree(operations)
        compared += 1
    sys.stdout.write(f"{compared} agreed\n")


if __name__ == "__main__":
    main()
