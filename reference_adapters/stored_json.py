"""Reading JSON that lies in a text column."""

from __future__ import annotations

from flue_conformance.contract import JsonValue, MalformedRecord, json_value


def stored_json(stored: object, what: str) -> JsonValue:
    """Return the JSON value of a column; `what` is the record that errors name.

    Raises `MalformedRecord` when the column holds no text or the text no JSON.
    """
    if not isinstance(stored, str):
        raise MalformedRecord(f"Malformed {what}: it is not stored as text.")
    try:
        return json_value(stored)
    except (ValueError, RecursionError) as error:
        raise MalformedRecord(f"Malformed {what}: it is not JSON ({error}).") from None
