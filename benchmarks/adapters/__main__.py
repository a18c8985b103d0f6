"""`python -m benchmarks.adapters`, from a checkout in which the project is installed."""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Callable, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import benchmarks.adapters.scenarios  # noqa: F401 - fills the list
from benchmarks.adapters import table
from benchmarks.adapters.scenario import SCENARIOS, Scenario
from benchmarks.adapters.timing import measure
from benchmarks.adapters.twins import BACKENDS, open_twins
from flue_conformance.backends import NotAvailable, Settings


def main() -> None:
    """Run the chosen scenarios, print a table for each adapter and write JSON where asked."""
    options = _options()
    chosen = [each for each in SCENARIOS if not options.only or each.name in options.only]
    results: list[dict[str, Any]] = []
    for adapter in options.adapter or BACKENDS:
        try:
            results += asyncio.run(_run(adapter, chosen, options))
        except NotAvailable as reason:
            if options.adapter:
                raise SystemExit(str(reason)) from None
            print(f"\n{adapter}: {reason}")
    if options.json:
        options.json.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")


async def _run(
    adapter: str, scenarios: Sequence[Scenario], options: argparse.Namespace
) -> list[dict[str, Any]]:
    backend = BACKENDS[adapter].configure(None, Settings())
    await backend.start()
    print(f"\n{adapter}, {options.rows} rows\n{table.HEADER}")
    results = []
    try:
        for fill, alike in groupby(scenarios, key=lambda each: each.fill):
            async with open_twins(adapter, backend, fill, options.rows) as twins:
                for each in alike:
                    timing = await measure(
                        each, twins, rows=options.rows, rounds=options.rounds, seed=options.seed
                    )
                    print(table.line(each, timing), flush=True)
                    about = {"adapter": adapter, "rows": options.rows, "seed": options.seed}
                    named = {"scenario": each.name, "sentence": each.sentence}
                    results.append({**about, **named, **timing.as_json()})
    finally:
        await backend.stop()
    return results


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.adapters",
        description="Time the reference adapters beside their bare drivers.",
        epilog="\n".join(f"{each.name:32}{each.sentence}" for each in SCENARIOS),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    names = [each.name for each in SCENARIOS]
    parser.add_argument("--adapter", action="append", choices=BACKENDS)
    parser.add_argument("--only", action="append", choices=names, metavar="NAME")
    parser.add_argument("--rows", type=_at_least(200), default=100_000)
    parser.add_argument("--rounds", type=_at_least(1), default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path, metavar="FILE")
    return parser.parse_args()


def _at_least(least: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        if (value := int(text)) < least:
            raise argparse.ArgumentTypeError(f"{text} is less than {least}")
        return value

    return number


if __name__ == "__main__":
    main()
