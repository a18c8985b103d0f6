"""What is known of a rule besides its sentence, from `explanations.json`.

`basis` there is how certain the rule is, in the words of the contract. `broken` are the broken
adapters of this project's tests, and what a user would suffer of each; `ci/explanations` takes
those from the kill matrix.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

FILE: Final = "explanations.json"
_CONFIRMED = "✔"
_MEANS: Final = {
    "documented": "Flue's documentation of these versions says so",
    "documented-β2": "the documentation of 1.0 beta 2 says so, and these versions do it",
    "tested": "Flue's own contract suite for adapter authors asserts it",
    "implemented-by-all": "every official implementation does it",
    "disputed": "the official implementations differ, and nothing settles which is right",
    "intent": "it is what the documentation means to promise",
}


@dataclass(frozen=True, slots=True)
class Explanation:
    """What is known of a rule."""

    official: str
    """What official versions do, in sentences."""
    suffers: Mapping[str, str]
    """What a user suffers of each broken adapter that breaks the rule."""


def explanation_of(rule_id: str) -> Explanation:
    """Return what is known of a rule."""
    known = known_explanations()[rule_id]
    return Explanation(". ".join(_sentences(known["basis"])) + ".", known["broken"])


@cache
def known_explanations() -> Mapping[str, Any]:
    """Return the file."""
    known: Mapping[str, Any] = json.loads((files(__package__) / FILE).read_text("utf-8"))
    return known


def _sentences(basis: str) -> Iterator[str]:
    confirmed = _CONFIRMED in basis
    for part in re.split(r",\s*(?![^()]*\))", basis.replace(_CONFIRMED, "").strip()):
        word, _, remark = part.strip().partition(" ")
        means = _MEANS.get(word, word)
        yield f"{means[:1].upper()}{means[1:]}{_spelled(remark)}"
    if confirmed:
        yield "It was confirmed by running the published packages"


def _spelled(remark: str) -> str:
    """Return a remark with the contract's short names of versions spelled out."""
    edition = re.sub(r"\bE(\d)(\d+)\b", r"edition 0.\1\2", remark.strip())
    return f" {edition.replace('β2', '1.0 beta 2')}" if edition else ""
