"""`Ground`: a database that many generated sequences share."""

from __future__ import annotations

from dataclasses import dataclass, field

from flue_conformance.specs.support.database import Database, Handle
from flue_conformance.specs.support.shrinking import Shrinking


@dataclass(slots=True, repr=False)
class Ground:
    """One database, on which sequences have key spaces of their own.

    It is not spelled by its members: hypothesis spells what a failing sequence was played on, and
    these lead to every object of a run.
    """

    database: Database
    handles: list[Handle]
    spaces: int = 0
    littered: bool = False
    """Whether a sequence that failed left unsettled work behind."""
    shrinking: Shrinking = field(default_factory=Shrinking)

    def space(self) -> str:
        """Return what no name of another sequence begins with."""
        self.spaces += 1
        return f"{self.spaces:x}."
