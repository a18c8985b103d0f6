"""Renders the page: a template, a style sheet, no script and nothing from the network."""

from __future__ import annotations

import base64
from collections.abc import Sequence

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from flue_conformance.certification.outcome import Outcome
from flue_conformance.certification.report.data import Picture, Report, RuleReport
from flue_conformance.certification.report.page.digest import digests
from flue_conformance.rules import AREAS
from flue_conformance.rules.documentation import address_of

_LEVEL_MEANS = {
    "ephemeral": "one process; its state is lost on exit",
    "single-host": "its state survives a crash or restart on the same host",
    "multi-replica": "several processes or hosts at once; its state survives the loss of one",
}
_SYMBOL = {
    Outcome.HELD: "✓",
    Outcome.BROKEN: "✗",
    Outcome.NOT_APPLICABLE: "·",
    Outcome.NOT_RUN: "?",
    Outcome.WAIVED: "≈",
    Outcome.ERROR: "!",
}


def page(reports: Sequence[Report]) -> str:
    """Return one HTML document about all subjects of the reports, side by side."""
    environment = Environment(
        loader=PackageLoader(__package__),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "seconds": _seconds,
        "slug": _slug,
        "picture": _picture,
        "code": _code,
        "address": _address,
        "counted": _counted,
    }
    shown = digests(reports)
    named = [area for area in AREAS if any(area in one.area_counts for one in shown)]
    others = {area for one in shown for area in one.area_counts} - set(AREAS)
    return environment.get_template("report.html.j2").render(
        reports=reports,
        subjects=shown,
        areas=[*named, *sorted(others)],
        outcomes=list(Outcome),
        symbol=_SYMBOL,
        level_means=_LEVEL_MEANS,
        style=Markup(environment.get_template("style.css").render()),  # noqa: S704 - our own file
    )


def _seconds(seconds: float) -> str:
    if seconds >= 60:
        minutes, rest = divmod(round(seconds), 60)
        return f"{minutes} min {rest} s"
    return f"{seconds:.1f} s" if seconds >= 1 else f"{seconds * 1000:.0f} ms"


def _code(sentence: str) -> Markup:
    """Return a sentence of the contract with its names, which stand in backticks, as code."""
    parts = (escape(part) for part in sentence.split("`"))
    marks = (Markup("<code>{}</code>"), Markup("{}"))
    return Markup("").join(marks[place % 2 == 0].format(part) for place, part in enumerate(parts))


def _address(rule: RuleReport) -> str | None:
    return address_of(rule.id, rule.area)


def _slug(outcome: Outcome) -> str:
    return outcome.replace(" ", "-")


def _counted(things: Sequence[object] | int, thing: str) -> str:
    number = things if isinstance(things, int) else len(things)
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def _picture(picture: Picture) -> str:
    """Return a picture as the address of an image, in which nothing can run."""
    return "data:image/svg+xml;base64," + base64.b64encode(picture.svg.encode()).decode()
