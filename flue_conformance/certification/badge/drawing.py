"""A badge as a picture, and as what shields.io draws one of."""

from __future__ import annotations

import json
from html import escape
from typing import Final

from flue_conformance.certification.badge.saying import Badge

_HEIGHT: Final = 20
_MARGIN: Final = 7
_NARROW: Final = frozenset("fijlrt.,:;-|()1 ")
_WIDE: Final = frozenset("mwMW")
_LABEL: Final = "#3b424a"


def svg(badge: Badge) -> str:
    """Return the badge as SVG, whose title says all of it.

    A level that nobody vouches for stands on white in a broken frame, in words and to the eye
    another thing than a certified one.
    """
    label, message = escape(badge.label), escape(badge.message)
    left, right = (_width(text) + 2 * _MARGIN for text in (badge.label, badge.message))
    said = f"{label}: {message}, certified" if badge.certified else f"{label}: {message}"
    ground, ink = (badge.colour, "#fff") if badge.certified else ("#fff", "#24292f")
    frame = (
        ""
        if badge.certified
        else f'<path d="M{left} .5h{right - 0.5}v{_HEIGHT - 1}h-{right - 0.5}" fill="none" '
        f'stroke="{badge.colour}" stroke-dasharray="4 2"/>\n'
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="{_HEIGHT}" '
        f'viewBox="0 0 {left + right} {_HEIGHT}" role="img" aria-label="{said}">\n'
        f"<title>{said}</title>\n"
        f'<path d="M0 0h{left}v{_HEIGHT}h-{left}z" fill="{_LABEL}"/>\n'
        f'<path d="M{left} 0h{right}v{_HEIGHT}h-{right}z" fill="{ground}"/>\n'
        f"{frame}"
        '<g font-family="Verdana,DejaVu Sans,Geneva,sans-serif" font-size="11">\n'
        f"{_text(label, _MARGIN, left - 2 * _MARGIN, '#fff')}\n"
        f"{_text(message, left + _MARGIN, right - 2 * _MARGIN, ink)}\n"
        "</g>\n</svg>\n"
    )


def endpoint(badge: Badge) -> str:
    """Return the JSON that an endpoint badge of shields.io is made of."""
    said = {
        "schemaVersion": 1,
        "label": badge.label,
        "message": badge.message,
        "color": badge.colour,
    }
    return json.dumps(said, indent=1) + "\n"


def _text(text: str, x: int, width: int, ink: str) -> str:
    # A reader's font may be another one; the text fits its place in any.
    return f'<text x="{x}" y="14" textLength="{width}" fill="{ink}">{text}</text>'


def _width(text: str) -> int:
    """Return about how many pixels a text takes."""
    return sum(4 if one in _NARROW else 10 if one in _WIDE else 7 for one in text)
