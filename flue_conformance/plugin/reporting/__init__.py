"""`--flue-report=DIR`: gathers what a run shows, and writes its report."""

from __future__ import annotations
