"""Runs of the specs on wrong adapters, each in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from flue_wrong_adapters.outcomes import VARIABLE, Shown, read

GROUP = "flue.adapters.test"
_TIMES_OUT_S = 1800
_TESTS_FAILED = 1


@dataclass(frozen=True, slots=True)
class Run:
    """One process of pytest on some adapters, such as `broken:NAME`."""

    name: str
    adapters: Sequence[str]
    arguments: Sequence[str] = ()


class TrialFailed(Exception):  # noqa: N818 - named for what a person reads
    """pytest came to no verdict; the message is what it printed."""


def trial(adapters: Iterable[str], outcomes: Path, *arguments: str) -> list[Shown]:
    """Run the specs on adapters such as `broken:NAME`; returns what they showed.

    Raises `TrialFailed` where pytest ended in another way than with passed or failed specs.
    """
    unfinished = outcomes.with_suffix(".unfinished")
    unfinished.unlink(missing_ok=True)
    command = [sys.executable, "-m", "pytest", "-q", "--tb=no", "-p", "no:cacheprovider"]
    command += ["-p", "flue_wrong_adapters.outcomes", "-c", os.devnull, f"--rootdir={os.sep}"]
    command += ["-p", "flue_wrong_adapters.unshrunk"]
    command += [f"--flue-adapter={adapter}" for adapter in adapters]
    done = subprocess.run(
        [*command, *arguments],
        env={**os.environ, VARIABLE: str(unfinished), "FLUE_ADAPTER_GROUP": GROUP},
        capture_output=True,
        text=True,
        check=False,
        timeout=_TIMES_OUT_S,
    )
    if done.returncode not in (0, _TESTS_FAILED) or not unfinished.exists():
        raise TrialFailed(done.stdout + done.stderr)
    # Whole or not at all, so that a later run can rely on what is there.
    unfinished.replace(outcomes)
    return read(outcomes)


def trials(runs: Sequence[Run], folder: Path, *, jobs: int) -> dict[str, list[Shown]]:
    """Run the specs, `jobs` runs at a time; returns what they showed of each adapter by its name.

    A run whose outcomes the folder has already is not done again.
    """

    def shown(run: Run) -> list[Shown]:
        outcomes = folder / f"{run.name}.jsonl"
        if outcomes.exists():
            return read(outcomes)
        return trial(run.adapters, outcomes, *run.arguments)

    folder.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(jobs) as pool:
        told = [one for results in pool.map(shown, runs) for one in results]
    by_name: defaultdict[str, list[Shown]] = defaultdict(list)
    for one in told:
        by_name[one.adapter].append(one)
    return by_name
