"""`BrokenRule`: how a spec says that the adapter broke the rule; and what adapters must not do."""

from __future__ import annotations

from collections.abc import Sequence


class BrokenRule(AssertionError):
    """The adapter did something else than the rule says.

    `came_back` and `expected` are texts for a person; `about` says which part of the rule it was.
    `rules` are the ids of those that say what was expected, the foremost first, where that is not
    the rule that the spec is about; `script` is a program that shows it, `picture` an SVG document.
    """

    def __init__(
        self,
        *,
        came_back: str,
        expected: str,
        about: str = "",
        rules: Sequence[str] = (),
    ) -> None:
        self.came_back = came_back
        self.expected = expected
        self.about = about
        self.rules = rules
        self.script = ""
        self.picture = ""
        super().__init__(f"{about or 'The rule is broken'}: expected {expected}; got {came_back}")


class Stuck(BaseException):
    """The adapter kept the process from going on; no handler of ordinary errors is to catch it.

    `about` names the call, `waited` is in seconds, `where` has the lines of the stack.
    """

    def __init__(self, about: str, waited: float, where: Sequence[str]) -> None:
        self.about = about
        self.waited = waited
        self.where = where
        super().__init__(f"{about}: nothing went on for {waited:g} s")


class StuckAfterwards(Stuck, Exception):
    """The adapter kept what follows a spec from going on; everything else is still tidied."""


class EndedProcess(BaseException):
    """The adapter wanted to end the process, and was kept from it."""
