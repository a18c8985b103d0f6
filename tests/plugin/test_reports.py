"""`--flue-report`: what a run writes about itself, whatever way it runs."""

from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema
import pytest

from flue_conformance.certification.report.text import (
    UnreadableReport,
    published_schema,
    read_report,
    schema_of_data,
)
from flue_conformance.rules import CATALOGUE

from .projects import Project


def reported(project: Project) -> Any:
    report = json.loads((project.folder / "out/report.json").read_bytes())
    jsonschema.validate(report, published_schema(), cls=jsonschema.Draft202012Validator)
    return report


def test_the_schema_is_that_of_the_data() -> None:
    assert published_schema() == json.loads(json.dumps(schema_of_data()))


def test_a_report_says_what_was_run_and_seen(project: Project) -> None:
    project.run("--flue-adapter=good", "--flue-adapter=forgetful", "--flue-report=out")

    report = reported(project)
    good, forgetful = report["subjects"]
    assert (good["name"], good["package"]["name"]) == ("good-0.11", "flue-fakes")
    assert good["complete"]
    assert [rule["id"] for rule in good["rules"]] == [
        rule.id for rule in CATALOGUE.values() if rule.tested
    ]
    assert report["run"]["profile"] == "standard"
    assert report["run"]["seconds"] >= sum(spec["seconds"] for spec in good["specs"])
    broken = [spec for spec in forgetful["specs"] if spec["outcome"] == "broken"]
    assert broken
    for spec in broken:
        assert spec["repeat"] == f"pytest --flue-adapter=forgetful '{spec['id']}'"
        assert "came back" in spec["seen"]
    lowest = forgetful["levels"][0]
    assert not lowest["earned"]
    assert {spec["proofs"][0]["rule"] for spec in broken} <= {
        blocker["rule"] for blocker in lowest["blockers"] if blocker["outcome"] == "broken"
    }


def test_pytest_writes_its_own_file_beside_it(project: Project) -> None:
    project.run("--flue-adapter=forgetful", "--flue-report=out")

    cases = ET.parse(project.folder / "out/junit.xml").iter("testcase")
    assert len(list(cases)) == len(reported(project)["subjects"][0]["specs"])


def test_a_filtered_run_says_so_and_earns_nothing(project: Project) -> None:
    project.run("--flue-adapter=good", "--flue-rule=SESSION-01", "--flue-report=out")

    (subject,) = reported(project)["subjects"]
    assert not subject["complete"]
    assert subject["incompleteBecause"] == "--flue-rule=SESSION-01"
    assert subject["earned"] is None
    (claim,) = (rule for rule in subject["rules"] if rule["id"] == "CLAIM-02")
    assert claim["outcome"] == "not run"


def test_parallel_workers_lose_nothing_and_nothing_personal_is_told(project: Project) -> None:
    project.set(
        HOME="/home/ada-l", USER="ada-l", LOGNAME="ada-l", PGPASSWORD="hunter2", COLUMNS="80"
    )
    project.write(
        {
            "leaky.py": "import os\n"
            "def pytest_runtest_call(item):\n"
            "    print('printed', os.environ['HOME'] + '/x', os.environ['PGPASSWORD'])\n"
            "    raise KeyError(os.environ['HOME'] + '/y', 'of ada-l', os.environ['PGPASSWORD'])\n",
        }
    )

    project.spawn("--flue-adapter=good", "--flue-report=out", "-n1", "-p", "leaky")

    report = reported(project)
    (subject,) = report["subjects"]
    assert report["run"]["workers"] == 1
    assert len(subject["specs"]) == subject["specsAvailable"]
    texts = [path.read_text() for path in (project.folder / "out").iterdir()]
    assert any("~/y" in text for text in texts)
    assert [text for text in texts if "ada-l" in text or "hunter2" in text] == []


def test_a_picture_of_what_was_seen_is_shown(project: Project) -> None:
    project.write(
        {
            "drawing.py": "from flue_conformance.specs.support.broken import BrokenRule\n"
            "def pytest_runtest_call():\n"
            "    error = BrokenRule(about='a lane', came_back='1', expected='2')\n"
            "    error.picture = '<svg><text>a lane of pg://u:hunter2@h</text></svg>'\n"
            "    raise error\n"
        }
    )

    project.spawn(
        "--flue-adapter=good", "--flue-rule=SESSION-01", "--flue-report=out", "-p", "drawing"
    )

    (spec,) = reported(project)["subjects"][0]["specs"]
    (picture,) = spec["pictures"]
    assert picture["svg"] == "<svg><text>a lane of pg://u:***@h</text></svg>"
    assert 'src="data:image/svg+xml;base64,' in (project.folder / "out/report.html").read_text()
    assert "svg" not in (project.folder / "out/junit.xml").read_text()


def test_a_report_of_an_earlier_run_does_not_stay(project: Project) -> None:
    project.write({"out/report.json": "{}", "out/notes.txt": "mine"})

    run = project.run("--flue-adapter=good", "--flue-report=out", "nowhere/test_x.py")

    assert run.status == pytest.ExitCode.USAGE_ERROR
    assert not (project.folder / "out/report.json").exists()
    assert (project.folder / "out/notes.txt").exists()


def test_a_folder_that_is_none_is_refused(project: Project) -> None:
    project.write({"out": "a file"})

    run = project.run("--flue-adapter=good", "--flue-report=out")

    assert run.status == pytest.ExitCode.USAGE_ERROR
    assert "--flue-report: out cannot be written (File exists); name another folder." in run.output


@pytest.mark.parametrize(
    ("text", "because"),
    [
        ("{", "no whole JSON text"),
        ("[]", "no report of flue-conformance"),
        ('{"format": "flue-conformance-report", "version": 2}', "version 2, and this kit reads 1"),
        ('{"format": "flue-conformance-report", "version": 1}', "missing required field `kit`"),
    ],
)
def test_what_is_no_report_is_refused(text: str, because: str) -> None:
    with pytest.raises(UnreadableReport, match=because):
        read_report(text.encode())
