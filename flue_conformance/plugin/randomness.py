"""Makes what is random in specs repeatable, and leaves the user's own randomness alone."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest

from flue_conformance.plugin.spec import spec_of


class Randomness:
    """Seeds each spec by itself, so that it repeats alone, in any order and in any process."""

    def __init__(self, config: pytest.Config, seed: int) -> None:
        self._seed = seed
        self._cleanup = ExitStack()
        self._home: str | None = None
        config.add_cleanup(self._cleanup.close)

    def fix(self, function: Callable[..., Any]) -> None:
        """Fix what hypothesis generates for a function that it drives."""
        from hypothesis import seed  # noqa: PLC0415 - only specs that use it bring it in

        seed(self._seed)(function)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Give a spec a random state and a place for the files of hypothesis of its own."""
        if not spec_of(item):
            return (yield)
        state = random.getstate()
        random.seed(f"{self._seed} {item.nodeid}")
        try:
            if not is_generated(item):
                return (yield)
            with self._hypothesis_elsewhere():
                return (yield)
        finally:
            random.setstate(state)

    @contextmanager
    def _hypothesis_elsewhere(self) -> Iterator[None]:
        """Keep hypothesis from writing its caches into the user's project."""
        from hypothesis.configuration import (  # noqa: PLC0415 - only specs that use it bring it in
            set_hypothesis_home_dir,
            storage_directory,
        )

        if self._home is None:
            folder = tempfile.TemporaryDirectory(prefix="flue-hypothesis-")
            self._home = self._cleanup.enter_context(folder)
        before = storage_directory(intent_to_write=False).home_directory
        set_hypothesis_home_dir(self._home)
        try:
            yield
        finally:
            set_hypothesis_home_dir(before)


def is_generated(item: pytest.Item) -> bool:
    """Return whether hypothesis drives the item."""
    return getattr(getattr(item, "obj", None), "is_hypothesis_test", False)
