"""`report.html`, also as a browser shows it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from flue_conformance.backends import Durability
from flue_conformance.certification import Outcome
from flue_conformance.certification.report.data import Package
from flue_conformance.certification.report.page import page

from .recorded import report, subject

OUTCOMES = {
    "CLAIM-02": Outcome.BROKEN,
    "EVENT-09": Outcome.WAIVED,
    "RUN-01": Outcome.ERROR,
    "LEASE-10": Outcome.NOT_RUN,
}
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")

PROBE = """
<script>%s</script>
<script>
addEventListener("load", async () => {
  const width = innerWidth;
  const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"];
  const found = await axe.run({runOnly: tags});
  const sketch = one => [one.id, one.impact, one.nodes.slice(0, 3).map(node => node.html)];
  parent.postMessage(JSON.stringify({width, wide, violations: found.violations.map(sketch)}), "*");
});
</script>
"""

# A window of Chromium is 500 pixels wide at least; a frame may be as narrow as a phone.
PHONE = """<!doctype html>
<script>addEventListener("message", event => { document.body.textContent = event.data; });</script>
<body><iframe src="report.html" style="width:390px;height:800px;border:0"></iframe></body>
"""


def broken_and_whole() -> str:
    one = report(subject(outcomes=OUTCOMES), subject("0.10"))
    other = report(subject(package=Package(name="my-adapter", version="1.3.0")))
    return page([one, other])


def test_a_page_is_one_file_without_scripts_that_asks_no_network() -> None:
    html = broken_and_whole()

    assert "<script" not in html
    assert re.findall(r'(?:src|href)="(?!#|data:image/svg\+xml;base64,)[^"]*"', html) == []
    assert "url(" not in html
    assert "@import" not in html


def test_the_first_screen_answers_the_four_questions() -> None:
    html = page([report(subject(outcomes=OUTCOMES))])
    card = " ".join(re.sub("<[^>]+>", " ", html.partition("<article")[2]).split())
    card = card.partition("Areas")[0]

    assert "mine edition 0.11 : no level" in card
    assert "mine of my-adapter 1.2.0, on Postgres 17.2; it declares single-host." in card
    assert "Edition 0.11, 250 rules; kit 0.1.0, profile standard, 2026-11-26." in card
    assert "1 not run LEASE-10" in card
    assert "✗ CLAIM-02" in card
    assert "pytest --flue-adapter=mine &#39;flue.claims::test_claim_02_0[mine-0.11]&#39;" in card


def test_what_an_adapter_says_is_text_and_nothing_else() -> None:
    html = page([report(subject(outcomes=OUTCOMES))])

    assert "came back &lt;b&gt;1&lt;/b&gt;" in html
    assert "<b>" not in html


def test_a_level_says_what_it_is_short_of() -> None:
    html = page([report(subject(outcomes=OUTCOMES, declares=Durability.EPHEMERAL))])

    assert "ephemeral not earned" in html
    assert "single-host not declared" in html


@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here")
def test_a_phone_finds_it_accessible_and_no_wider_than_its_screen(tmp_path: Path) -> None:
    axe = (files("axe_core_python") / "axe.min.js").read_text()
    broken = subject(outcomes=OUTCOMES)
    few = [rule for rule in broken.rules if rule.area == "claims" or rule.id in OUTCOMES]
    html = page([report(replace(broken, rules=tuple(few)))])
    html = re.sub("<meta http-equiv[^>]*>", "", html).replace("</body>", PROBE % axe + "</body>")
    (tmp_path / "report.html").write_text(html)
    (tmp_path / "phone.html").write_text(PHONE)

    found = probed(tmp_path / "phone.html", tmp_path / "profile")

    assert found["width"] == 390
    assert found["wide"] <= 0
    assert found["violations"] == []


def probed(place: Path, profile: Path) -> Any:
    """Return what the probe wrote into the document."""
    assert CHROMIUM is not None
    done = subprocess.run(
        [
            *(CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom"),
            *("--window-size=800,800", f"--user-data-dir={profile}"),
            *("--virtual-time-budget=20000", "--allow-file-access-from-files", place.as_uri()),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
        env={**os.environ, "HOME": str(profile)},
    )
    body = re.search(r"<body[^>]*>(\{.*\})\s*</body>", done.stdout, re.DOTALL)
    assert body, done.stdout[-2000:]
    return json.loads(body.group(1).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))
