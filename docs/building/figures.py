"""Puts the figures of the kill matrix and of the catalogue on the first page."""

from __future__ import annotations

import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page

from flue_conformance.rules import CATALOGUE

_PLACE = "<!-- figures -->"
_SUMMARY = re.compile(
    r"^(?P<broken>\d+) broken adapters, (?P<survivors>\d+) survivors; "
    r"(?P<unusual>\d+) unusual adapters, (?P<wronged>\d+) wronged\. "
    r"\d+ of (?P<specs>\d+) specs catch at least one\.$",
    re.MULTILINE,
)


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Put the figures where the first page wants them."""
    del files
    return (
        markdown.replace(_PLACE, _figures(Path(config.docs_dir))) if page.is_homepage else markdown
    )


def _figures(docs: Path) -> str:
    found = _SUMMARY.search((docs / "kill-matrix.md").read_text("utf-8"))
    if found is None:
        raise PluginError("kill-matrix.md does not say how many adapters were caught.")
    shown = {
        "rules of the contract": len(CATALOGUE),
        "specs that try to break them": found["specs"],
        "broken adapters": found["broken"],
        "of those survive": found["survivors"],
        "unusual, correct adapters": found["unusual"],
        "of those are wronged": found["wronged"],
    }
    return (
        '<dl class="figures">'
        + "".join(f"<div><dd>{number}</dd><dt>{what}</dt></div>" for what, number in shown.items())
        + "</dl>"
    )
