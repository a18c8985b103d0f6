"""Sees to it that a page needs nothing from the network: no font, script, style or picture."""

from __future__ import annotations

import logging
import re

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.pages import Page

_LOADED = re.compile(
    r"<(?:script|img|iframe|source)\b[^>]*\bsrc=[\"']?(?:https?:)?//[^\"'\s>]*"
    r"|<link\b[^>]*\brel=[\"']?(?:stylesheet|preconnect|preload|icon)[^>]*(?:https?:)?//[^\"'\s>]*"
)
_log = logging.getLogger("mkdocs.hooks.foreign")


def on_post_page(output: str, page: Page, config: MkDocsConfig) -> str:
    """Warn of what a page would load from elsewhere."""
    del config
    for found in _LOADED.findall(output):
        _log.warning("%s loads %s", page.file.src_uri, found)
    return output
