"""How often a broken adapter is caught by the specs of its rule, each time with another seed.

`python -m flue_wrong_adapters.kill_counts NAME`: tells of those runs that it survived.
"""

from __future__ import annotations

import argparse
import re
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
    of_its_rule = [f"--flue-rule={broken.rule}"]
    # A spec has a random of its own, so it may be asked alone: the one that caught it last, first.
    asked = [of_its_rule]
    found = []
    for seed in range(1, runs + 1):
        for specs in asked:
            caught_by = _caught_by(broken, specs, seed, folder)
            if caught_by:
                asked = [[caught_by], of_its_rule]
                break
        else:
            found.append(seed)
    return found


def _caught_by(broken: Broken, specs: list[str], seed: int, folder: Path) -> str | None:
    """Return the node id of the first of some specs that catches an adapter."""
    arguments = ["-x", "--flue-postgres=local", f"--flue-seed={seed}", *specs]
    name = re.sub(r"[^a-z0-9]+", "-", f"{broken.name} {seed} {specs[0].partition('::')[2]}")
    run = Run(name, [f"broken:{broken.name}"], arguments)
    shown = trials([run], folder, jobs=1)
    kills = own_kills(broken, shown)
    editions = [one.edition for one in shown[broken.name] if one.spec in kills]
    return f"{kills[0]}[{broken.name}-{editions[0]}]" if kills else None


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
