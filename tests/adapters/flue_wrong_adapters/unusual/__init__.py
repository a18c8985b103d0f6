"""Adapters that are correct, however odd they look: they break no MUST."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from flue_wrong_adapters.catalogue import UNUSUAL

__all__ = ["UNUSUAL"]

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")
