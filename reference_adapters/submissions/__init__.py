"""The submission store of the reference adapters."""

from __future__ import annotations

from reference_adapters.submissions.store import SubmissionStore

__all__ = ["SubmissionStore"]
