"""Adapters on servers of these tests' own."""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from flue_adapter_redis.servers import Instance

if importlib.util.find_spec("flue_adapter_redis") is None:
    # Without the plugin there is nothing to test.
    collect_ignore_glob = ["*"]


@pytest.fixture
def server() -> Iterator[Instance]:
    if shutil.which("redis-server") is None:
        pytest.skip("there is no redis-server")
    from flue_adapter_redis.servers import Instance  # noqa: PLC0415 - it may be missing

    instance = Instance({})
    try:
        instance.start()
        yield instance
    finally:
        instance.remove()
