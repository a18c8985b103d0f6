"""`Document`: a JSON value that hashes, and is equal to what is JSON-equal to it."""

from __future__ import annotations

from dataclasses import dataclass, field

from flue_conformance.contract import JsonValue, json_equal, json_text, json_value


@dataclass(frozen=True, slots=True)
class Document:
    """A JSON value by its text, with members sorted and numbers spelled in one way."""

    canonical: str
    text: str = field(compare=False, repr=False)
    """As adapters store it, in the order in which its members came. ADMISSION-07."""
    _value: JsonValue = field(compare=False, repr=False)

    @classmethod
    def of(cls, value: JsonValue) -> Document:
        """Return the document; raises what `json_text` raises for what is no JSON."""
        text = json_text(value)
        canonical = json_text(_sorted(value)) if isinstance(value, dict | list | tuple) else text
        return cls(canonical, text, json_value(text))

    @property
    def value(self) -> JsonValue:
        """The value, made anew."""
        return json_value(self.text)

    def is_equal_to(self, value: object) -> bool:
        """Return whether it is JSON-equal to a value, which may be no JSON at all."""
        try:
            return json_equal(self._value, value)
        except (TypeError, ValueError, RecursionError):
            return False

    def __str__(self) -> str:
        return self.text


def _sorted(value: JsonValue) -> JsonValue:
    if isinstance(value, dict):
        return {name: _sorted(value[name]) for name in sorted(value)}
    if isinstance(value, list | tuple):
        return [_sorted(item) for item in value]
    return value
