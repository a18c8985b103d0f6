"""Follows links from the documentation to files beside it, such as code.

A reader of the repository can follow them. The site has no such files: there they lead to
`repo_url`, and are plain text as long as there is none.
"""

from __future__ import annotations

import logging
import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page

_LINK = re.compile(r"(?<!!)\[(?P<text>[^\]]+)\]\((?P<target>\.\./[^)\s#]+)(?:#[^)\s]*)?\)")
_log = logging.getLogger("mkdocs.hooks.outside")


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Replace the links; warn of one that leads nowhere."""
    del files
    docs = Path(config.docs_dir)

    def replaced(link: re.Match[str]) -> str:
        path = (docs / page.file.src_uri).parent.joinpath(link["target"]).resolve()
        root = docs.parent.resolve()
        if not path.exists() or not path.is_relative_to(root):
            _log.warning("%s links to %s, which is not there.", page.file.src_uri, link["target"])
        if not config.repo_url:
            return link["text"]
        place = path.relative_to(root).as_posix()
        return f"[{link['text']}]({config.repo_url.rstrip('/')}/blob/HEAD/{place})"

    return _LINK.sub(replaced, markdown)
