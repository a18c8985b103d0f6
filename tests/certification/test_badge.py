"""Badges, and `flue-conformance badge`."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner, Result
from msgspec.structs import replace

from flue_conformance.certification.badge.drawing import endpoint, svg
from flue_conformance.certification.badge.saying import (
    Badge,
    NoBadge,
    badge_of_certificate,
    badge_of_report,
)
from flue_conformance.certification.certificate.statement import CertifiedEdition
from flue_conformance.certification.report.text import report_text
from flue_conformance.cli import main
from flue_conformance.rules import Level

from .recorded import report, subject
from .scene import Scene, certified

SVG = "{http://www.w3.org/2000/svg}"


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(main, ("badge", *arguments))


def of_levels(**levels: Level) -> Badge:
    return badge_of_certificate(
        [CertifiedEdition(name.replace("e", "0."), level, level) for name, level in levels.items()]
    )


def test_a_badge_says_edition_and_level() -> None:
    one = of_levels(e11=Level.SINGLE_HOST)

    assert (one.label, one.message) == ("flue 0.11", "single-host")
    assert json.loads(endpoint(one)) == {
        "schemaVersion": 1,
        "label": "flue 0.11",
        "message": "single-host",
        "color": one.colour,
    }


def test_editions_of_one_level_share_it_and_others_have_the_colour_of_the_lower() -> None:
    alike = of_levels(e10=Level.MULTI_REPLICA, e11=Level.MULTI_REPLICA)
    unlike = of_levels(e10=Level.EPHEMERAL, e11=Level.MULTI_REPLICA)

    assert (alike.label, alike.message) == ("flue 0.10, 0.11", "multi-replica")
    assert (unlike.label, unlike.message) == ("flue", "ephemeral in 0.10, multi-replica in 0.11")
    assert unlike.colour == of_levels(e11=Level.EPHEMERAL).colour != alike.colour


def test_a_badge_of_a_report_is_no_badge_of_a_certificate() -> None:
    reported = badge_of_report(report(subject()))
    levels = [of_levels(e11=level) for level in Level]

    assert reported.message == "single-host, uncertified"
    assert reported.colour not in {one.colour for one in levels}
    assert "stroke-dasharray" in svg(reported)
    assert not any("stroke-dasharray" in svg(one) for one in levels)


def test_a_run_that_earned_nothing_has_no_level() -> None:
    nothing = badge_of_report(report(subject(incomplete_because="-k x")))

    assert nothing.message == "no level, uncertified"


def test_a_report_on_several_adapters_has_no_badge() -> None:
    other = replace(subject(), adapter="yours")

    with pytest.raises(NoBadge, match="it is about mine, yours"):
        badge_of_report(report(subject(), other))


@pytest.mark.parametrize("certified", [True, False])
def test_the_picture_says_in_words_what_it_shows(certified: bool) -> None:
    badge = Badge("flue <0.11>", "single & host", "#000000", certified)
    said = "flue <0.11>: single & host" + (", certified" if certified else "")

    drawn = ET.fromstring(svg(badge))

    assert drawn.get("role") == "img"
    assert drawn.get("aria-label") == drawn.findtext(f"{SVG}title") == said
    assert [one.text for one in drawn.iter(f"{SVG}text")] == [badge.label, badge.message]


def test_the_documentation_shows_badges_as_they_are() -> None:
    pictures = Path(__file__).parents[2] / "docs" / "pictures"
    reported = badge_of_report(report(subject("0.10"), subject()))

    assert (pictures / "badge.svg").read_text() == svg(
        of_levels(e10=Level.SINGLE_HOST, e11=Level.SINGLE_HOST)
    )
    assert (pictures / "badge-uncertified.svg").read_text() == svg(reported)


@pytest.fixture
def dist(tmp_path: Path) -> Scene:
    return certified(tmp_path)


def test_a_certificate_becomes_a_badge(dist: Scene) -> None:
    said = invoke(str(dist.artefact.certificate), "-o", str(dist.folder / "public"))

    assert said.exit_code == 0, said.output
    assert said.output.split() == [
        str(dist.folder / "public" / name) for name in ("badge.svg", "badge.json")
    ]
    assert ", certified<" in (dist.folder / "public/badge.svg").read_text()
    shown = json.loads((dist.folder / "public/badge.json").read_text())
    assert (shown["label"], shown["message"]) == ("flue 0.10, 0.11", "single-host")


def test_a_certificate_that_is_refused_becomes_none(dist: Scene) -> None:
    dist.artefact.path.write_bytes(b"another wheel")

    said = invoke(str(dist.artefact.certificate), "-o", str(dist.folder / "public"))

    assert said.exit_code == 1
    assert "no badge: my_adapter-1.2.0" in said.output
    assert not (dist.folder / "public").exists()


def test_a_report_becomes_a_badge_also_beside_a_wheel(dist: Scene) -> None:
    said = invoke(str(dist.artefact.report), "-o", str(dist.folder))

    assert said.exit_code == 0, said.output
    assert "uncertified" in (dist.folder / "badge.svg").read_text()


def test_what_gives_no_badge_says_why(tmp_path: Path) -> None:
    place = tmp_path / "report.json"
    place.write_bytes(report_text(report()))

    said = invoke(str(place))

    assert said.exit_code == 2
    assert "gives no badge: it is about no adapter" in said.output
