"""A Flue persistence adapter."""

from __future__ import annotations

from flue_adapter_template.adapter import TemplateAdapter

__all__ = ["TemplateAdapter"]
