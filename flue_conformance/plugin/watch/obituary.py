"""What a process leaves behind that an adapter took down: the spec, the rule, the call, a verdict.

It is read by whoever outlives it: the witness of a run, or the process that controls workers.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest

from flue_conformance.backends import Durability
from flue_conformance.certification import Outcome, judge
from flue_conformance.plugin.findings import broken_rules, errors
from flue_conformance.plugin.options import quoted
from flue_conformance.plugin.outcomes import Told, outcome_properties
from flue_conformance.plugin.page import BLANK, Line, Text, lines
from flue_conformance.plugin.reporting.shown import Shown
from flue_conformance.plugin.summary import verdict_line
from flue_conformance.plugin.table import table
from flue_conformance.plugin.watch.blackbox import left_behind
from flue_conformance.plugin.watch.witness import BOX, OUTCOMES, RUN
from flue_conformance.plugin.wording import counted, paragraph


@dataclass(frozen=True, slots=True)
class Obituary:
    """What is known about the spec in which a process died."""

    node_id: str
    text: str
    properties: list[tuple[str, object]]
    because: str
    """How the process died, in one line."""


def obituary(facts: Mapping[str, Any], call: str) -> Obituary:
    """Return what to report; `facts` are what the process noted about the spec that it ran."""
    if "text" in facts:
        properties = _pairs(facts["properties"])
        return Obituary(facts["node_id"], facts["text"], properties, facts["because"])
    where = f"in {call}" if call else "between two calls"
    reason = f"the process died {where}"
    called = call or "nothing that had not come back"
    text = "\n".join(
        [
            *map(paragraph, facts["headlines"]),
            "",
            f"  called     > {called}",
            "  came back  nothing: the process died",
            "  expected   an answer",
            f"  spec       {facts['place']}",
            f"  repeat     {facts['repeat']}",
        ]
    )
    # Not broken: somebody else may have killed it, such as a machine without memory.
    properties = [*_pairs(facts["properties"]), *outcome_properties(Outcome.ERROR, reason)]
    return Obituary(facts["node_id"], text, properties, reason)


def tell(folder: str) -> None:
    """Write, for the process whose folder this is, what it can no longer write itself."""
    run = json.loads((Path(folder) / RUN).read_text())
    if run["alone"]:
        call, facts = left_behind(Path(folder) / BOX)
        died = obituary(facts, call) if facts else None
        left = _Left.behind((Path(folder) / OUTCOMES).read_bytes(), died)
        _print(_page(run, died, left))
        if run["draft"] is not None:
            _write_report(run["draft"], died, left)
        for path in (BOX, RUN, OUTCOMES):
            os.unlink(Path(folder) / path)  # noqa: PTH108 - one import less
        os.rmdir(folder)  # noqa: PTH106 - likewise


@dataclass(frozen=True, slots=True)
class _Left:
    """What specs had told when the process died, by their ids."""

    told: dict[str, Told] = field(default_factory=dict)
    shown: dict[str, Shown] = field(default_factory=dict)

    @classmethod
    def behind(cls, outcomes: bytes, died: Obituary | None) -> _Left:
        """Return what the process noted, and what is known about the spec in which it died."""
        left = cls()
        for node_id, properties, shown in map(json.loads, outcomes.splitlines()):
            left._add(node_id, _pairs(properties), Shown(**shown))
        if died is not None:
            left._add(died.node_id, died.properties, Shown(seen=died.text))
        return left

    def of(self, subject: str) -> list[Told]:
        """Return what was told about one adapter in one edition."""
        return [told for told in self.told.values() if told.subject == subject]

    def _add(self, node_id: str, properties: list[tuple[str, object]], shown: Shown) -> None:
        report = pytest.TestReport(
            node_id, ("", None, ""), {}, "failed", None, "call", user_properties=properties
        )
        one = Told.by(report)
        if one is not None:
            known = self.told.get(node_id)
            self.told[node_id] = known.and_(one) if known else one
            self.shown[node_id] = shown


def _print(page: Iterable[Line]) -> None:
    text = "\n".join("".join(part.text for part in line) for line in page)
    sys.stderr.write(f"\n{text}\n")
    sys.stderr.flush()


def _write_report(draft: Mapping[str, Any], died: Obituary | None, left: _Left) -> None:
    from flue_conformance.plugin.reporting.draft import Draft  # noqa: PLC0415 - slow to import

    told = Draft.of_json(draft)
    because = died.because if died else "the process died while no spec was running"
    told.complete(left.told.values(), left.shown, because)
    sys.stderr.write(f"report: {told.folder.shown}\n")


def _page(run: Mapping[str, Any], died: Obituary | None, left: _Left) -> Iterator[Line]:
    yield (Text(" flue conformance ".center(80, "=")),)
    if died is None:
        yield from lines(paragraph("The process died; no spec was running."))
    else:
        yield from lines(died.text)
    yield BLANK
    for subject in run["subjects"]:
        yield from _about(subject, left.of(subject["name"]))


def _about(subject: Mapping[str, Any], told: list[Told]) -> Iterator[Line]:
    def repeat(node_id: str) -> str:
        return f"{subject['command']} {quoted(node_id)}"

    left = counted(subject["available"] - len(told), "spec")
    verdict = judge(
        subject["label"],
        subject["edition"],
        Durability(subject["durability"]),
        [result for one in told for result in one.results],
        incomplete_because=f"the process died before {left} of {subject['available']}",
    )
    if told:
        yield from table(verdict)
        yield BLANK
    yield from broken_rules(told, repeat)
    yield from errors(told, repeat)
    yield verdict_line(verdict, len(verdict.name))


def _pairs(properties: Any) -> list[tuple[str, object]]:
    return [cast("tuple[str, object]", tuple(pair)) for pair in properties]
