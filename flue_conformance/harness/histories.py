"""Histories: who called what, from when to when, and what came of it."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

CallT = TypeVar("CallT", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Operation(Generic[CallT]):
    """One call of a client, as that client saw it.

    `began` and `ended` are readings of one clock that never goes back. An operation without an end
    has an unknown outcome: its answer was lost, so it may have happened at any time since it began,
    or not at all.
    """

    client: str
    key: Hashable
    """What it is about; operations on different keys do not affect one another."""
    call: CallT
    began: int
    ended: int | None = None
    outcome: object = None
    """What came back: a value, or an error that the contract knows."""

    @property
    def certain(self) -> bool:
        """Whether it is known to have happened."""
        return self.ended is not None

    def precedes(self, other: Operation[CallT]) -> bool:
        """Return whether it was over before the other one began."""
        return self.ended is not None and self.ended < other.began


def by_key(
    operations: Iterable[Operation[CallT]],
) -> dict[Hashable, Sequence[Operation[CallT]]]:
    """Return the operations on each key, in the order in which they began."""
    parts: dict[Hashable, list[Operation[CallT]]] = {}
    for operation in sorted(operations, key=lambda each: each.began):
        parts.setdefault(operation.key, []).append(operation)
    return dict(parts)
