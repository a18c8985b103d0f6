"""A history as a picture: one lane a client, a bar from each call to its return."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from html import escape
from string import ascii_lowercase
from typing import Final, TypeAlias

from flue_conformance.harness.histories import CallT, Operation
from flue_conformance.harness.linearizability import Explanation

Label: TypeAlias = Callable[[Operation[CallT]], str]
"""From an operation to what stands beside its bar."""

_AROUND: Final = 12
"""How many of the explained operations before the culprit are shown."""
_LANE: Final = 32
_LINE: Final = 16
_LEFT: Final = 90
_WIDTH: Final = 960
_COLUMNS: Final = 56
_STYLE: Final = (
    "text{font:11px ui-monospace,monospace;fill:#1f2328}.lane{stroke:#d0d7de}"
    ".in-order{fill:#b4e3c0;stroke:#1a7f37}.beside{fill:#eaeef2;stroke:#6e7781}"
    ".unknown{fill:#fff8c5;stroke:#9a6700;stroke-dasharray:4 3}"
    ".title{font-weight:bold}.culprit{fill:#ffcecb;stroke:#cf222e;stroke-width:2}"
)


def around(
    operations: Sequence[Operation[CallT]], explanation: Explanation[CallT]
) -> list[Operation[CallT]]:
    """Return the operations that a picture of a violation needs: the culprit and its like."""
    culprit = explanation.culprit
    if culprit is None:
        return list(operations)
    before = list(explanation.order)[-_AROUND:]
    since = min((each.began for each in before), default=culprit.began)
    until = culprit.ended or culprit.began
    shown = [
        each
        for each in operations
        if each.began <= until
        and (each.ended is None or each.ended >= since)
        and (each in before or each is culprit or each not in explanation.order)
    ]
    return sorted(shown, key=lambda each: each.began)


def text(
    operations: Sequence[Operation[CallT]],
    explanation: Explanation[CallT],
    label: Label[CallT],
) -> str:
    """Return the picture for a terminal: a line an operation, in the order of their beginnings."""
    shown = around(operations, explanation)
    scale = placing(_moments(shown), _COLUMNS)
    places = {id(each): place for place, each in enumerate(explanation.order, start=1)}
    width = max((len(each.client) for each in shown), default=0)
    lines = []
    for each in shown:
        start, end = scale(each.began), scale(each.ended)
        bar = "├" + "─" * max(end - start - 1, 0) + ("┤" if each.certain else "╌?")
        mark = "✗" if each is explanation.culprit else str(places.get(id(each), "·"))
        bar = f"{' ' * start}{bar}"
        lines.append(f"{mark:>4} {each.client:<{width}} {bar:<{_COLUMNS + 3}}{label(each)}")
    return "\n".join(lines)


def svg(
    operations: Sequence[Operation[CallT]],
    explanation: Explanation[CallT],
    label: Label[CallT],
) -> str:
    """Return the picture as an SVG document."""
    return "\n".join(_svg(around(operations, explanation), explanation, label)) + "\n"


def _svg(
    shown: Sequence[Operation[CallT]],
    explanation: Explanation[CallT],
    label: Label[CallT],
) -> Iterator[str]:
    clients = sorted({each.client for each in shown})
    tags = _tags(shown, explanation)
    lanes = _LANE * len(clients) + 24
    height = lanes + _LINE * (len(shown) + 2)
    scale = placing(_moments(shown), _WIDTH - _LEFT - 40)
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" '
        f'width="{_WIDTH}" height="{height}" role="img">'
    )
    title = escape(_title(explanation, label))
    yield f"<title>{title}</title><style>{_STYLE}</style>"
    yield f'<rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>'
    for number, client in enumerate(clients):
        middle = _LANE * number + 24
        yield f'<text x="8" y="{middle + 4}">{escape(client)}</text>'
        yield f'<line class="lane" x1="{_LEFT}" x2="{_WIDTH - 8}" y1="{middle}" y2="{middle}"/>'
        for each in (each for each in shown if each.client == client):
            left, right = _LEFT + scale(each.began), _LEFT + scale(each.ended)
            kind, told = _kind(each, explanation), escape(label(each))
            yield (
                f'<g><title>{told}</title><rect class="{kind}" x="{left}" y="{middle - 10}" '
                f'width="{max(right - left, 4)}" height="20" rx="3"/>'
                f'<text x="{left + 4}" y="{middle + 4}">{tags[id(each)]}</text></g>'
            )
    for number, each in enumerate(shown, start=1):
        told = f"{tags[id(each)]:>3}  {each.client}  {label(each)}"
        yield f'<text x="8" y="{lanes + _LINE * number}" xml:space="preserve">{escape(told)}</text>'
    yield f'<text x="8" y="{height - 8}" class="title">{title}</text>'
    yield "</svg>"


def _tags(shown: Sequence[Operation[CallT]], explanation: Explanation[CallT]) -> dict[int, str]:
    """Return what stands in each bar: its place in the order, or a letter if it has none."""
    places = {id(each): str(place) for place, each in enumerate(explanation.order, start=1)}
    letters = iter(ascii_lowercase * len(shown))
    return {id(each): places.get(id(each)) or next(letters) for each in shown}


def _title(explanation: Explanation[CallT], label: Label[CallT]) -> str:
    if explanation.culprit is None:
        return f"{len(explanation.order)} operations, explained"
    return f"Nothing explains: {label(explanation.culprit)}"


def _kind(each: Operation[CallT], explanation: Explanation[CallT]) -> str:
    if each is explanation.culprit:
        return "culprit"
    if not each.certain:
        return "unknown"
    return "in-order" if any(each is one for one in explanation.order) else "beside"


def _moments(shown: Sequence[Operation[CallT]]) -> Iterator[int]:
    for each in shown:
        yield each.began
        if each.ended is not None:
            yield each.ended


def placing(moments: Iterable[int], width: int) -> Callable[[int | None], int]:
    """Return what places moments evenly, however long lies between them; never is at the end."""
    ordered = sorted(set(moments))
    places = {moment: place for place, moment in enumerate(ordered)}
    steps = max(len(ordered), 1)

    def place(moment: int | None) -> int:
        return width if moment is None else places[moment] * width // steps

    return place
