"""What a process leaves behind that an adapter took down: the spec, the rule, the call, a verdict.

It is read by whoever outlives it: the witness of a run, or the process that controls workers.
"""

from __future__ import annotations

import json
import os
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest

from flue_conformance.backends import Durability
from flue_conformance.certification import Outcome, judge
from flue_conformance.plugin.findings import broken_rules, errors
from flue_conformance.plugin.options import quoted
from flue_conformance.plugin.outcomes import Told, outcome_properties
from flue_conformance.plugin.page import BLANK, Line, Text, lines
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


def obituary(facts: Mapping[str, Any], call: str) -> Obituary:
    """Return what to report; `facts` are what the process noted about the spec that it ran."""
    if "text" in facts:
        return Obituary(facts["node_id"], facts["text"], _pairs(facts["properties"]))
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
    return Obituary(facts["node_id"], text, properties)


def tell(folder: str) -> None:
    """Write, for the process whose folder this is, what it can no longer write itself."""
    run = json.loads((Path(folder) / RUN).read_text())
    if run["alone"]:
        call, facts = left_behind(Path(folder) / BOX)
        died = obituary(facts, call) if facts else None
        page = list(_page(run, died, (Path(folder) / OUTCOMES).read_bytes()))
        text = "\n".join("".join(part.text for part in line) for line in page)
        sys.stderr.write(f"\n{text}\n")
        sys.stderr.flush()
        for path in (BOX, RUN, OUTCOMES):
            os.unlink(Path(folder) / path)  # noqa: PTH108 - one import less
        os.rmdir(folder)  # noqa: PTH106 - likewise


def _page(run: Mapping[str, Any], died: Obituary | None, outcomes: bytes) -> Iterator[Line]:
    yield (Text(" flue conformance ".center(80, "=")),)
    known = [json.loads(line) for line in outcomes.splitlines()]
    told: dict[str, Told] = {}
    for node_id, properties in known:
        _add(told, node_id, _pairs(properties))
    if died is None:
        yield from lines(paragraph("The process died; no spec was running."))
    else:
        yield from lines(died.text)
        _add(told, died.node_id, died.properties)
    yield BLANK
    of_subject: defaultdict[str, list[Told]] = defaultdict(list)
    for one in told.values():
        of_subject[one.subject].append(one)
    for subject in run["subjects"]:
        yield from _about(subject, of_subject[subject["name"]])


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


def _add(told: dict[str, Told], node_id: str, properties: list[tuple[str, object]]) -> None:
    report = pytest.TestReport(
        node_id, ("", None, ""), {}, "failed", None, "call", user_properties=properties
    )
    one = Told.by(report)
    if one is not None:
        known = told.get(node_id)
        told[node_id] = known.and_(one) if known else one


def _pairs(properties: Any) -> list[tuple[str, object]]:
    return [cast("tuple[str, object]", tuple(pair)) for pair in properties]
