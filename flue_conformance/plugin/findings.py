"""What a summary tells of single rules: the broken ones, errors, findings and what was not run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

from flue_conformance.certification import Outcome
from flue_conformance.plugin.outcomes import Told
from flue_conformance.plugin.page import BLANK, Line, Text, lines
from flue_conformance.plugin.wording import counted, paragraph
from flue_conformance.rules import CATALOGUE, Requirement

_COMMANDS = 2
_REASONS = 5
_INDENT = "  "

Repeat = Callable[[str], str]
"""From the id of a spec to the command that runs it again."""


def broken_rules(told: Sequence[Told], repeat: Repeat) -> Iterator[Line]:
    """Return each broken rule with its sentence and the commands that show it; MUSTs first."""
    specs: defaultdict[tuple[str, Requirement], list[str]] = defaultdict(list)
    for one in told:
        for result in one.results:
            if result.outcome is Outcome.BROKEN and result.requirement:
                specs[result.rule_id, result.requirement].append(one.node_id)
    strictness = list(Requirement)
    for (rule_id, requirement), node_ids in sorted(
        specs.items(), key=lambda entry: strictness.index(entry[0][1])
    ):
        binding = requirement is Requirement.MUST
        what = rule_id if binding else f"{rule_id}, a {requirement},"
        sentence = f"{what} is broken: {CATALOGUE[rule_id].sentence}"
        yield from _entry(sentence, "red" if binding else "yellow", node_ids, repeat)


def errors(told: Sequence[Told], repeat: Repeat) -> Iterator[Line]:
    """Return why specs came to no outcome."""
    reasons = _by_reason(told, Outcome.ERROR)
    for reason, members in islice(reasons.items(), _REASONS):
        sentence = f"{counted(len(members), 'spec')} could not be judged: {reason}"
        yield from _entry(sentence, "red", [one.node_id for one in members], repeat)
    if len(reasons) > _REASONS:
        yield (Text(f"{_INDENT}(and {counted(len(reasons) - _REASONS, 'other reason')})"),)
        yield BLANK


def remarks(told: Sequence[Told]) -> Iterator[Line]:
    """Return what specs noted that breaks no rule."""
    for one in told:
        for text in one.notes.findings:
            yield from lines(paragraph(f"{_rules(one)}, a finding: {text}", _INDENT), "yellow")
            yield BLANK


def choices(told: Sequence[Told]) -> Iterator[Line]:
    """Return which of the permitted outcomes the adapter chose, where a rule leaves a choice."""
    seen = [(_rules(one), text) for one in told for text in one.notes.seen]
    if not seen:
        return
    width = max(len(rules) for rules, _ in seen)
    yield (Text(f"{_INDENT}seen, where the contract leaves a choice:"),)
    for rules, text in seen:
        hanging = " " * (len(_INDENT * 2) + width + 2)
        entry = paragraph(f"{rules:<{width}}  {text}", _INDENT * 2, hanging=hanging)
        yield from lines(entry)
    yield BLANK


def left_out(told: Sequence[Told], outcome: Outcome) -> Iterator[Line]:
    """Return why specs were not run, or did not apply."""
    for reason, members in _by_reason(told, outcome).items():
        text = f"{counted(len(members), 'spec')} {outcome}: {reason}"
        yield from lines(paragraph(text, _INDENT), "yellow")
        yield BLANK


def _rules(told: Told) -> str:
    return ", ".join(dict.fromkeys(result.rule_id for result in told.results))


def _by_reason(told: Iterable[Told], outcome: Outcome) -> dict[str, list[Told]]:
    members: defaultdict[str, list[Told]] = defaultdict(list)
    for one in told:
        for reason in dict.fromkeys(
            result.reason for result in one.results if result.outcome is outcome
        ):
            members[reason].append(one)
    return members


def _entry(text: str, colour: str, node_ids: Sequence[str], repeat: Repeat) -> Iterator[Line]:
    yield from lines(paragraph(text, _INDENT), colour)
    specs = list(dict.fromkeys(node_ids))
    for node_id in specs[:_COMMANDS]:
        yield (Text(f"{_INDENT * 2}{repeat(node_id)}"),)
    if len(specs) > _COMMANDS:
        yield (Text(f"{_INDENT * 2}(and {counted(len(specs) - _COMMANDS, 'more spec')})"),)
    yield BLANK
