"""`Document`: a JSON value that hashes, and is equal to what is JSON-equal to it."""

from __future__ import annotations

from dataclasses import dataclass, field

from flue_conformance.contract import JsonValue, json_text, json_value


@dataclass(frozen=True, slots=True)
class Document:
    """A JSON value as text: members sorted, numbers spelled in one way."""

    canonical: str
    text: str = field(compare=False, repr=False)
    """As adapters store it, in the order in which its members came. ADMISSION-07."""

    @classmethod
    def of(cls, value: JsonValue) -> Document:
        """Return the document; raises what `json_text` raises for what is no JSON."""
        return cls(json_text(_sorted(value)), json_text(value))

    @property
    def value(self) -> JsonValue:
        """The value, made anew."""
        return json_value(self.text)

    def __str__(self) -> str:
        return self.text


def _sorted(value: JsonValue) -> JsonValue:
    if isinstance(value, dict):
        return {name: _sorted(value[name]) for name in sorted(value)}
    if isinstance(value, list | tuple):
        return [_sorted(item) for item in value]
    return value
