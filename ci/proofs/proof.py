"""What a proof is, and how its steps are made."""

from __future__ import annotations

import subprocess
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TypeAlias

ROOT = Path(__file__).resolve().parent.parent.parent

Counts: TypeAlias = Counter[str]


@dataclass(frozen=True, slots=True)
class Step:
    """One command, whose exit status 0 says that it showed what it had to."""

    name: str
    command: Sequence[str]
    counted: Callable[[str], Counts]
    """From what the command printed to what it counted."""


@dataclass(frozen=True, slots=True)
class Proof:
    """Steps that all have to hold."""

    name: str
    seed: str
    steps: Sequence[Step]
    at_once: int = 1
    """How many steps are made at a time."""
    failures: int = 1
    """After so many steps that failed no further one begins."""


@dataclass(frozen=True, slots=True)
class Made:
    """What became of a step."""

    step: Step
    held: bool
    printed: str


def make(proof: Proof, steps: Sequence[Step]) -> Iterator[Made]:
    """Make these steps of a proof, and yield each when it is through."""
    failures = 0
    waiting = iter(steps)
    with ThreadPoolExecutor(proof.at_once) as pool:
        running = {pool.submit(_made, step) for step in islice(waiting, proof.at_once)}
        while running:
            through = next(as_completed(running))
            running.remove(through)
            made = through.result()
            failures += not made.held
            if failures < proof.failures:
                running |= {pool.submit(_made, step) for step in islice(waiting, 1)}
            yield made


def _made(step: Step) -> Made:
    ran = subprocess.run(step.command, cwd=ROOT, capture_output=True, text=True, check=False)
    return Made(step, held=ran.returncode == 0, printed=ran.stdout + ran.stderr)
