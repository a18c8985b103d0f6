"""Times the whole catalogue on adapters, and prints where the time went."""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.catalogue.stopwatch import VARIABLE

_SLOWEST = 10
_NO_SPEC_RAN = 5


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.catalogue", description=__doc__)
    parser.add_argument("--adapter", action="append", metavar="NAME", help="repeatable")
    parser.add_argument("--rounds", type=int, default=1, help="runs of each; the median is shown")
    parser.add_argument("rest", nargs="*", help="arguments for pytest, behind --")
    given = parser.parse_args()
    for adapter in given.adapter or ["memory", "sqlite", "postgres"]:
        runs = [_run(adapter, given.rest) for _ in range(given.rounds)]
        runs.sort(key=lambda run: float(run["whole"]))
        sys.stdout.write("\n".join(_page(adapter, runs)) + "\n\n")


def _run(adapter: str, rest: Sequence[str]) -> dict[str, Any]:
    """Run the catalogue in a process of its own; returns what the stopwatch told."""
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder) / "stopwatch.json"
        plugin = ["-p", "benchmarks.catalogue.stopwatch"]
        done = subprocess.run(  # noqa: S603 - this very Python
            [sys.executable, "-m", "pytest", "-q", *plugin, f"--flue-adapter={adapter}", *rest],
            env={**os.environ, VARIABLE: str(told)},
            capture_output=True,
            text=True,
            check=False,
        )
        if not told.exists() or done.returncode == _NO_SPEC_RAN:
            sys.exit(done.stdout + done.stderr)
        measured: dict[str, Any] = json.loads(told.read_text())
        return {**measured, "last": done.stdout.splitlines()[-1]}


def _page(adapter: str, runs: Sequence[dict[str, Any]]) -> Iterator[str]:
    middle = runs[len(runs) // 2]
    whole = statistics.median(run["whole"] for run in runs)
    spread = f" ({runs[0]['whole']:.1f} to {runs[-1]['whole']:.1f})" if len(runs) > 1 else ""
    yield f"{adapter}: {whole:.1f} s{spread}; {middle['last'].strip('= ')}"
    shares = {
        "the database, executing statements": middle["statements"],
        "the adapter, apart from that": middle["calls"] - middle["statements"],
        "making and dropping databases": middle["databases"],
        "specs and the kit": middle["specs"] - middle["calls"] - middle["databases"],
        "pytest: start, collection, reports": middle["whole"] - middle["specs"],
    }
    for name, seconds in shares.items():
        yield f"  {name:<36} {seconds:6.2f} s  {100 * seconds / middle['whole']:3.0f} %"
    counts = ("call_count", "statement_count", "database_count")
    calls, statements, databases = (middle[name] for name in counts)
    yield f"  {calls} calls, {statements} statements, {databases} database operations"
    yield f"  the {_SLOWEST} slowest rules:"
    slowest = sorted(middle["rules"].items(), key=lambda entry: -entry[1])[:_SLOWEST]
    for rule, seconds in slowest:
        yield f"    {rule:<14} {seconds * 1000:6.0f} ms"


if __name__ == "__main__":
    main()
