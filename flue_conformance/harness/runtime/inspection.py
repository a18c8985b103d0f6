"""What a session says about a submission whose attempt was interrupted: section 5.5."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from flue_conformance.contract import SessionData
from flue_conformance.harness.runtime.conversation import Entry, since_input


class Progress(StrEnum):
    """How far it came."""

    ABSENT = "its input is not on the active path"
    COMPLETED = "the last answer after it is a whole one"
    CONTINUABLE = "tools have results, or a partial answer was prepared to be continued"
    UNCERTAIN = "anything else"


def progress(session: SessionData | None, submission_id: str) -> Progress:
    """Return how far a submission came."""
    since = since_input(session, submission_id)
    if since is None:
        return Progress.ABSENT
    messages = [entry["message"] for entry in since if entry["type"] == "message"]
    if any(message["role"] == "user" for message in messages):
        return Progress.UNCERTAIN
    places = [place for place, one in enumerate(messages) if one["role"] == "assistant"]
    if not places:
        return Progress.UNCERTAIN
    reason, rest = messages[places[-1]]["stopReason"], messages[places[-1] + 1 :]
    if reason in ("stop", "length"):
        return Progress.COMPLETED
    has_result = any(message["role"] == "toolResult" for message in rest)
    continues = any(message.get("type") == "stream_continued" for message in rest)
    if (reason == "toolUse" and has_result) or (reason == "aborted" and continues):
        return Progress.CONTINUABLE
    return Progress.UNCERTAIN


def unanswered(
    calls: Sequence[Entry], session: SessionData | None, submission_id: str
) -> list[Entry]:
    """Return the tool calls that have no result."""
    since = since_input(session, submission_id) or []
    answered = {entry["message"].get("toolCallId") for entry in since}
    return [call for call in calls if call["id"] not in answered]
