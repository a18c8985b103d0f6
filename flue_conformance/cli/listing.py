"""`flue-conformance list`: the rules of the catalogue."""

from __future__ import annotations

import json
from collections.abc import Sequence

import click

from flue_conformance.cli.examples import ExampleCommand
from flue_conformance.cli.paragraphs import paragraph
from flue_conformance.rules import AREAS, CATALOGUE, EDITIONS, Requirement, Rule

_COLOUR = {Requirement.MUST: "red", Requirement.SHOULD: "yellow", Requirement.MAY: "blue"}


@click.command(
    "list",
    cls=ExampleCommand,
    examples=[
        "flue-conformance list --area claims",
        "flue-conformance list --edition 0.11 --requirement must --json",
    ],
)
@click.option("--area", "areas", multiple=True, type=click.Choice(AREAS), metavar="AREA")
@click.option("--edition", type=click.Choice(EDITIONS))
@click.option(
    "--requirement",
    type=click.Choice([one.lower() for one in Requirement], case_sensitive=False),
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON, one rule a line.")
def command(
    areas: Sequence[str], edition: str | None, requirement: str | None, *, as_json: bool
) -> None:
    """Print the rules of the contract."""
    rules = [
        rule
        for rule in CATALOGUE.values()
        if (not areas or rule.area in areas)
        and (edition is None or rule.holds_in(edition))
        and (requirement is None or rule.requirement.lower() == requirement.lower())
    ]
    for rule in rules:
        click.echo(json.dumps(facts(rule)) if as_json else _shown(rule))
    if not as_json:
        click.echo(f"{len(rules)} rules; flue-conformance explain ID says more of one.")


def facts(rule: Rule) -> dict[str, object]:
    """Return what is known of a rule, for scripts."""
    return {
        "id": rule.id,
        "area": rule.area,
        "requirement": str(rule.requirement),
        "editions": list(rule.editions),
        "levels": [str(level) for level in rule.levels],
        "verifiedBy": str(rule.verified_by),
        "sentence": rule.sentence,
    }


def _shown(rule: Rule) -> str:
    requirement = click.style(rule.requirement, _COLOUR[rule.requirement])
    editions = ", ".join(rule.editions)
    title = f"{click.style(rule.id, bold=True)}  {requirement}  {editions}"
    return f"{title}\n{paragraph(rule.sentence)}\n"
