"""Specs that hypothesis drives, and its settings of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


def is_generated(item: pytest.Item) -> bool:
    """Return whether hypothesis drives the item."""
    return getattr(getattr(item, "obj", None), "is_hypothesis_test", False)


def settings_of(function: Callable[..., Any]) -> Any:
    """Return hypothesis' settings of a function that it drives."""
    return function._hypothesis_internal_use_settings  # type: ignore[attr-defined] # noqa: SLF001


def change_settings(function: Callable[..., Any], **changed: Any) -> None:
    """Change some of hypothesis' settings of a function that it drives."""
    from hypothesis import settings  # noqa: PLC0415 - only specs that use it bring it in

    made = settings(settings_of(function), **changed)
    function._hypothesis_internal_use_settings = made  # type: ignore[attr-defined] # noqa: SLF001
