"""Gives pages with wide tables the room that a table of contents would take."""

from __future__ import annotations

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page

_PAGES = ("findings.md", "kill-matrix.md", "oracle.md")


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Hide the table of contents."""
    del config, files
    if page.file.src_uri in _PAGES:
        page.meta["hide"] = ["toc"]
    return markdown
