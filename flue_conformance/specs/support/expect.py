"""`Expect`: what a spec asserts, told so that a failure teaches."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping

from flue_conformance.contract import ContractError, kind_of
from flue_conformance.contract.errors import is_kind
from flue_conformance.specs.support.broken import BrokenRule
from flue_conformance.specs.support.difference import first_difference
from flue_conformance.specs.support.ledger import Ledger
from flue_conformance.specs.support.shown import said, shown

CLOCK_SLACK_MS = 50
"""How far an instant may lie outside the call that set it (section 6 of the contract)."""


class Expect:
    """Expectations of one spec; each raises `BrokenRule` when it is not met.

    `about` says in a few words which part of the rule is looked at.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def equal(self, actual: object, expected: object, about: str = "") -> None:
        """Expect the same record, document or scalar."""
        difference = first_difference(actual, expected)
        if difference:
            # Of a number there is nothing to say but the number itself.
            plain = expected is None or isinstance(expected, int | float)
            where = "" if plain else f"\n({difference})"
            raise BrokenRule(
                about=about, came_back=f"{shown(actual)}{where}", expected=shown(expected)
            )

    def true(self, actual: object, about: str = "") -> None:
        """Expect True."""
        self.equal(actual, True, about)

    def false(self, actual: object, about: str = "") -> None:
        """Expect False."""
        self.equal(actual, False, about)

    def none(self, actual: object, about: str = "") -> None:
        """Expect None."""
        self.equal(actual, None, about)

    def one_of(self, actual: object, allowed: list[object], about: str = "") -> None:
        """Expect one of several outcomes that the rule permits."""
        if all(first_difference(actual, choice) for choice in allowed):
            choices = " or ".join(map(shown, allowed))
            raise BrokenRule(about=about, came_back=shown(actual), expected=choices)

    def permitted(self, outcomes: Mapping[str, bool], *, came_back: object, about: str = "") -> str:
        """Expect one of the outcomes that a rule leaves open, and note which one it was.

        `outcomes` says of each, in words for a person, whether it is what happened; the first that
        is gives the note. Returns its words.
        """
        for outcome, happened in outcomes.items():
            if happened:
                self._ledger.seen.append(f"{about}: {outcome}" if about else outcome)
                return outcome
        raise BrokenRule(about=about, came_back=shown(came_back), expected=" or ".join(outcomes))

    def near(self, actual: object, since: int, until: int, about: str = "") -> None:
        """Expect an instant between two instants in milliseconds, give or take the clock slack."""
        earliest, latest = since - CLOCK_SLACK_MS, until + CLOCK_SLACK_MS
        if not isinstance(actual, int) or not earliest <= actual <= latest:
            raise BrokenRule(
                about=about,
                came_back=shown(actual),
                expected=f"an instant from {earliest} to {latest}",
            )

    def later(self, actual: object, than: int | None, about: str = "") -> None:
        """Expect a later instant than another one that the same clock told."""
        if not isinstance(actual, int) or than is None or actual <= than:
            raise BrokenRule(about=about, came_back=shown(actual), expected=f"later than {than}")

    def that(self, condition: bool, *, came_back: object, expected: str, about: str = "") -> None:
        """Expect a condition that no other expectation expresses."""
        if not condition:
            raise BrokenRule(about=about, came_back=shown(came_back), expected=expected)

    async def raises(
        self, call: Awaitable[object], kind: type[ContractError] | None = None, about: str = ""
    ) -> Exception:
        """Expect the call to raise; another kind of error than `kind` is a finding.

        Returns the error.
        """
        try:
            value = await call
        except BrokenRule:
            raise
        except Exception as error:  # noqa: BLE001 - any error holds a rule that says raises
            if kind is not None and not is_kind(error, kind):
                self.finding(
                    f"{about or 'the error'} is of kind {kind_of(error)}, not {kind.kind}: "
                    f"{said(error)}"
                )
            return error
        expected = f"an error of kind {kind.kind}" if kind else "an error"
        raise BrokenRule(about=about, came_back=shown(value), expected=expected)

    def own_change(self, document: object) -> None:
        """Say that the spec is about to change this document, which a running call was given."""
        self._ledger.own_changes.append(document)

    def finding(self, text: str) -> None:
        """Note what users should know but what breaks no MUST."""
        self._ledger.findings.append(text)
