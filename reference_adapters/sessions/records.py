"""A session record taken apart into header, entries and images, and put together again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, cast

from flue_conformance.contract import JsonValue, MalformedRecord, SessionData, json_text
from reference_adapters.dialects import Dialect
from reference_adapters.images import Images, join_images, split_images

_IMAGE_ROLES: Final = frozenset({"user", "toolResult"})


@dataclass(frozen=True, slots=True)
class SplitRecord:
    """What the tables hold of one session, as JSON text; entries and images by entry id."""

    header: str
    entries: Mapping[str, tuple[int, str]]
    images: Mapping[str, Images]


def split_record(data: JsonValue, dialect: Dialect) -> SplitRecord:
    """Take a session record apart.

    Raises `MalformedRecord` unless each entry has an id of its own, `UnstorableText` for an id that
    the database cannot hold, and `TypeError` or `ValueError` for data that is no JSON.
    """
    if not isinstance(data, dict):
        raise MalformedRecord("Malformed session: it is no object.")
    header = json_text({name: value for name, value in data.items() if name != "entries"})
    entries: dict[str, tuple[int, str]] = {}
    images: dict[str, Images] = {}
    for position, entry in enumerate(_entries(data)):
        entry_id = _entry_id(entry)
        if entry_id in entries:
            raise MalformedRecord(f"Malformed session: two entries have the id {entry_id!r}.")
        dialect.check_text(entry_id)
        kept, apart = _without_images(entry) if dialect.keeps_images_apart else (entry, {})
        entries[entry_id] = (position, json_text(kept))
        if apart:
            images[entry_id] = apart
    return SplitRecord(header, entries, images)


def put_images_back(
    entries: Mapping[str, JsonValue], images: Mapping[str, Images]
) -> dict[str, JsonValue]:
    """Return the entries with the data of their images; both by entry id.

    Raises `MalformedRecord` for entries and images that do not belong together.
    """
    if not images.keys() <= entries.keys():
        raise MalformedRecord("Malformed session: it has image data of entries that it lacks.")
    return {
        entry_id: _with_images(entry, images.get(entry_id, {}))
        for entry_id, entry in entries.items()
    }


def join_record(header: JsonValue, entries: Iterable[JsonValue]) -> SessionData:
    """Put a session record together; raises `MalformedRecord` for a header that is none."""
    if not isinstance(header, dict) or "entries" in header:
        raise MalformedRecord("Malformed session: its header is no object without entries.")
    return cast("SessionData", {**header, "entries": list(entries)})


def content_blocks(entry: JsonValue) -> Sequence[JsonValue]:
    """Return the content blocks of an entry that may be images."""
    message = entry.get("message") if isinstance(entry, dict) else None
    if not isinstance(message, dict) or entry.get("type") != "message":
        return []
    content = message.get("content")
    if message.get("role") in _IMAGE_ROLES and isinstance(content, list | tuple):
        return content
    return []


def _entries(data: Mapping[str, JsonValue]) -> Sequence[JsonValue]:
    entries = data.get("entries")
    if not isinstance(entries, list | tuple):
        raise MalformedRecord("Malformed session: its entries are no list.")
    return entries


def _entry_id(entry: JsonValue) -> str:
    entry_id = entry.get("id") if isinstance(entry, dict) else None
    if not isinstance(entry_id, str):
        raise MalformedRecord("Malformed session: an entry has no id.")
    return entry_id


def _without_images(entry: JsonValue) -> tuple[JsonValue, Images]:
    marked, images = split_images(content_blocks(entry))
    return (_with_content(entry, marked), images) if images else (entry, {})


def _with_images(entry: JsonValue, images: Images) -> JsonValue:
    blocks = content_blocks(entry)
    joined = join_images(blocks, images)
    return entry if joined == blocks else _with_content(entry, joined)


def _with_content(entry: JsonValue, content: Sequence[JsonValue]) -> JsonValue:
    return {**entry, "message": {**entry["message"], "content": content}}
