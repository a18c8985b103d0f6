"""`flue-conformance explain`: what a rule says, and why it matters."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator
from typing import Any

import click

from flue_conformance.cli.examples import ExampleCommand
from flue_conformance.cli.explanations import Explanation, explanation_of
from flue_conformance.cli.listing import facts
from flue_conformance.cli.paragraphs import paragraph
from flue_conformance.cli.refusal import refuse
from flue_conformance.rules import CATALOGUE, Rule

_BROKEN_SHOWN = 5


def _known(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """Return the rules that a shell may complete to."""
    del ctx, param
    return [rule for rule in CATALOGUE if rule.startswith(incomplete.upper())]


@click.command(
    "explain",
    cls=ExampleCommand,
    examples=["flue-conformance explain CLAIM-02", "flue-conformance explain lease-10 --json"],
)
@click.argument("rule_id", metavar="RULE", shell_complete=_known)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(rule_id: str, *, as_json: bool) -> None:
    """Explain a rule.

    Its sentence, why it matters, what the official implementations do, and broken adapters of this
    project's tests that it catches.
    """
    rule = CATALOGUE.get(rule_id.upper())
    if rule is None:
        near = difflib.get_close_matches(rule_id.upper(), CATALOGUE, n=1)
        hint = f" Did you mean {near[0]}?" if near else ""
        refuse(f"there is no rule {rule_id!r}; flue-conformance list prints them all.{hint}")
    told = explanation_of(rule.id)
    if as_json:
        click.echo(json.dumps(_as_json(rule, told)))
        return
    for line in _shown(rule, told):
        click.echo(line)


def _shown(rule: Rule, told: Explanation) -> Iterator[str]:
    yield click.style(f"{rule.id}  {rule.requirement}", bold=True)
    yield paragraph(rule.sentence)
    yield ""
    yield f"  editions     {', '.join(rule.editions)}"
    if rule.untested_because:
        yield f"  untested     {rule.untested_because}"
    else:
        yield f"  counts from  {', '.join(rule.levels)}"
        yield f"  verified by  {rule.verified_by}"
        yield f"  try it       pytest --flue-adapter=NAME --flue-rule={rule.id}"
    yield ""
    if told.suffers:
        yield click.style("Why it matters", bold=True)
        for suffered in dict.fromkeys(told.suffers.values()):
            yield paragraph(suffered)
        yield ""
    yield click.style("What official versions do", bold=True)
    yield paragraph(told.official)
    for what in dict.fromkeys(told.findings.values()):
        breaking = [version for version, suffered in told.findings.items() if suffered == what]
        yield paragraph(f"Broken by {', '.join(breaking)}: {what}")
    if unbroken := _unbroken(told):
        yield paragraph(unbroken)
    if told.suffers:
        yield ""
        yield click.style("Broken adapters that it catches", bold=True)
        for name in list(told.suffers)[:_BROKEN_SHOWN]:
            yield f"    broken:{name}"
        if len(told.suffers) > _BROKEN_SHOWN:
            yield f"    (and {len(told.suffers) - _BROKEN_SHOWN} more)"
        yield paragraph("They are in tests/adapters of this project; CONTRIBUTING.md runs one.")


def _unbroken(told: Explanation) -> str:
    """Return what is known of the published versions that do not break a rule."""
    nowhere = f"specs failed nowhere on {', '.join(told.without_failure)}."
    if told.findings:
        return f"Its {nowhere}" if told.without_failure else ""
    more = f"more is known of single versions: its {nowhere}"
    return f"Nothing {more if told.without_failure else 'is known of single versions.'}"


def _as_json(rule: Rule, told: Explanation) -> dict[str, Any]:
    return {
        **facts(rule),
        "official": told.official,
        "findings": dict(told.findings),
        "without_failure": told.without_failure,
        "broken": dict(told.suffers),
    }
