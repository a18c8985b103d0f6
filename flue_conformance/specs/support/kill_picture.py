"""A kill as a picture: one lane a process, a bar from each call to its return, a cross at the end.

Specs of crashes kill one process after the other. Drawn is what led to the failure: the last kill
before it, what the dead process did, and what went on beside and behind it.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from html import escape
from typing import Final

from flue_conformance.bridge import PeerGone
from flue_conformance.harness.timeline import placing
from flue_conformance.specs.support.ledger import Call, Kill, Ledger, Raised, Returned

_BEFORE: Final = 4
"""Calls that are shown of what came before the process that dies."""
_LAST_WORDS: Final = 10
"""Calls that are shown of it and its like before the kill."""
_AFTER: Final = 10
"""The last calls, at the end of which the failure is."""
_LANE: Final = 32
_LINE: Final = 16
_LEFT: Final = 90
_WIDTH: Final = 960
_COLUMNS: Final = 136
_ASKED: Final = 92
_CAME_BACK: Final = 40
_OWN: Final = "the spec"
_STYLE: Final = (
    "text{font:11px ui-monospace,monospace;fill:#1f2328}.lane{stroke:#d0d7de}"
    ".done{fill:#eaeef2;stroke:#6e7781}.lost{fill:#fff8c5;stroke:#9a6700;stroke-dasharray:4 3}"
    ".failing{fill:#ffcecb;stroke:#cf222e;stroke-width:2}"
    ".kill{stroke:#cf222e;stroke-width:3}.dead{fill:#a40e26;font-weight:bold}"
    ".title{font-weight:bold}"
)


def picture_of_kill(
    ledger: Ledger, failing: Call | None, about: str, excerpt: Callable[[str], str]
) -> str:
    """Return the last kill before a failure as an SVG document; empty where nobody was killed.

    `failing` is the call that failed, if it was one; `excerpt` makes a text fit to be shown.
    """
    last = failing.began if failing else math.inf
    kills = [kill for kill in ledger.kills if kill.moment < last]
    if not kills:
        return ""
    kill = kills[-1]
    drawing = _Drawing(kill, _around(ledger, kill, last), failing, excerpt)
    return "\n".join(drawing.lines(about)) + "\n"


def _around(ledger: Ledger, kill: Kill, last: float) -> dict[int, Call]:
    """Return the calls that the story of one kill needs, by their places among all.

    None of them begins after `last`.
    """
    calls = dict(enumerate(ledger.calls))
    first = next((place for place, call in calls.items() if call.where == kill.where), 0)
    prepared = [place for place in range(max(0, first - _BEFORE), first) if not calls[place].where]
    lived = [place for place in calls if place >= first and calls[place].began < kill.moment]
    since = [place for place in calls if kill.moment < calls[place].began <= last]
    shown = prepared + lived[-_LAST_WORDS:] + since[-_AFTER:]
    return {place: calls[place] for place in shown}


@dataclass(frozen=True, slots=True)
class _Drawing:
    kill: Kill
    calls: Mapping[int, Call]
    failing: Call | None
    excerpt: Callable[[str], str]

    def lines(self, about: str) -> Iterator[str]:
        """Yield the document."""
        wheres = [call.where for call in self.calls.values()]
        lanes = list(dict.fromkeys([*wheres, self.kill.where]))
        title = [*map(escape, textwrap.wrap(self._plain(about), _COLUMNS))]
        told = [*self._told()]
        below = _LANE * len(lanes) + 24
        height = below + _LINE * (len(told) + len(title) + 2)
        yield (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" '
            f'width="{_WIDTH}" height="{height}" role="img">'
        )
        yield f"<title>{' '.join(title)}</title><style>{_STYLE}</style>"
        yield f'<rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>'
        at = placing(self._moments(), _WIDTH - _LEFT - 60)
        for number, where in enumerate(lanes):
            yield from self._lane(where, _LANE * number + 24, at)
        for number, line in enumerate(told, start=1):
            yield f'<text x="8" y="{below + _LINE * number}" xml:space="preserve"{line}</text>'
        first = height - _LINE * len(title) + 8
        for number, line in enumerate(title):
            yield f'<text x="8" y="{first + _LINE * number}" class="title">{line}</text>'
        yield "</svg>"

    def _lane(self, where: str, middle: int, at: Callable[[int | None], int]) -> Iterator[str]:
        is_dead = where == self.kill.where
        end = _LEFT + at(self.kill.moment) if is_dead else _WIDTH - 8
        yield f'<text x="8" y="{middle + 4}">{escape(where or _OWN)}</text>'
        yield f'<line class="lane" x1="{_LEFT}" x2="{end}" y1="{middle}" y2="{middle}"/>'
        for number, call in enumerate(self.calls.values(), start=1):
            if call.where != where:
                continue
            left, right = _LEFT + at(call.began), _LEFT + at(call.ended)
            right = min(right, end) if is_dead else right
            yield (
                f'<rect class="{self._kind(call)}" x="{left}" y="{middle - 10}" '
                f'width="{max(right - left, 14)}" height="20" rx="3"/>'
                f'<text x="{left + 3}" y="{middle + 4}">{number}</text>'
            )
        if is_dead:
            yield (
                f'<path class="kill" d="M{end - 7},{middle - 9}l14,18m0,-18l-14,18"/>'
                f'<text x="{end + 12}" y="{middle + 4}" class="dead">killed</text>'
            )

    def _moments(self) -> Iterator[int]:
        yield self.kill.moment
        for call in self.calls.values():
            yield call.began
            if call.ended is not None:
                yield call.ended

    def _told(self) -> Iterator[str]:
        """Yield the end of a text element for each call, and for the kill in its place."""
        is_dead = False
        last = -1
        for number, (place, call) in enumerate(self.calls.items(), start=1):
            if not is_dead and call.began > self.kill.moment:
                is_dead = True
                yield self._death()
            if place > last + 1:
                yield f">  …  {place - last - 1} calls"
            last = place
            yield f">{number:>3}  {escape(self._sentence(call))}"
        if not is_dead:
            yield self._death()

    def _sentence(self, call: Call) -> str:
        named = self._plain(str(call) if call.where else f"{_OWN}: {call}")
        asked = _cut(named, _ASKED)
        if call.surface == "adapter" and isinstance(call.outcome, Returned):
            return asked
        return f"{asked} → {_cut(self._plain(str(call.outcome)), _CAME_BACK)}"

    def _death(self) -> str:
        return f' class="dead">  ✕  {escape(self.kill.where)} is killed'

    def _plain(self, text: str) -> str:
        """Return a text without what is no character of a document."""
        fitting = self.excerpt(" ".join(text.split()))
        return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in fitting)

    def _kind(self, call: Call) -> str:
        if call is self.failing:
            return "failing"
        return "done" if _is_answered(call) else "lost"


def _is_answered(call: Call) -> bool:
    match call.outcome:
        case Raised(error=PeerGone()):
            return False
        case outcome:
            return isinstance(outcome, Returned | Raised)


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"
