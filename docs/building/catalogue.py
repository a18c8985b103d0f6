"""Writes the pages of the rule catalogue: one an area, with an anchor a rule."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Sequence

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from flue_conformance.cli.explanations import Explanation, explanation_of
from flue_conformance.rules import AREAS, CATALOGUE, Requirement, Rule

_OVERVIEW = "rules.md"
_AREAS = "<!-- areas -->"


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages."""
    for area in AREAS:
        files.append(File.generated(config, f"rules-{area}.md", content=_page(area)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Put the table of areas into the overview."""
    del config, files
    return markdown.replace(_AREAS, _table()) if page.file.src_uri == _OVERVIEW else markdown


def _table() -> str:
    lines = [
        "| area | what it is about | " + " | ".join(Requirement) + " |",
        "|---|---|--:|--:|--:|",
    ]
    for area in AREAS:
        asked = [rule.requirement for rule in _rules(area)]
        counts = " | ".join(str(asked.count(requirement)) for requirement in Requirement)
        lines.append(f"| [{area}](rules-{area}.md) | {_subject(area)} | {counts} |")
    return "\n".join(lines)


def _page(area: str) -> str:
    sections = ("\n".join(_section(rule, explanation_of(rule.id))) for rule in _rules(area))
    return "\n".join([f"# {area.capitalize()}\n", f"{_subject(area)}\n", *sections])


def _rules(area: str) -> Sequence[Rule]:
    return [rule for rule in CATALOGUE.values() if rule.area == area]


def _subject(area: str) -> str:
    """Return the first line of what the module says of itself."""
    told = importlib.import_module(f"flue_conformance.rules.{area}").__doc__ or ""
    return told.partition("\n")[0]


def _section(rule: Rule, told: Explanation) -> Iterator[str]:
    yield f"## {rule.id} {{ #{rule.id.lower()} }}\n"
    yield f'<p class="facts">{" · ".join(_facts(rule))}</p>\n'
    yield f"{rule.sentence}\n{{ .sentence }}\n"
    if rule.untested_because:
        yield f"No test can break it: {rule.untested_because}\n"
    yield f"*What official versions do.* {told.official}\n"
    if told.suffers:
        yield f'??? quote "What a user suffers of {_adapters(told)} that it catches"\n'
        for name, suffered in told.suffers.items():
            yield f"    - {suffered} (`{name}`)"
        yield ""
    if rule.tested:
        yield f"```\npytest --flue-adapter=NAME --flue-rule={rule.id}\n```\n"


def _facts(rule: Rule) -> Iterator[str]:
    yield f'<strong class="{rule.requirement.lower()}">{rule.requirement}</strong>'
    yield f"edition {' and '.join(rule.editions)}"
    if rule.tested:
        yield f"counts from {', '.join(rule.levels)}"
    yield str(rule.verified_by)
    if rule.errors:
        yield f"raises {', '.join(rule.errors)}"


def _adapters(told: Explanation) -> str:
    number = len(told.suffers)
    return "a broken adapter" if number == 1 else f"{number} broken adapters"
