"""`Ground`: a database that many generated sequences share."""

from __future__ import annotations

from dataclasses import dataclass

from flue_conformance.specs.support.database import Database, Handle


@dataclass(slots=True)
class Ground:
    """One database, on which sequences have key spaces of their own."""

    database: Database
    handles: list[Handle]
    spaces: int = 0
    littered: bool = False
    """Whether a sequence that failed left unsettled work behind."""

    def space(self) -> str:
        """Return what no name of another sequence begins with."""
        self.spaces += 1
        return f"{self.spaces:x}."
