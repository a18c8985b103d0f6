"""Adapters from npm under test: `pytest --flue-adapter='npm:@flue/runtime@0.11.1#sqlite'`.

The adapter runs in Node, served by `host.mjs`, which speaks the kit's bridge protocol itself.
"""

from __future__ import annotations

from typing import Final

from flue_adapter_npm.backend import NpmBackend

__all__ = ["NpmBackend", "backend"]

backend: Final = NpmBackend()
"""What the entry point `npm` of `flue.adapters` names."""
