"""Known deviations: what an adapter's author says that it does not keep.

They stand in a file `flue-deviations.toml` of the adapter's package:

    [[deviation]]
    rule = "STREAM-12"
    failure = "came back None"               # a part of what the report shows as seen
    reason = "The driver drops the connection."
    link = "https://example.org/issues/7"
    until = 2027-06-30
    edition = "0.11"                         # left out: every edition that has the rule
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Annotated, Final

import msgspec

from flue_conformance.certification.outcome import Outcome, SpecResult
from flue_conformance.rules import CATALOGUE

FILE: Final = "flue-deviations.toml"
_LEAST = 10
"""Characters that the text of a failure has at least: less would fit any failure."""

Said = Annotated[str, msgspec.Meta(min_length=1)]


class KnownDeviation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One entry of the file."""

    rule: Said
    failure: Annotated[str, msgspec.Meta(min_length=_LEAST)]
    reason: Said
    link: Said
    until: dt.date
    edition: str | None = None

    def is_about(self, rule_id: str, edition: str) -> bool:
        """Return whether it is about a rule in an edition."""
        return self.rule == rule_id and self.edition in (None, edition)

    def explains(self, failure: str) -> bool:
        """Return whether a report of a failure reads as the author expects, line ends aside."""
        return " ".join(self.failure.split()) in " ".join(failure.split())


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    deviation: tuple[KnownDeviation, ...] = ()


class UnreadableDeviations(Exception):  # noqa: N818 - named for what a person reads
    """A file of deviations is none; the message says where."""


def read_deviations(text: bytes) -> Sequence[KnownDeviation]:
    """Return the deviations of a file.

    Raises `UnreadableDeviations`.
    """
    try:
        return msgspec.toml.decode(text, type=_File).deviation
    except (msgspec.DecodeError, UnicodeDecodeError) as problem:
        raise UnreadableDeviations(f"{FILE}: {problem}") from None


def unusable(deviations: Iterable[KnownDeviation], today: dt.date) -> dict[KnownDeviation, str]:
    """Return the deviations that excuse nothing, and why: of no rule, or expired."""
    problems = {}
    for one in deviations:
        rule = CATALOGUE.get(one.rule)
        if rule is None or not rule.tested:
            problems[one] = f"{FILE} names {one.rule}, which is no rule that can be broken."
        elif one.edition is not None and not rule.holds_in(one.edition):
            problems[one] = f"{FILE} names {one.rule}, which edition {one.edition} does not have."
        elif one.until < today:
            problems[one] = (
                f"{FILE}: the deviation of {one.rule} has expired on {one.until}. Mend it, or say "
                "until when it stays."
            )
    return problems


def contradiction(deviation: KnownDeviation, results: Iterable[SpecResult]) -> str | None:
    """Return what is wrong with a deviation after a run; None where nothing is, or nobody looked.

    `results` are those of its rule in one edition.
    """
    outcomes = {result.outcome for result in results} - {Outcome.NOT_APPLICABLE}
    if Outcome.BROKEN in outcomes:
        return (
            f"{FILE}: {deviation.rule} fails in another way than {deviation.failure!r}; see what "
            "was seen."
        )
    if outcomes == {Outcome.HELD}:
        return f"{FILE}: the deviation of {deviation.rule} no longer happens. Remove it."
    return None
