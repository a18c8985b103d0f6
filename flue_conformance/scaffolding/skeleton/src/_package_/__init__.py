"""A Flue persistence adapter."""

from __future__ import annotations

from {{package}}.adapter import {{class}}

__all__ = ["{{class}}"]
