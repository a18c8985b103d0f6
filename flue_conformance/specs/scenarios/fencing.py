"""The calls that only the current attempt may make."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final, TypeAlias

from flue_conformance.contract import (
    AgentSubmissionStore,
    SubmissionAttemptRef,
    SubmissionDurability,
)
from flue_conformance.specs.scenarios.journal_steps import FULL_UPDATE, STREAM_KEY

AttemptCall: TypeAlias = Callable[[AgentSubmissionStore, SubmissionAttemptRef], Awaitable[bool]]

SUBMISSION_CALLS: Final[Mapping[str, AttemptCall]] = {
    "an input mark": lambda store, mine: store.mark_submission_input_applied(
        mine, SubmissionDurability(max_retry=3, timeout_at=1_900_000_000_000)
    ),
    "a recovery request": lambda store, mine: store.request_submission_recovery(mine),
    "a requeue": lambda store, mine: store.requeue_submission_before_input_applied(mine),
    "a completion": lambda store, mine: store.complete_submission(mine),
    "a failure": lambda store, mine: store.fail_submission(mine, RuntimeError("too late")),
}
"""Those that ask whether the submission is running under the attempt. LIFECYCLE-01."""

JOURNAL_CALLS: Final[Mapping[str, AttemptCall]] = {
    "an update": lambda store, mine: store.update_turn_journal_phase(mine, "before_provider"),
    "a full update": lambda store, mine: store.update_turn_journal_phase(
        mine, "tool_request_recorded", FULL_UPDATE
    ),
    "a commit": lambda store, mine: store.commit_turn_journal(mine, "0000000b"),
    "a consumption mark": lambda store, mine: store.mark_stream_consumed(mine, STREAM_KEY),
}
"""Those that ask whether the journal is open and the attempt's. JOURNAL-06, -09 to -11."""
