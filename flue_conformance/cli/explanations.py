"""What is known of a rule besides its sentence, from `explanations.json`.

`basis` there is how certain the rule is, in the words of the contract. `findings` are the published
versions that break it, and what their users suffer, as `docs/findings.md` has it. `broken` are the
broken adapters of this project's tests, and what a user would suffer of each. `ci/explanations`
takes the latter two from the findings and from the kill matrix.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

from flue_conformance.rules import CATALOGUE, Level, Rule

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
class Version:
    """A published version of an official adapter, on which all specs were run."""

    package: str
    factory: str
    version: str
    edition: str
    declares: Level

    def meets(self, rule: Rule) -> bool:
        """Return whether a rule has specs for it."""
        within = rule.levels[0] <= self.declares
        return rule.tested and within and rule.holds_in(self.edition)

    def __str__(self) -> str:
        return f"{self.factory} of {self.package} {self.version}"


PUBLISHED: Final = (
    Version("@flue/runtime", "sqlite()", "0.10.2", "0.10", Level.SINGLE_HOST),
    Version("@flue/runtime", "sqlite()", "0.11.1", "0.11", Level.SINGLE_HOST),
    Version("@flue/postgres", "postgres()", "0.10.2", "0.10", Level.MULTI_REPLICA),
)


@dataclass(frozen=True, slots=True)
class Explanation:
    """What is known of a rule."""

    official: str
    """What official versions do, in sentences."""
    findings: Mapping[str, str]
    """The published versions that break it, and what their users suffer."""
    without_failure: tuple[str, ...]
    """Those on which its specs were run and failed nowhere."""
    suffers: Mapping[str, str]
    """What a user suffers of each broken adapter that breaks the rule."""


def explanation_of(rule_id: str) -> Explanation:
    """Return what is known of a rule."""
    known = known_explanations()[rule_id]
    rule, findings = CATALOGUE[rule_id], known["findings"]
    run = [str(one) for one in PUBLISHED if one.meets(rule)]
    return Explanation(
        ". ".join(_sentences(known["basis"])) + ".",
        findings,
        tuple(one for one in run if one not in findings),
        known["broken"],
    )


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
