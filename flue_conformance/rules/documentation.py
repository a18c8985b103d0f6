"""Where more is said of a rule than its sentence."""

from __future__ import annotations

from functools import cache
from importlib.metadata import PackageNotFoundError, metadata

_LABEL = "documentation, "


def address_of(rule_id: str, area: str) -> str | None:
    """Return a rule's place in the documentation.

    None while the package names no such site (`Documentation` among the URLs of `pyproject.toml`).
    """
    site = _site()
    return f"{site}/rules-{area}.html#{rule_id.lower()}" if site else None


@cache
def _site() -> str | None:
    try:
        urls = metadata("flue-conformance").get_all("Project-URL") or []
    except PackageNotFoundError:
        return None
    named = (url[len(_LABEL) :] for url in urls if url.lower().startswith(_LABEL))
    return next((url.strip().rstrip("/") for url in named), None)
