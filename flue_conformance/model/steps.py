"""`Step`: one thing that the contract lets a call do; and what is learned from what it returned."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from flue_conformance.model.relations import MISFIT, Pattern, learned
from flue_conformance.model.state import State


@dataclass(frozen=True, slots=True)
class Step:
    """The state after a call, what it returns, and the rules that say so, the foremost first."""

    state: State
    result: object
    rules: tuple[str, ...]

    def known(self, seen: object) -> State | None:
        """Return the state once it was seen what the call returned; None if it cannot be that."""
        known = learned(self.result, seen)
        if known is MISFIT:
            return None
        return known.kept_in(self.state) if isinstance(known, Pattern) else self.state


Steps: TypeAlias = Iterator[Step]
Method: TypeAlias = Callable[..., Steps]
