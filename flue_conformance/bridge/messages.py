"""JSON-RPC 2.0 messages: one JSON object a line, in ASCII with escapes."""

from __future__ import annotations

import json
import re
from typing import Any, Final

from flue_conformance.bridge.values import restored
from flue_conformance.contract.json_text import JsonValue

PARSE_ERROR: Final = -32700
INVALID_REQUEST: Final = -32600
METHOD_NOT_FOUND: Final = -32601
INVALID_PARAMS: Final = -32602
ADAPTER_ERROR: Final = -32000
"""The adapter, or a callback, raised."""
TOO_LONG: Final = -32001
FOREIGN_RESULT: Final = -32002
"""The adapter returned what has no wire form; the message shows it."""
ENDED_ABRUPTLY: Final = -32003

CANCEL: Final = "cancel"
"""The notification that the sender gave up one of its requests, whose id it holds."""

_OWN_ID: Final = re.compile(rb'\{\s*(?:"jsonrpc"\s*:\s*"2\.0"\s*,\s*)?"id"\s*:\s*([0-9]{1,15})\s*,')


def _refuse_constant(name: str) -> JsonValue:
    raise ValueError(f"{name} is no JSON value")


# ASCII with escapes: unpaired surrogates survive, and characters are bytes.
encoded: Final = json.JSONEncoder(ensure_ascii=True, separators=(",", ":")).encode
_decoded: Final = json.JSONDecoder(parse_constant=_refuse_constant).decode


def request(number: int, method: str, params: JsonValue) -> bytes:
    """Return the line of a request."""
    return (
        f'{{"jsonrpc":"2.0","id":{number},"method":"{method}","params":{encoded(params)}}}\n'
    ).encode("ascii")


def notification(method: str, params: JsonValue) -> bytes:
    """Return the line of a notification."""
    return f'{{"jsonrpc":"2.0","method":"{method}","params":{encoded(params)}}}\n'.encode("ascii")


def answer(number: int, result: str) -> bytes:
    """Return the line that answers a request with the text of a result."""
    return f'{{"jsonrpc":"2.0","id":{number},"result":{result}}}\n'.encode("ascii")


def refusal(number: int | None, code: int, message: str, data: JsonValue = None) -> bytes:
    """Return the line that answers a request with an error; None: it is not known which."""
    error = {"code": code, "message": message} | ({} if data is None else {"data": data})
    return f'{{"jsonrpc":"2.0","id":{encoded(number)},"error":{encoded(error)}}}\n'.encode("ascii")


def parsed(line: bytes) -> dict[str, Any]:
    """Return the message of a line; raises `ValueError` when it is none."""
    try:
        message = _decoded(line.decode("utf-8"))
    except RecursionError:
        raise ValueError("JSON that is nested too deep") from None
    if not isinstance(message, dict):
        raise ValueError("a message is a JSON object")  # noqa: TRY004 - of the line, not of a type
    # The wire forms of special values have a member whose name begins so.
    if b'"$' in line:
        for part in ("params", "result"):
            if part in message:
                message[part] = restored(message[part])
    return message


def number_in(head: bytes) -> int | None:
    """Return the id at the beginning of a message, if it stands there."""
    found = _OWN_ID.match(head)
    return int(found.group(1)) if found else None
