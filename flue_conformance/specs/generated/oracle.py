"""`Oracle`: the states that an adapter may be in, after all that it returned so far."""

from __future__ import annotations

from flue_conformance.model import Call, Failure, State, Step, difference, steps, told
from flue_conformance.rules import CATALOGUE, Requirement
from flue_conformance.specs.support.broken import BrokenRule
from flue_conformance.specs.support.shown import said, shown


class Oracle:
    """Follows an adapter: what a call returned rules out the states in which it could not.

    It follows all that are left, since the adapter may be in any of them. Moves therefore read
    what they left open, before they go on.
    """

    def __init__(self, edition: str) -> None:
        self.states: set[State] = {State(edition)}

    @property
    def state(self) -> State:
        """One of the states."""
        return next(iter(self.states))

    def learn(self, call: Call, seen: object) -> None:
        """Learn what a call returned, or the `Failure` that it ended in.

        Raises `BrokenRule` where the contract lets it do something else only.
        """
        allowed: list[Step] = []
        known: set[State] = set()
        for state in self.states:
            for step in steps(state, call):
                allowed.append(step)
                after = step.known(seen)
                if after is not None:
                    known.add(after)
        if not known:
            raise divergence(call, seen, allowed)
        self.states = known


def divergence(call: Call, seen: object, allowed: list[Step]) -> BrokenRule:
    """Return the failure of a call after which the model and the adapter go separate ways."""
    came_back = f"raised {said(seen.error)}" if isinstance(seen, Failure) else shown(seen)
    different = difference(seen, allowed)
    expected = dict.fromkeys(told(step.result) for step in allowed)
    return BrokenRule(
        about=f"what {call.name} returns",
        came_back=f"{came_back}\n({different})" if different else came_back,
        expected=" or ".join(expected),
        rules=sorted(allowed[0].rules, key=_may_be_broken),
    )


def _may_be_broken(rule: str) -> bool:
    return CATALOGUE[rule].requirement is not Requirement.MUST
