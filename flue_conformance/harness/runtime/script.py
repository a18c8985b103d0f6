"""What stands for a model: its answer follows from what the session says, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from flue_conformance.contract import AgentSubmission
from flue_conformance.harness.runtime.conversation import Entry


@dataclass(frozen=True, slots=True)
class Answer:
    """What the model says, and the tools that it asks for."""

    text: str
    calls: Sequence[Entry] = ()

    def chunk(self) -> str:
        """Return the answer as one segment of the provider's stream."""
        return json.dumps([{"type": "text", "text": self.text}, *self.calls])


def answer(submission: AgentSubmission, turn_id: str, since: Sequence[Entry]) -> Answer:
    """Return the next answer: tools where the input asks for some and none has a result yet.

    `since` is what followed the input; `turn_id` makes the ids of the calls unique.
    """
    has_results = any(entry["message"]["role"] == "toolResult" for entry in since)
    calls = [
        {"type": "toolCall", "id": f"{turn_id}:{name}", "name": name, "arguments": {}}
        for name in tools_of(submission)
        if not has_results
    ]
    return Answer("Let me see." if calls else "Done.", calls)


def tools_of(submission: AgentSubmission) -> list[str]:
    """Return the names of the tools that a dispatch asks for by its input's `tools`."""
    given = cast("Mapping[str, Any]", submission.input).get("input")
    return list(given.get("tools", ())) if isinstance(given, dict) else []
