"""A violation is drawn with what comes before it, what goes on beside it, and nothing else."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from flue_conformance.harness import Explanation, Operation, check
from flue_conformance.harness.timeline import svg, text

from .registers import Call, Registers

HISTORY = [
    Operation("a", "x", ("write", 1, 0), 0, 2, True),
    Operation("b", "x", ("write", 2, 0), 1, None),
    Operation("b", "x", ("read", 0, 0), 4, 6, 7),
    Operation("c", "x", ("read", 0, 0), 5, 9, 1),
    Operation("a", "x", ("read", 0, 0), 20, 21, 1),
]


def label(operation: Operation[Call]) -> str:
    return f"{operation.call[0]} <{operation.call[1]}>"


def explanation() -> Explanation[Call]:
    return check(HISTORY, Registers()).explanations["x"]


def test_the_text_marks_the_culprit_and_numbers_what_is_explained() -> None:
    lines = text(HISTORY, explanation(), label).splitlines()

    marks = [line.split()[:2] for line in lines]
    assert ["1", "a"] in marks
    assert ["✗", "b"] in marks
    assert ["·", "c"] in marks
    assert len(lines) == 4, "what began after the culprit ended is not shown"
    assert "╌?" in next(line for line in lines if "write <2>" in line)


def test_the_picture_has_a_lane_a_client_and_a_bar_an_operation() -> None:
    picture = ET.fromstring(svg(HISTORY, explanation(), label))

    bars = [each.get("class") for each in picture.iter("{http://www.w3.org/2000/svg}rect")]
    assert sorted(filter(None, bars)) == ["beside", "culprit", "in-order", "unknown"]
    lanes = list(picture.iter("{http://www.w3.org/2000/svg}line"))
    assert len(lanes) == 3
