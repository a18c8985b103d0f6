"""`Ground`: a database that many generated sequences share."""

from __future__ import annotations

from flue_conformance.specs.support.database import Database, Handle
from flue_conformance.specs.support.shrinking import Shrinking


class Ground:
    """One database, on which sequences have key spaces of their own.

    It is no dataclass: hypothesis spells one by its members, whatever its `__repr__` says, and
    these lead to every sequence that failed.
    """

    def __init__(self, database: Database, handles: list[Handle]) -> None:
        self.database = database
        self.handles = handles
        self.littered = False
        """Whether a sequence that failed left unsettled work behind."""
        self.shrinking = Shrinking()
        self.spaces = 0

    def space(self) -> str:
        """Return what no name of another sequence begins with."""
        self.spaces += 1
        return f"{self.spaces:x}."
