"""Submissions as the server has them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

from flue_adapter_redis.fields import hash_of

NUMBERS: Final = frozenset(
    {
        *("sequence", "accepted_at", "input_applied_at", "recovery_requested_at", "started_at"),
        *("settled_at", "attempt_count", "max_retry", "timeout_at", "lease_expires_at"),
    }
)


@dataclass(frozen=True, slots=True)
class Row:
    """A submission with the columns of section 4.2 of the contract."""

    sequence: int
    submission_id: str
    session_key: str
    kind: str
    payload: str
    status: str
    accepted_at: int
    attempt_count: int
    max_retry: int
    timeout_at: int
    lease_expires_at: int
    attempt_id: str | None = None
    input_applied_at: int | None = None
    recovery_requested_at: int | None = None
    started_at: int | None = None
    settled_at: int | None = None
    error: str | None = None
    owner_id: str | None = None

    @classmethod
    def of(cls, answer: Sequence[bytes]) -> Self:
        """Return the row of a hash's fields and values."""
        columns = hash_of(answer)
        return cls(
            **{name: int(value) if name in NUMBERS else value for name, value in columns.items()}  # type: ignore[arg-type]  # the columns that there are
        )
