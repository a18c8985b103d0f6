"""Numbers and names that both sides of the contract agree on."""

from __future__ import annotations

from typing import Final

LEASE_DURATION_MS: Final = 30_000
"""How far from now `renew_leases` sets an expiry. LEASE-01."""

DEFAULT_MAX_RETRY: Final = 10
"""Retry budget of a submission that names none. ADMISSION-01, CLAIM-01, LIFECYCLE-03."""

DEFAULT_TIMEOUT_MS: Final = 3_600_000
"""Timeout of a submission that names none. CLAIM-01, LIFECYCLE-03."""

SUBMISSION_HARNESS: Final = "default"
"""The harness name inside the session keys of submissions."""

DEFAULT_RUN_PAGE: Final = 100
MAX_RUN_PAGE: Final = 1000
"""Page sizes of the run registry. INDEX-11."""

MAX_RUN_EVENT_BYTES: Final = 1_048_576
"""Largest run event as UTF-8 JSON, inclusive; edition 0.10. EVENT-07."""

DEFAULT_STREAM_PAGE: Final = 100
MAX_STREAM_PAGE: Final = 1000
"""Page sizes of an event stream; edition 0.11. STREAM-21."""

STREAM_OFFSET_DIGITS: Final = 16
"""Width of each number in a stream offset."""

MAX_IMAGE_CHARACTERS: Final = 14 * 1024 * 1024
"""Longest image data, in characters; edition 0.11. ADMISSION-18, SESSION-20."""

SESSION_VERSION: Final = 5
"""The session format that the runtime writes; stores neither check nor change it. SESSION-13."""

MAX_INTEGER: Final = 2**53 - 1
"""Largest integer that every binding holds exactly. ENCODING-07."""
