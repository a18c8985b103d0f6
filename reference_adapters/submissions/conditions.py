"""Conditions on submission rows that several statements share."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Text, and_, bindparam, exists, literal_column

from reference_adapters.schema import submissions

_earlier: Final = submissions.alias("earlier")

HEAD: Final = ~exists().where(
    _earlier.c.session_key == submissions.c.session_key,
    _earlier.c.sequence < submissions.c.sequence,
    _earlier.c.status != literal_column("'settled'", Text),
)
"""First among the unsettled submissions of its session."""

NAMED: Final = submissions.c.submission_id == bindparam("submission")
"""The submission that the caller names."""

ATTEMPT: Final = and_(
    NAMED,
    submissions.c.attempt_id == bindparam("attempt"),
    submissions.c.status == "running",
)
"""The attempt that the caller names still owns its submission: the fence of every owner's call."""
