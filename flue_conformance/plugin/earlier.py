"""`EarlierFailures`: what a generated spec failed on in an earlier run is what it tries first."""

from __future__ import annotations

from hashlib import sha256
from typing import Final

import pytest

from flue_conformance.plugin.generated import change_settings, is_generated, settings_of
from flue_conformance.plugin.spec import spec_of

_FOLDER: Final = "flue-failures"
"""Where in pytest's cache they are kept, by spec and subject."""


class EarlierFailures:
    """Keeps failures in pytest's cache, as `--lf` does; without one, each run begins anew."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Give a generated spec the failures of this subject, and no other's."""
        cache: pytest.Cache | None = getattr(self._config, "cache", None)
        if cache is None or not spec_of(item) or not is_generated(item):
            return
        from hypothesis import Phase  # noqa: PLC0415 - only specs that use it bring it in
        from hypothesis.database import DirectoryBasedExampleDatabase  # noqa: PLC0415

        function = item.obj  # type: ignore[attr-defined]
        kept = cache.mkdir(_FOLDER) / sha256(item.nodeid.encode()).hexdigest()[:16]
        change_settings(
            function,
            database=DirectoryBasedExampleDatabase(kept),
            phases={*settings_of(function).phases, Phase.reuse},
        )
