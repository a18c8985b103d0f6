"""Makes a link of each rule id in a text: it leads to the rule's place in the catalogue."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.extensions import Extension
from markdown.inlinepatterns import InlineProcessor
from mkdocs.config.defaults import MkDocsConfig

from flue_conformance.rules import CATALOGUE

_PRIORITY = 30
"""Behind code, links and images, whose texts are theirs."""


class _References(InlineProcessor):
    ANCESTOR_EXCLUDES = ("a", "h1", "h2", "h3", "h4")

    def handleMatch(  # type: ignore[override]  # noqa: N802 - Markdown's name
        self, m: re.Match[str], data: str
    ) -> tuple[Element | None, int | None, int | None]:
        """Return the link, and where its text begins and ends."""
        del data
        rule = CATALOGUE.get(m.group())
        if rule is None:
            return None, None, None
        link = Element("a", href=f"/rules-{rule.area}.md#{rule.id.lower()}")
        link.text = rule.id
        return link, m.start(), m.end()


class _Extension(Extension):
    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 - Markdown's name
        """Register the pattern."""
        md.inlinePatterns.register(_References(r"\b[A-Z]+-\d\d\b", md), "rules", _PRIORITY)


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Extend Markdown."""
    config.markdown_extensions.append(_Extension())  # type: ignore[arg-type]
    return config
