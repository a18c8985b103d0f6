"""Where a stored session record lies, and what is damaged of it. SESSION-14."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from flue_conformance.backends import Planter
from flue_conformance.contract import json_value

_RECORDS: Final = "flue_sessions"
_ENTRIES: Final = "flue_session_entries"

NO_JSON: Final[Mapping[str, Callable[[str], str]]] = {
    "no text at all": lambda _: "",
    "words": lambda _: "not a record",
    "its first half alone": lambda text: text[: len(text) // 2],
    "all but its last brace": lambda text: text[:-1],
    "a brace too many": lambda text: f"{text}}}",
}
"""How to make JSON text none, each by what is left of it."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A row that holds JSON text of a session record."""

    table: str
    where: Mapping[str, object]
    text: str


async def pieces(planter: Planter, session_id: str) -> list[Piece]:
    """Return what a record is stored in: one text, or a header and a text an entry."""
    record, *_ = await planter.rows(_RECORDS, id=session_id)
    header = Piece(_RECORDS, {"id": session_id}, record["data"])
    if "entries" in json_value(header.text):
        return [header]
    entries = await planter.rows(_ENTRIES, session_id=session_id)
    return [
        header,
        *(
            Piece(_ENTRIES, {"session_id": session_id, "entry_id": row["entry_id"]}, row["data"])
            for row in entries
        ),
    ]


async def overwrite(planter: Planter, piece: Piece, text: str) -> None:
    """Store another text in a piece's place."""
    await planter.update(piece.table, piece.where, data=text)


async def overwrite_with_bytes(planter: Planter, piece: Piece) -> bool:
    """Store the same text as bytes; return whether the database let that happen."""
    try:
        await planter.update(piece.table, piece.where, data=piece.text.encode())
    except Exception:  # noqa: BLE001 - drivers of text columns refuse in their own ways
        return False
    row, *_ = await planter.rows(piece.table, **piece.where)
    return not isinstance(row["data"], str)
