"""Makes what is random in specs repeatable, and leaves the user's own randomness alone."""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Callable, Generator
from typing import Any, Final

import pytest

from flue_conformance.plugin.spec import spec_of

_USUAL: Final = "_flue_usual_settings"
"""Where a function keeps the settings that it was written with."""


class Randomness:
    """Seeds each spec by itself, so that it repeats alone, in any order and in any process."""

    def __init__(self, config: pytest.Config, seed: int) -> None:
        self._config = config
        self._seed = seed

    def fix(self, function: Callable[..., Any], *, times: int = 1) -> None:
        """Fix what hypothesis generates for a function that it drives, so many times more of it."""
        from hypothesis import seed, settings  # noqa: PLC0415 - only specs that use it bring it in

        seed(self._seed)(function)
        # Several subjects share a function: what one of them made of its settings is not usual.
        hypothesis: Any = function
        usual = vars(function).setdefault(_USUAL, hypothesis._hypothesis_internal_use_settings)  # noqa: SLF001
        more = settings(usual, max_examples=usual.max_examples * times)
        hypothesis._hypothesis_internal_use_settings = more  # noqa: SLF001

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Keep hypothesis from leaving a folder in a project that does not use it itself."""
        users_own = any(is_generated(item) and not spec_of(item) for item in items)
        if "hypothesis" not in sys.modules or users_own:
            return
        from hypothesis.configuration import (  # noqa: PLC0415 - only specs that use it bring it in
            set_hypothesis_home_dir,
        )

        self._config.add_cleanup(lambda: set_hypothesis_home_dir(None))
        # What it would keep in a folder is a cache; where there can be no folder, it goes without.
        set_hypothesis_home_dir(os.devnull)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Give a spec a random state of its own."""
        if not spec_of(item):
            return (yield)
        state = random.getstate()
        random.seed(f"{self._seed} {item.nodeid}")
        try:
            return (yield)
        finally:
            random.setstate(state)


def is_generated(item: pytest.Item) -> bool:
    """Return whether hypothesis drives the item."""
    return getattr(getattr(item, "obj", None), "is_hypothesis_test", False)
