"""A Flue persistence adapter on LMDB."""

from __future__ import annotations

from flue_adapter_lmdb.adapter import LmdbAdapter

__all__ = ["LmdbAdapter"]
