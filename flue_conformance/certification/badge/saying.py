"""`Badge`: the few words of a badge, and how sure they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from flue_conformance.certification.certificate.statement import CertifiedEdition
from flue_conformance.certification.report.data import Report
from flue_conformance.rules import Level

_NO_LEVEL: Final = "no level"
_COLOURS: Final = {
    Level.EPHEMERAL: "#5b4b8a",
    Level.SINGLE_HOST: "#0b5c8a",
    Level.MULTI_REPLICA: "#14663a",
}
"""White text on each has a contrast of more than 6:1."""
_UNCERTIFIED: Final = "#6a737d"


class NoBadge(Exception):  # noqa: N818 - named for what a person reads
    """Nothing that fits on one badge was said; the message says why."""


@dataclass(frozen=True, slots=True)
class Badge:
    """What a badge says."""

    label: str
    """What it is about, such as `flue 0.11`."""
    message: str
    """The level, such as `single-host`."""
    colour: str
    certified: bool
    """Whether a certificate says so. What only a report says looks another way."""


def badge_of_certificate(editions: Sequence[CertifiedEdition]) -> Badge:
    """Return the badge of a certificate that was verified."""
    label, message = _words({one.edition: str(one.level) for one in editions})
    return Badge(label, message, _COLOURS[min(one.level for one in editions)], certified=True)


def badge_of_report(report: Report) -> Badge:
    """Return the badge of an ordinary run, which says itself that nobody vouches for it.

    Raises `NoBadge` for a report on several adapters.
    """
    adapters = sorted({subject.adapter for subject in report.subjects})
    if len(adapters) != 1:
        raise NoBadge(
            f"it is about {', '.join(adapters) or 'no adapter'}, and a badge is about one adapter"
        )
    levels = {one.edition: str(one.earned or _NO_LEVEL) for one in report.subjects}
    label, message = _words(levels)
    return Badge(label, f"{message}, uncertified", _UNCERTIFIED, certified=False)


def _words(levels: dict[str, str]) -> tuple[str, str]:
    """Return label and message of the level of each edition."""
    if len(set(levels.values())) == 1:
        return f"flue {', '.join(levels)}", next(iter(levels.values()))
    return "flue", ", ".join(f"{level} in {edition}" for edition, level in levels.items())
