"""`BrokenRule`: how a spec says that the adapter broke the rule."""

from __future__ import annotations


class BrokenRule(AssertionError):
    """The adapter did something else than the rule says.

    `came_back` and `expected` are texts for a person; `about` says which part of the rule it was.
    """

    def __init__(self, *, came_back: str, expected: str, about: str = "") -> None:
        self.came_back = came_back
        self.expected = expected
        self.about = about
        super().__init__(f"{about or 'The rule is broken'}: expected {expected}; got {came_back}")
