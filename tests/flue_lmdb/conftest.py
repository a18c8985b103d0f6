"""Adapters on a file of their own."""

from __future__ import annotations

import importlib.util

if importlib.util.find_spec("flue_adapter_lmdb") is None:
    # Without the plugin there is nothing to test.
    collect_ignore_glob = ["*"]
