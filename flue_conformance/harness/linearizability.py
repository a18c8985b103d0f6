"""Whether some order explains what concurrent clients saw: a linearizability checker.

The search is Wing and Gong's: put first any operation that began before every other one ended, see
whether the specification allows what it returned, and go on with the rest; where nothing fits, take
back the last choice. Lowe's memo keeps it from entering the same place twice. An operation whose
outcome is unknown may be put anywhere after its beginning, or be left out: of two places that
differ in those alone, the one that used up fewer can do whatever the other one can.

Where that takes long, a second search begins anew and sees all places that use up few of those
before any that use up more, so that each keeps many others from being seen.
"""

from __future__ import annotations

from collections.abc import Generator, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import islice
from typing import Final, Generic, NamedTuple, Protocol, TypeAlias, TypeVar

from flue_conformance.harness.histories import CallT, Operation, by_key

StateT = TypeVar("StateT", bound=Hashable)

BUDGET: Final = 1_000_000
"""How many steps of the specification a check may take; some seconds."""

_BRIEF: Final = 10
"""How many steps an operation the first search takes before the second one has a try."""
_COMPARISONS: Final = 4
"""How many comparisons of places take as long as a step, as a power of two."""


class Answer(StrEnum):
    """What a check found."""

    EXPLAINED = "explained"
    """Some order of the operations explains all that was returned."""
    VIOLATED = "violated"
    """No order does."""
    UNDECIDED = "undecided"
    """The budget was used up before either was found. This is never a pass."""


class Specification(Protocol[StateT, CallT]):
    """What operations may return, one after the other. States are immutable and cheap to hash."""

    def initial(self, key: Hashable) -> StateT:
        """Return the state of a key before anything happened to it."""

    def after(self, state: StateT, operation: Operation[CallT]) -> Iterable[StateT]:
        """Return the states that an operation may leave, none if it cannot have returned that.

        Where its outcome is unknown, it may have returned anything.
        """

    def alters(self, operation: Operation[CallT]) -> bool:
        """Return whether an operation may leave another state than it found."""


@dataclass(frozen=True, slots=True)
class Explanation(Generic[CallT]):
    """The longest order that explains operations on one key, and what it could not explain."""

    answer: Answer
    order: Sequence[Operation[CallT]]
    culprit: Operation[CallT] | None = None
    """The order has all that ended before this one did; none that was found has it as well."""
    steps: int = 0


@dataclass(frozen=True, slots=True)
class Verdict(Generic[CallT]):
    """What a check found of each key."""

    explanations: Mapping[Hashable, Explanation[CallT]]

    @property
    def answer(self) -> Answer:
        """The worst of the answers: one key that is violated is enough."""
        found = {each.answer for each in self.explanations.values()}
        if Answer.VIOLATED in found:
            return Answer.VIOLATED
        return Answer.UNDECIDED if Answer.UNDECIDED in found else Answer.EXPLAINED

    @property
    def steps(self) -> int:
        """How many steps of the specification it took."""
        return sum(each.steps for each in self.explanations.values())


def check(
    operations: Iterable[Operation[CallT]],
    specification: Specification[StateT, CallT],
    *,
    budget: int = BUDGET,
) -> Verdict[CallT]:
    """Decide whether some order explains the operations on each key."""
    found: dict[Hashable, Explanation[CallT]] = {}
    for key, part in by_key(operations).items():
        left = budget - sum(each.steps for each in found.values())
        found[key] = _explained(part, specification, specification.initial(key), left)
    return Verdict(found)


def _explained(
    operations: Sequence[Operation[CallT]],
    specification: Specification[StateT, CallT],
    initial: StateT,
    budget: int,
) -> Explanation[CallT]:
    brief = _Search(operations, specification, min(budget, _BRIEF * len(operations)))
    found, steps = brief.explain(initial), 0
    if found.answer is Answer.UNDECIDED and found.steps < budget:
        steps = found.steps
        found = _ThriftySearch(operations, specification, budget - steps).explain(initial)
    return replace(found, steps=steps + found.steps)


_Trail: TypeAlias = "tuple[_Trail[CallT], Operation[CallT]] | None"
"""The operations that were put in order, the last one first."""


class _Place(NamedTuple, Generic[StateT, CallT]):
    """How far a search came."""

    first: int
    """The first operation that is not in order yet, by its beginning."""
    beyond: int
    """Those behind it that are, a bit each."""
    state: StateT
    used: int
    """The operations of unknown outcome that are, a bit each."""
    trail: _Trail[CallT]


class _Search(Generic[StateT, CallT]):
    """The search for an order of the operations on one key."""

    def __init__(
        self,
        operations: Sequence[Operation[CallT]],
        specification: Specification[StateT, CallT],
        budget: int,
    ) -> None:
        self._specification = specification
        self._budget = budget
        self._steps = 0
        self._certain = [each for each in operations if each.ended is not None]
        self._ends = [each.ended or 0 for each in self._certain]
        self._alters = [specification.alters(each) for each in self._certain]
        # One that altered nothing need not have happened.
        lost = [each for each in operations if each.ended is None and specification.alters(each)]
        self._alike: dict[CallT, list[tuple[int, Operation[CallT]]]] = {}
        for place, each in enumerate(lost):
            self._alike.setdefault(each.call, []).append((1 << place, each))
        self._seen: dict[tuple[int, int, StateT], list[int]] = {}

    def explain(self, initial: StateT) -> Explanation[CallT]:
        """Return an order of all operations that must have happened, or the longest there is."""
        start = _Place[StateT, CallT](0, 0, initial, 0, None)
        if not self._certain:
            return self._found(Answer.EXPLAINED, start)
        self._furthest, self._culprit = start, self._next(start)[0]
        reached = self._reached(start)
        if reached is not None:
            return self._found(Answer.EXPLAINED, reached)
        answer = Answer.UNDECIDED if self._steps > self._budget else Answer.VIOLATED
        return self._found(answer, self._furthest, self._culprit)

    def _reached(self, start: _Place[StateT, CallT]) -> _Place[StateT, CallT] | None:
        """Return a place with all in order; None where there is none, or the budget is used up."""
        return self._descended(start)

    def _descended(self, start: _Place[StateT, CallT]) -> _Place[StateT, CallT] | None:
        """Try one move after the other, and take back those that lead nowhere."""
        stack = [self._moves(start, self._next(start))]
        while stack and self._steps <= self._budget:
            moved = next(stack[-1], None)
            if moved is None:
                stack.pop()
            elif moved.first == len(self._certain):
                return moved
            elif self._is_new(moved):
                next_ones = self._next(moved)
                if self._ends[next_ones[0]] > self._ends[self._culprit]:
                    self._furthest, self._culprit = moved, next_ones[0]
                stack.append(self._moves(moved, next_ones))
        return None

    def _found(
        self, answer: Answer, place: _Place[StateT, CallT], culprit: int | None = None
    ) -> Explanation[CallT]:
        order = []
        trail = place.trail
        while trail is not None:
            trail, operation = trail
            order.append(operation)
        blamed = None if culprit is None else self._certain[culprit]
        return Explanation(answer, order[::-1], blamed, self._steps)

    def _moves(
        self, place: _Place[StateT, CallT], next_ones: Sequence[int]
    ) -> Iterator[_Place[StateT, CallT]]:
        """Return where one further operation leads, those first that must come anyway."""
        if not (yield from self._certain_moves(place, next_ones)):
            yield from self._lost_moves(place, next_ones)

    def _certain_moves(
        self, place: _Place[StateT, CallT], next_ones: Sequence[int]
    ) -> Generator[_Place[StateT, CallT], None, bool]:
        """Return where an operation leads that must have happened.

        In the end: whether it is one that may as well come now as later.
        """
        for number in next_ones:
            self._steps += 1
            for state in self._specification.after(place.state, self._certain[number]):
                yield self._advanced(place, number, state)
                if not self._alters[number] and state == place.state:
                    # Having looked now keeps nothing from happening later.
                    return True
        return False

    def _lost_moves(
        self, place: _Place[StateT, CallT], next_ones: Sequence[int]
    ) -> Iterator[_Place[StateT, CallT]]:
        """Return where an operation of unknown outcome leads."""
        due = self._ends[next_ones[0]]
        for alike in self._alike.values():
            # The earliest of those that do the same is as good as any.
            unused = (each for each in alike if not place.used & each[0])
            for bit, operation in islice(unused, 1):
                if operation.began <= due:
                    self._steps += 1
                    for state in self._specification.after(place.state, operation):
                        if state != place.state:
                            trail, used = (place.trail, operation), place.used | bit
                            yield place._replace(state=state, used=used, trail=trail)

    def _next(self, place: _Place[StateT, CallT]) -> list[int]:
        """Return the operations that may come next, the first to end first.

        They began before any other one ended.
        """
        found = []
        due = self._ends[place.first]
        for number in range(place.first, len(self._certain)):
            if self._certain[number].began > due:
                break
            if number == place.first or not place.beyond >> (number - place.first - 1) & 1:
                found.append(number)
                due = min(due, self._ends[number])
        found.sort(key=self._ends.__getitem__)
        return found

    def _advanced(
        self, place: _Place[StateT, CallT], number: int, state: StateT
    ) -> _Place[StateT, CallT]:
        trail = (place.trail, self._certain[number])
        first, beyond = place.first, place.beyond
        if number > first:
            return _Place(first, beyond | 1 << (number - first - 1), state, place.used, trail)
        first += 1
        while beyond & 1:
            first, beyond = first + 1, beyond >> 1
        return _Place(first, beyond >> 1, state, place.used, trail)

    def _is_new(self, place: _Place[StateT, CallT]) -> bool:
        """Note a place; return whether none was seen before that can do the same."""
        known = self._seen.setdefault((place.first, place.beyond, place.state), [])
        used = place.used
        self._steps += len(known) >> _COMPARISONS
        if any(earlier & used == earlier for earlier in known):
            return False
        known[:] = [earlier for earlier in known if used & earlier != used]
        known.append(used)
        return True


class _ThriftySearch(_Search[StateT, CallT]):
    """A search that uses up operations of unknown outcome as late as it can, and as few."""

    _passed: list[tuple[_Place[StateT, CallT], Sequence[int]]]

    def _reached(self, start: _Place[StateT, CallT]) -> _Place[StateT, CallT] | None:
        level = [start]
        while level and self._steps <= self._budget:
            self._passed = []
            for place in level:
                reached = self._descended(place)
                if reached is not None:
                    return reached
            level = list(filter(self._is_new, self._lost_moves_of_all()))
        return None

    def _lost_moves_of_all(self) -> Iterator[_Place[StateT, CallT]]:
        for place, next_ones in self._passed:
            if self._steps > self._budget:
                return
            yield from self._lost_moves(place, next_ones)

    def _moves(
        self, place: _Place[StateT, CallT], next_ones: Sequence[int]
    ) -> Iterator[_Place[StateT, CallT]]:
        if not (yield from self._certain_moves(place, next_ones)):
            self._passed.append((place, next_ones))
