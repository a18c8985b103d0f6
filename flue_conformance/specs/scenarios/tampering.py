"""Changing a document that somebody else may still hold."""

from __future__ import annotations

import contextlib


def tamper(document: object) -> None:
    """Change a document in every place that lets itself be changed; frozen parts stay."""
    if isinstance(document, dict):
        for name, value in list(document.items()):
            tamper(value)
            if not isinstance(value, dict | list):
                with _frozen_parts_allowed():
                    document[name] = "tampered with"
        with _frozen_parts_allowed():
            document["tampered"] = True
    elif isinstance(document, list | tuple):
        for item in document:
            tamper(item)
        with _frozen_parts_allowed():
            document.append("tampered with")  # type: ignore[union-attr]


def _frozen_parts_allowed() -> contextlib.suppress:
    return contextlib.suppress(TypeError, AttributeError, NotImplementedError)
