"""`--flue-list`: the rules of the catalogue, for people."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from flue_conformance.plugin.options import Options
from flue_conformance.plugin.selection import refuse_unknown_names
from flue_conformance.plugin.wording import counted, joined, paragraph
from flue_conformance.rules import CATALOGUE, Rule

_INDENT = " " * 4


def listing(options: Options) -> str:
    """Return the rules that the options leave, one paragraph a rule, area by area.

    Raises `pytest.UsageError` for an area or a rule that there is not.
    """
    editions = tuple(edition for edition in options.editions if edition != "all")
    refuse_unknown_names(options)
    rules = [
        rule
        for rule in CATALOGUE.values()
        if (not options.areas or rule.area in options.areas)
        and (not options.rules or rule.id in options.rules)
        and (not editions or any(rule.holds_in(edition) for edition in editions))
    ]
    paragraphs = [
        text
        for area, members in groupby(rules, key=lambda rule: rule.area)
        for text in (area, *map(_paragraph, members))
    ]
    return "\n\n".join([*paragraphs, counted(len(rules), "rule")]) + "\n"


def _paragraph(rule: Rule) -> str:
    return f"  {', '.join(_facts(rule))}\n{paragraph(rule.sentence, _INDENT)}"


def _facts(rule: Rule) -> Iterator[str]:
    yield rule.id
    yield rule.requirement
    yield f"edition {joined(rule.editions)}"
    if rule.untested_because:
        yield f"untested: {rule.untested_because}"
    else:
        yield f"counts at {joined(rule.levels)}"
        yield rule.verified_by
