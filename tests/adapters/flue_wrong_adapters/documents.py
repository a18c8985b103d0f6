"""Documents with the same change made in every place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flue_conformance.contract import JsonValue


def rewritten(document: JsonValue, change: Callable[[Any], Any]) -> Any:
    """Return a copy of a document with `change` applied to each scalar."""
    if isinstance(document, dict):
        return {name: rewritten(value, change) for name, value in document.items()}
    if isinstance(document, list):
        return [rewritten(value, change) for value in document]
    return change(document)


def retold(document: JsonValue, change: Callable[[str], str]) -> Any:
    """Return a copy of a document with `change` applied to each text, names of members too."""
    if isinstance(document, dict):
        return {change(name): retold(value, change) for name, value in document.items()}
    if isinstance(document, list):
        return [retold(value, change) for value in document]
    return change(document) if isinstance(document, str) else document


def pruned(document: JsonValue, unwanted: Callable[[Any], bool]) -> Any:
    """Return a copy of a document without the members whose value is unwanted."""
    if isinstance(document, dict):
        kept = {name: value for name, value in document.items() if not unwanted(value)}
        return {name: pruned(value, unwanted) for name, value in kept.items()}
    if isinstance(document, list):
        return [pruned(value, unwanted) for value in document]
    return document
