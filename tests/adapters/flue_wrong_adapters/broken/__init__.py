"""Adapters that break a rule: one module an area of the contract."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from flue_wrong_adapters.catalogue import BROKEN

__all__ = ["BROKEN"]

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")
