"""Sessions: a record is one value, so whoever reads sees one version whole. SESSION-10."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, cast

from flue_adapter_redis.database import Database
from flue_adapter_redis.keys import can_store
from flue_adapter_redis.stored import as_bytes, as_value
from flue_conformance.contract import JsonValue, MalformedRecord, SessionData, check_image_sizes

_IMAGE_ROLES: Final = frozenset({"user", "toolResult"})


class SessionStore:
    """The `SessionStore` of both editions."""

    def __init__(self, database: Database, edition: str) -> None:
        self._database = database
        self._limits_images = edition != "0.10"

    async def save(self, id: str, data: SessionData) -> None:  # noqa: A002 - Flue's name
        """Replace the record. SESSION-02, SESSION-03, SESSION-07 to SESSION-13, SESSION-19.

        Raises `ImageTooLarge` for an image over the limit (SESSION-20), `UnstorableText` for an id
        with half a character, and `TypeError` or `ValueError` for data that is no JSON; nothing
        changes then.
        """
        if self._limits_images:
            check_image_sizes(_blocks(data))
        await self._database.tell("SET", self._key(id), as_bytes(data))

    async def load(self, id: str) -> SessionData | None:  # noqa: A002 - Flue's name
        """Return the record, or None; raises `MalformedRecord`. SESSION-01, -05, -14."""
        stored = await self._database.ask("GET", self._key(id)) if can_store(id) else None
        if stored is None:
            return None
        record = as_value(stored, "session")
        if not isinstance(record, dict):
            raise MalformedRecord("Malformed session: it is no object.")
        return cast("SessionData", record)

    async def delete(self, id: str) -> None:  # noqa: A002 - Flue's name
        """Remove the record, if there is one. SESSION-04."""
        if can_store(id):
            await self._database.tell("UNLINK", self._key(id))

    def _key(self, name: str) -> bytes:
        return self._database.key("session", name)


def _blocks(data: JsonValue) -> Iterator[JsonValue]:
    """Return the content blocks of a record that may be images, whatever else it holds."""
    entries = data.get("entries") if isinstance(data, dict) else None
    for entry in entries if isinstance(entries, list | tuple) else ():
        message = entry.get("message") if isinstance(entry, dict) else None
        if isinstance(message, dict) and message.get("role") in _IMAGE_ROLES:
            content = message.get("content")
            yield from content if isinstance(content, list | tuple) else ()
