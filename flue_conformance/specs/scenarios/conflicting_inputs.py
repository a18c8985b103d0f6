"""Inputs that differ from one another, however little. ADMISSION-06, -07, -10."""

from __future__ import annotations

from typing import Any, Final, TypeVar, cast

from flue_conformance.contract import JsonValue

Input = TypeVar("Input")

LONG: Final = "0123456789" * 1000

VALUE: Final[dict[str, Any]] = {
    "number": 42,
    "flag": True,
    "text": "é",
    "list": [1, 2],
    "great": 2**53 - 1,
    "fraction": 0.1,
    "nothing": None,
    "empty": {},
    "long": LONG,
    "nested": {"deep": [{"er": "still"}]},
}
"""What each of `OTHER_VALUES` differs from in one place."""

OTHER_VALUES: Final[dict[str, Any]] = {
    "another number": VALUE | {"number": 43},
    "a number as text": VALUE | {"number": "42"},
    "1 for true": VALUE | {"flag": 1},
    "false for true": VALUE | {"flag": False},
    "a letter composed in another way": VALUE | {"text": "e\u0301"},
    "a letter of the other case": VALUE | {"text": "É"},
    "a space behind": VALUE | {"text": "é "},
    "a list in another order": VALUE | {"list": [2, 1]},
    "a longer list": VALUE | {"list": [1, 2, 2]},
    "a great number one less": VALUE | {"great": 2**53 - 2},
    "a fraction a little greater": VALUE | {"fraction": 0.10000000000000002},
    "false for null": VALUE | {"nothing": False},
    "a list for an object": VALUE | {"empty": []},
    "a long text's last character": VALUE | {"long": LONG[:-1] + "x"},
    "a change deep inside": VALUE | {"nested": {"deep": [{"er": "Still"}]}},
    "null for an object": None,
    "text for an object": "{}",
}
"""Values that are not equal to `VALUE`, by what is different."""

OTHER_DISPATCHES: Final[dict[str, dict[str, Any]]] = {
    **{what: {"input": value} for what, value in OTHER_VALUES.items()},
    "an agent of the other case": {"input": VALUE, "agent": "Triage"},
    "another acceptance time": {"input": VALUE, "acceptedAt": "2026-06-03T10:20:30.457Z"},
}
"""What to change in a dispatch whose input is `VALUE`, its session left alone."""

PAYLOAD: Final[dict[str, Any]] = {"message": "What is left to do?", "context": VALUE}

OTHER_DIRECTS: Final[dict[str, dict[str, Any]]] = {
    **{what: {"payload": PAYLOAD | {"context": value}} for what, value in OTHER_VALUES.items()},
    "a space behind the message": {"payload": PAYLOAD | {"message": "What is left to do? "}},
    "an agent of the other case": {"payload": PAYLOAD, "agent": "Triage"},
    "another session": {"payload": PAYLOAD, "session": "Default"},
    "another instance": {"payload": PAYLOAD, "id": "agent-2"},
    "another acceptance time": {"payload": PAYLOAD, "acceptedAt": "2026-06-03T10:20:30.457Z"},
}
"""What to change in a direct prompt whose payload is `PAYLOAD`."""


def respelled(given: Input) -> dict[str, Input]:
    """Return inputs that say the same in another text, by what is different."""
    members = cast("dict[str, Any]", given)
    made: dict[str, dict[str, Any]] = {
        "its members in another order": dict(reversed(members.items())),
        "members inside in another order": {
            name: _reordered(value) for name, value in members.items()
        },
        "the same instant with more digits": members | {"acceptedAt": "2026-06-03T10:20:30.4560Z"},
        "the same instant elsewhere": members | {"acceptedAt": "2026-06-03T12:20:30.456+02:00"},
    }
    return cast("dict[str, Input]", made)


def _reordered(value: JsonValue) -> JsonValue:
    if isinstance(value, dict):
        return {name: _reordered(member) for name, member in reversed(value.items())}
    return value
