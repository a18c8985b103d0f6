"""Coroutines of backends, run from pytest's synchronous hooks."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


def run_blocking(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end; Ctrl-C cancels it.

    The thread's current event loop stays as it is: a user's own tests may rely on it.
    """
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        return runner.run(coroutine)


def undo(coroutine: Coroutine[Any, Any, None], what: str, redact: Callable[[str], str]) -> None:
    """Run a coroutine that tidies up at the end; its failure is told and keeps nothing else up."""
    try:
        run_blocking(coroutine)
    except Exception as error:  # noqa: BLE001 - anybody's backend
        sys.stderr.write(redact(f"flue: {what}. {type(error).__name__}: {error}\n"))
