"""How often a broken adapter is caught by the specs of its rule, each time with another seed.

`python -m flue_wrong_adapters.kill_counts NAME`: tells of those runs that it survived.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from flue_wrong_adapters.broken import BROKEN
from flue_wrong_adapters.catalogue import Broken
from flue_wrong_adapters.matrix import own_kills
from flue_wrong_adapters.trials import Run, trials


def survived(broken: Broken, runs: int, folder: Path) -> list[int]:
    """Return the seeds, of 1 to `runs`, with which nothing catches an adapter.

    A run whose outcomes the folder has already is not done again.
    """
    asked = ["-x", f"--flue-rule={broken.rule}", "--flue-postgres=local"]
    found = []
    for seed in range(1, runs + 1):
        run = Run(
            f"{broken.name}-{seed}", [f"broken:{broken.name}"], [*asked, f"--flue-seed={seed}"]
        )
        if not own_kills(broken, trials([run], folder, jobs=1)):
            found.append(seed)
    return found


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m flue_wrong_adapters.kill_counts", description=__doc__
    )
    parser.add_argument("name", choices=BROKEN, metavar="NAME", help="the broken adapter")
    parser.add_argument("--runs", type=int, default=20, help="how often it meets the specs")
    parser.add_argument("--least", type=int, default=19, help="how often it has to be caught")
    parser.add_argument("--folder", type=Path, help="keep outcomes here, and resume from them")
    given = parser.parse_args()
    broken = BROKEN[given.name]
    with tempfile.TemporaryDirectory() as scratch:
        seeds = survived(broken, given.runs, given.folder or Path(scratch))
    caught = given.runs - len(seeds)
    told = f"; survived with seeds {', '.join(map(str, seeds))}" if seeds else ""
    sys.stdout.write(f"{broken.name} ({broken.rule}): {given.runs} runs, {caught} caught{told}\n")
    sys.exit(caught < given.least)


if __name__ == "__main__":
    main()
