"""The model as a specification of histories: whether the contract allows what clients saw."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

from flue_conformance.harness.histories import Operation
from flue_conformance.harness.linearizability import Explanation
from flue_conformance.model import READS, Call, State, difference, steps, told


@dataclass(frozen=True, slots=True)
class Contract:
    """What an edition of the contract allows operations on one key to return."""

    edition: str

    def initial(self, key: Hashable) -> State:
        """Return the empty state; calls that failed unseen may have left gaps."""
        del key
        return State(self.edition, lossy=True)

    def after(self, state: State, operation: Operation[Call]) -> Iterable[State]:
        """Return the states that an operation may leave."""
        for step in steps(state, operation.call):
            known = step.known(operation.outcome) if operation.certain else step.state
            if known is not None:
                yield known

    def alters(self, operation: Operation[Call]) -> bool:
        """Return whether an operation may leave another state."""
        return operation.call.name not in READS


@dataclass(frozen=True, slots=True)
class Refutation:
    """What the contract would have let the culprit return, after all that could be explained."""

    expected: str
    rules: Sequence[str]


def refutation(contract: Contract, key: Hashable, explanation: Explanation[Call]) -> Refutation:
    """Return what the culprit should have returned, had it come right behind the explained ones."""
    assert explanation.culprit is not None
    states = {contract.initial(key)}
    for operation in explanation.order:
        states = {after for state in states for after in contract.after(state, operation)}
    allowed = [step for state in states for step in steps(state, explanation.culprit.call)]
    different = difference(explanation.culprit.outcome, allowed)
    expected = different or " or ".join(dict.fromkeys(told(step.result) for step in allowed))
    return Refutation(expected, allowed[0].rules if allowed else ())
