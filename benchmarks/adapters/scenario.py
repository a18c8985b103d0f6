"""What a scenario is, and the list of them all."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from random import Random
from typing import TypeAlias

from benchmarks.adapters.twins import Fill
from flue_conformance.contract import Stores

Call: TypeAlias = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Turn:
    """One repetition: the stores, its number from 0 (a warm-up), how many rows there are."""

    stores: Stores
    number: int
    rows: int
    random: Random


Prepare: TypeAlias = Callable[[Turn], Awaitable[Call]]


@dataclass(frozen=True, slots=True)
class Scenario:
    """`prepare` makes the untimed calls of a turn and returns the timed one."""

    name: str
    sentence: str
    fill: Fill
    prepare: Prepare
    at_most: float
    """Repetitions that are enough, however many are asked for."""


SCENARIOS: list[Scenario] = []


def scenario(fill: Fill, at_most: float = math.inf) -> Callable[[Prepare], Prepare]:
    """Register a scenario named after the function; its docstring says what is timed."""

    def register(prepare: Prepare) -> Prepare:
        name = prepare.__name__.replace("_", "-")
        sentence = " ".join((prepare.__doc__ or "").split())
        SCENARIOS.append(Scenario(name, sentence, fill, prepare, at_most))
        return prepare

    return register
