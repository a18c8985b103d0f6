"""Submissions, their turn journals and stream chunks, and session deletion."""

from __future__ import annotations

from flue_adapter_redis.submissions.store import SubmissionStore

__all__ = ["SubmissionStore"]
