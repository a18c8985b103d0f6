"""Makes `running.md` of those parts of the README that tell how specs are run."""

from __future__ import annotations

import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

_PAGE = "running.md"
_TITLE = "# Running the specs\n"
_PARTS = ("Options", "Verdicts and levels")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the page."""
    readme = (Path(config.docs_dir).parent / "README.md").read_text("utf-8")
    text = "\n".join([_TITLE, *(_part(readme, heading) for heading in _PARTS)])
    files.append(File.generated(config, _PAGE, content=_from_docs(text)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Have links to parts of the README lead to the page."""
    del page, config, files
    return markdown.replace("](../README.md#", f"]({_PAGE}#")


def _part(readme: str, heading: str) -> str:
    found = re.search(rf"^## {heading}\n.*?(?=^## )", readme, re.MULTILINE | re.DOTALL)
    if found is None:
        raise PluginError(f"README.md has no part {heading!r}, which {_PAGE} is made of.")
    return found.group()


def _from_docs(text: str) -> str:
    """Return a text of the README as it reads in the folder of docs, for Python's Markdown.

    Links lead on from there, and bars in the code of a table are not escaped.
    """
    outside = re.sub(r"\]\((?!docs/|#|https?:)", "](../", text.replace("\\|", "|"))
    return re.sub(r"\[`docs/([^`]*)`\]\(docs/", r"[`\1`](", outside).replace("](docs/", "](")
