"""The steps of a session deletion: mark, beat, and the two ways in which it ends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from flue_adapter_redis import clock
from flue_adapter_redis.database import Database
from flue_adapter_redis.fields import hash_of
from flue_conformance.contract import SessionBusy

OWNER: Final = "owner:"
"""What the field of a running deletion begins with; its value counts its beats."""


@dataclass(frozen=True, slots=True)
class DeletionRef:
    """One deletion of a session; `owner` tells it from others of the same session."""

    session_key: str
    owner: str


class DeletionSteps:
    """The steps on one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def mark(self, deletion: DeletionRef) -> int:
        """Bar the session from admission, in the name of `owner`; return since when.

        Raises `SessionBusy` while anything of the session is queued or running. DELETION-01, -02.
        """
        since = await self._database.write(
            "mark_deletion", deletion.session_key, deletion.owner, clock.now()
        )
        if since is None:
            raise SessionBusy(
                f"The session {deletion.session_key!r} has submissions that are queued or running; "
                "once they are settled it can be deleted."
            )
        return int(since)

    async def beat(self, deletion: DeletionRef) -> None:
        """Show that the deletion goes on."""
        await self._database.write("beat_deletion", deletion.session_key, deletion.owner)

    async def others(self, deletion: DeletionRef) -> dict[str, int]:
        """Return who else deletes the session, and how often each has beaten."""
        key = self._database.key("marker", deletion.session_key)
        marker = hash_of(await self._database.ask("HGETALL", key))
        return {
            field.removeprefix(OWNER): int(beats)
            for field, beats in marker.items()
            if field.startswith(OWNER) and field != OWNER + deletion.owner
        }

    async def give_up(self, deletion: DeletionRef, silent: Mapping[str, int]) -> None:
        """End a deletion whose callback failed: nothing is deleted. DELETION-09, DELETION-12."""
        await self._database.write(
            "give_up_deletion", deletion.session_key, deletion.owner, *_in_turn(silent)
        )

    async def finish(
        self, deletion: DeletionRef, silent: Mapping[str, int], marked_at: int
    ) -> None:
        """Remove what was settled when the session was marked. DELETION-06 to -08, -14, -16."""
        await self._database.write(
            "finish_deletion",
            deletion.session_key,
            deletion.owner,
            marked_at,
            clock.now(),
            *_in_turn(silent),
        )


def _in_turn(silent: Mapping[str, int]) -> list[str | int]:
    return [word for owner, beats in silent.items() for word in (owner, beats)]
