"""Has the plugin collect the fake specs beside this package instead of the kit's own."""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite("fake_specs")


def pytest_sessionstart() -> None:
    from flue_conformance.plugin import collection  # noqa: PLC0415 - idle runs go without

    collection.SPECS = "fake_specs"
