"""`Trace`: the recorded calls of a worker, and what the power would have left at each moment."""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final

from flue_conformance.harness.power.calls import Cut, Event, SystemCall, system_calls
from flue_conformance.harness.power.disk import Contents
from flue_conformance.harness.power.replay import Replay, Unseen

__all__ = ["Image", "Trace", "Unseen"]

_ANSWERING: Final = frozenset({"write", "writev", "sendto", "sendmsg"})
_SYNCS: Final = frozenset({"fsync", "fdatasync"})
_TORN: Final = 2
"""How many states with some of the unsynced writes are tried when an answer goes out."""
_AMID: Final = 3
"""At how many of its syncs the power goes while a request runs."""


@dataclass(frozen=True, slots=True)
class Image:
    """What a disk may hold when the power goes at a moment."""

    answered: int
    """The number of the last request whose answer had gone out."""
    running: bool
    """Whether the next request was under way."""
    contents: Contents
    """By paths below the folder."""
    how: str
    """What the power took, in words for a person."""

    def write(self, folder: Path) -> None:
        """Make the files below a folder."""
        for path, data in self.contents.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(data)


@dataclass(frozen=True, slots=True)
class Moment:
    """A place among the events at which the power goes."""

    place: int
    answered: int
    is_answer: bool
    """Whether the answer is about to go out; else the next request is under way."""


class Trace:
    """What a worker did below `folder`, which held `before` at first and `after` in the end.

    Answers are found by what they are, lines with an id and a result or an error, wherever they are
    written that is no file: so their order among the other calls is exact, in any language.
    """

    def __init__(self, log: Path, folder: Path, before: Contents, after: Contents) -> None:
        with log.open(encoding="ascii", errors="replace") as lines:
            self._events = list(system_calls(lines))
        self._folder = folder
        self._before = before
        self._after = after
        self._answers = _answers(self._events)

    def check(self) -> None:
        """Raise `Unseen` where the calls do not explain what the files hold in the end."""
        replay = Replay(self._folder, self._before, self._after)
        for event in self._events:
            replay.take(event)
        seen = replay.disk.contents()
        for path in sorted(filter(replay.is_inside, {*seen, *self._after})):
            if seen.get(path) != self._after.get(path):
                raise Unseen(
                    f"The recorded system calls do not explain what {self._short(path)} holds."
                )
        if not any(map(replay.is_inside, seen)):
            raise Unseen("The adapter keeps no files at its location, nor beside it.")

    def images(self, numbers: Sequence[int], random: Random) -> Iterator[Image]:
        """Return what the power may leave at chosen requests: while each runs, and once answered.

        Raises `Unseen`.
        """
        moments = iter(self._moments(numbers, random))
        moment = next(moments, None)
        replay = Replay(self._folder, self._before, self._after)
        for place, event in enumerate(self._events):
            while moment is not None and moment.place == place:
                yield from self._left(replay, moment, random)
                moment = next(moments, None)
            replay.take(event)

    def faults(self, after: int) -> dict[str, list[int]]:
        """Return, by the name of a call, which of them concern the folder once a request is over.

        They are numbered from 1 in each task, as `Fault` counts. Numbers are left out at which
        another task's call concerns something else, such as an answer.
        """
        begun = self._answers.get(after, len(self._events))
        counts: dict[tuple[int, str], int] = defaultdict(int)
        ours: dict[str, dict[int, bool]] = defaultdict(dict)
        for place, event in enumerate(self._events):
            if not event.begins:
                continue
            call = event.call
            counts[call.task, call.name] += 1
            number = counts[call.task, call.name]
            concerned = place > begun and self._concerns(call)
            ours[call.name][number] = ours[call.name].get(number, True) and concerned
        found = {
            name: [number for number, is_ours in numbers.items() if is_ours]
            for name, numbers in ours.items()
        }
        return {name: numbers for name, numbers in found.items() if numbers}

    def _moments(self, numbers: Sequence[int], random: Random) -> Iterator[Moment]:
        for number in numbers:
            if number not in self._answers:
                raise Unseen(f"The answer to request {number} is not among the system calls.")
            answered = self._answers[number]
            asked = self._answers.get(number - 1, 0)
            between = range(asked + 1, answered)
            # When a sync begins, most is to be lost.
            syncs = [place for place in between if self._begins_a_sync(place)]
            chosen = random.sample(syncs, min(_AMID, len(syncs)))
            if between:
                chosen.append(random.choice(between))
            for place in sorted(set(chosen)):
                yield Moment(place, number - 1, is_answer=False)
            yield Moment(answered, number, is_answer=True)

    def _left(self, replay: Replay, moment: Moment, random: Random) -> Iterator[Image]:
        """Return the images of one moment, each once."""
        disk = replay.disk
        unsynced = {
            self._short(path): what
            for path, what in disk.unsynced().items()
            if replay.is_inside(path)
        }
        lost = ", ".join(f"{path} ({what})" for path, what in unsynced.items()) or "nothing"
        left = [(disk.durable(), f"all that was not synced is lost: {lost}")]
        if not moment.is_answer:
            left.clear()
        if unsynced:
            torn = f"some of what was not synced is lost: {lost}"
            count = _TORN if moment.is_answer else 1
            left += [(disk.torn(random), torn) for _ in range(count)]
        tried: list[Contents] = []
        for contents, how in left:
            below = {
                self._short(path): data for path, data in contents.items() if replay.is_inside(path)
            }
            if below not in tried:
                tried.append(below)
                yield Image(moment.answered, not moment.is_answer, below, how)

    def _begins_a_sync(self, place: int) -> bool:
        event = self._events[place]
        return event.begins and event.call.name in _SYNCS and self._concerns(event.call)

    def _concerns(self, call: SystemCall) -> bool:
        descriptor = call.descriptor()
        return descriptor is not None and descriptor.name.startswith(f"{self._folder}{os.sep}")

    def _short(self, path: str) -> str:
        return os.path.relpath(path, self._folder)


def _answers(events: Sequence[Event]) -> dict[int, int]:
    """Return where the answer to each request begins to be written, by the request's number."""
    found: dict[int, int] = {}
    streams: dict[str, bytes] = defaultdict(bytes)
    for place, event in enumerate(events):
        call = event.call
        if not event.begins or call.name not in _ANSWERING or call.value <= 0:
            continue
        descriptor = call.descriptor()
        if descriptor is None or descriptor.name.startswith(os.sep):
            continue
        try:
            data = call.data[: call.value]
        except Cut:
            continue
        *lines, streams[descriptor.name] = (streams[descriptor.name] + data).split(b"\n")
        for line in lines:
            number = _answered(line)
            if number is not None:
                found.setdefault(number, place)
    return found


def _answered(line: bytes) -> int | None:
    """Return the number of the request that a line answers."""
    try:
        told = json.loads(line)
    except ValueError:
        return None
    is_answer = isinstance(told, dict) and ("result" in told or "error" in told)
    number = told.get("id") if is_answer else None
    return number if isinstance(number, int) else None
