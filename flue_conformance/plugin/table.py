"""The table of a verdict: areas by outcomes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from flue_conformance.certification import Outcome, Verdict
from flue_conformance.plugin.page import Line, Text

_ALWAYS = (Outcome.HELD, Outcome.BROKEN, Outcome.NOT_APPLICABLE, Outcome.NOT_RUN)
_COLOUR = {Outcome.HELD: "green", Outcome.BROKEN: "red", Outcome.ERROR: "red"}
_AREA_WIDTH = 12


def table(verdict: Verdict) -> Iterator[Line]:
    """Return how many rules of each area have each outcome.

    A run that left specs out shows the areas that it is about, any other one all of its edition.
    """
    counts = {area: verdict.counts[area] for area in _areas(verdict)}
    total = Counter[Outcome]()
    for row in counts.values():
        total.update(row)
    columns = [outcome for outcome in Outcome if outcome in _ALWAYS or total[outcome]]
    yield (Text("  " + "area".ljust(_AREA_WIDTH)), *(Text(f"  {column}") for column in columns))
    for area, row in counts.items():
        yield _row(area, row, columns)
    if len(counts) > 1:
        yield _row("all", total, columns)


def _areas(verdict: Verdict) -> Sequence[str]:
    members = [
        rule
        for rule in verdict.rules
        if rule.obligations
        and (verdict.complete or any(obligation.results for obligation in rule.obligations))
    ]
    return list(dict.fromkeys(member.rule.area for member in members))


def _row(name: str, row: Mapping[Outcome, int], columns: Sequence[Outcome]) -> Line:
    return (Text(f"  {name:<{_AREA_WIDTH}}"), *(_cell(column, row[column]) for column in columns))


def _cell(column: Outcome, number: int) -> Text:
    shown = f"  {number or '.':>{len(column)}}"
    return Text(shown, (_COLOUR[column],) if number and column in _COLOUR else ())
