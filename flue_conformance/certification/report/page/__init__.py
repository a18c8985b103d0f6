"""`report.html`: one file that says what one or several runs showed, for people."""

from __future__ import annotations

from flue_conformance.certification.report.page.rendering import page

__all__ = ["page"]
