"""What a runtime did to the world: an append-only record that no kill takes back."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """What was done."""

    STARTED = "started an attempt"
    PROVIDER = "asked the provider"
    TOOL = "ran a tool"
    SETTLED = "settled"


@dataclass(frozen=True, slots=True)
class Effect:
    """One thing done for a submission; `detail` is the attempt, or the id of a tool call."""

    kind: Kind
    submission_id: str
    detail: str


@dataclass(slots=True)
class Effects:
    """The effects of all processes in the order in which they happened."""

    done: list[Effect] = field(default_factory=list)

    def note(self, kind: Kind, submission_id: str, detail: str) -> None:
        """Note what has just been done."""
        self.done.append(Effect(kind, submission_id, detail))

    def of(self, submission_id: str, *kinds: Kind) -> list[Effect]:
        """Return the effects for one submission, of these kinds only where some are named."""
        return [
            effect
            for effect in self.done
            if effect.submission_id == submission_id and (not kinds or effect.kind in kinds)
        ]
