"""Records as they are stored: JSON text in UTF-8."""

from __future__ import annotations

from flue_conformance.contract import JsonValue, MalformedRecord, json_text, json_value


def as_bytes(value: JsonValue) -> bytes:
    """Return a JSON value as it is stored; raises `TypeError` or `ValueError` where it is none."""
    return json_text(value).encode()


def as_value(stored: bytes, what: str) -> JsonValue:
    """Return the JSON value that is stored; `what` is the record that errors name.

    Raises `MalformedRecord` where it is none.
    """
    try:
        return json_value(stored.decode())
    except (ValueError, RecursionError) as error:
        raise MalformedRecord(f"Malformed {what}: it is not JSON ({error}).") from None
