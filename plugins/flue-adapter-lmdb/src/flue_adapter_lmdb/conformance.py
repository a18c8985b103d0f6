"""The adapter as a backend: what this distribution's entry point names."""

from __future__ import annotations

from typing import Final

from flue_adapter_lmdb.adapter import EDITIONS, LmdbAdapter
from flue_adapter_lmdb.planter import LmdbPlanter
from flue_conformance.backends import FileBackend

lmdb: Final = FileBackend(LmdbAdapter, editions=EDITIONS, suffix=".lmdb", planter=LmdbPlanter)
