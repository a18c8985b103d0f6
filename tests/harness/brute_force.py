"""Every history of a few operations, and a search that tries every order of one."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations_with_replacement, product
from typing import TypeAlias

from flue_conformance.harness import Operation

from .registers import Call, Registers, applied

Seen: TypeAlias = Operation[Call]
Interval: TypeAlias = tuple[int, int]

LOST = "lost"
SEEN: Sequence[tuple[Call, object]] = (
    (("write", 1, 0), True),
    (("read", 0, 0), 0),
    (("read", 0, 0), 1),
    (("write", 1, 0), LOST),
    (("write", 0, 0), True),
    (("swap", 1, 0), True),
    (("swap", 0, 1), False),
    (("swap", 0, 1), LOST),
)
"""Calls of a register of 0 or 1, and what came back."""


def is_explainable(operations: Sequence[Seen], until: float = math.inf) -> bool:
    """Try every order, and every choice among operations whose outcome is unknown.

    What ended after `until` may be left out as well.
    """
    return _goes_on(0, list(operations), until)


def _goes_on(state: int, left: list[Seen], until: float) -> bool:
    if not any(each.ended is not None and each.ended <= until for each in left):
        return True
    for each in left:
        others = [other for other in left if other is not each]
        if any(other.precedes(each) for other in others):
            continue
        for after in Registers().after(state, each):
            if _goes_on(after, others, until):
                return True
    return False


def orders(count: int) -> Iterator[list[Interval]]:
    """Return so many intervals for each way in which they can overlap or follow one another.

    Where no point is spared, each way has exactly one such form: a triangular matrix that says how
    many intervals reach from one point to another, without an empty row or column.
    """
    for points in range(1, count + 1):
        cells = [(left, right) for left in range(points) for right in range(left, points)]
        for chosen in combinations_with_replacement(cells, count):
            lefts, rights = {left for left, _ in chosen}, {right for _, right in chosen}
            if len(lefts) == len(rights) == points:
                yield list(chosen)


def histories(count: int, seen: Sequence[tuple[Call, object]]) -> Iterator[list[Seen]]:
    """Return every history of so many operations, up to the names of clients."""
    for order in orders(count):
        same: dict[Interval, int] = {}
        for interval in order:
            same[interval] = same.get(interval, 0) + 1
        labels = [list(combinations_with_replacement(seen, times)) for times in same.values()]
        for chosen in product(*labels):
            yield [
                _operation(interval, call, outcome)
                for interval, several in zip(same, chosen, strict=True)
                for call, outcome in several
            ]


def _operation(interval: Interval, call: Call, outcome: object) -> Seen:
    begins, ends = interval
    operation = Operation("client", "register", call, 2 * begins, 2 * ends + 1, outcome)
    return replace(operation, ended=None, outcome=None) if outcome == LOST else operation


def replayed(order: Sequence[Seen]) -> bool:
    """Return whether a register, called in this order, returns what was seen."""
    state = 0
    for number, operation in enumerate(order):
        if any(later.precedes(operation) for later in order[number + 1 :]):
            return False
        came_back, state = applied(state, operation.call)
        if operation.certain and operation.outcome != came_back:
            return False
    return True
