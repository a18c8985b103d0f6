"""The shell steps of CI files do what they are for, on a machine that they cannot change."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pytest

from flue_conformance.certification.certificate.keys import make_keys

from .files import Step, gitlab_jobs, gitlab_steps, steps_of_action, steps_of_job
from .machine import Machine

TOOLS = "sudo apt-get update -qq", "sudo apt-get install -y -qq strace faketime"
BACKEND = f"""
import sys, tarfile
from pathlib import Path

sys.path.append({str(Path(__file__).parents[1] / "certification")!r})
import wheels

def build_wheel(folder, settings=None, metadata=None):
    return wheels.build(Path(folder)).name

def build_sdist(folder, settings=None):
    name = "my_adapter-1.2.0"
    Path("PKG-INFO").write_text("Metadata-Version: 2.1\\nName: my-adapter\\nVersion: 1.2.0\\n")
    with tarfile.open(Path(folder, f"{{name}}.tar.gz"), "w:gz") as archive:
        for path in ("PKG-INFO", "pyproject.toml", "backend.py"):
            archive.add(path, f"{{name}}/{{path}}")
    return f"{{name}}.tar.gz"
"""
"""Builds a small adapter that is right, without anything from the network."""

template = pytest.mark.skipif(
    importlib.util.find_spec("flue_adapter_template") is None, reason="it is not installed"
)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@template
def test_the_action_shows_what_is_broken(machine: Machine) -> None:
    install, specs, show = steps_of_action(
        {
            "adapter": "template",
            "profile": "quick",
            "arguments": "--flue-rule=SESSION-15 --tb=no",
        }
    )

    assert machine.run(install).returncode == 0
    ran = machine.run(specs)
    shown = machine.run(show)

    assert machine.noted == [*TOOLS, "pip install .[dev]"]
    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert shown.returncode == 0, shown.stderr
    error, notice = shown.stdout.splitlines()
    assert error.startswith("::error title=SESSION-15 broken (template-0.11)::SESSION-15 (MUST) ")
    assert notice.startswith("::notice title=template-0.11::earned no level, declares single-host")
    assert "<b>SESSION-15</b> (MUST)" in machine.summary.read_text()
    report = machine.work / "flue-report"
    assert {path.name for path in report.iterdir()} == {"junit.xml", "report.html", "report.json"}


def test_the_action_asks_for_what_its_inputs_say(machine: Machine) -> None:
    machine.only_note("pytest")
    _, plain, _ = steps_of_action({"adapter": "mine"})
    _, full, _ = steps_of_action(
        {
            "adapter": "mine:x y",
            "edition": "0.11",
            "require": "single-host",
            "postgres-image": "postgres:18",
        }
    )

    for step in (plain, full):
        assert machine.run(step).returncode == 0

    few, many = machine.noted
    assert few == (
        "pytest --flue-adapter=mine --flue-profile=standard --flue-edition=all "
        "--flue-report=flue-report"
    )
    assert many == (
        "pytest --flue-adapter=mine:x y --flue-profile=standard --flue-edition=0.11 "
        "--flue-require=single-host --flue-postgres=testcontainers "
        "--flue-postgres-image=postgres:18 --flue-report=flue-report"
    )


def test_a_wheel_is_built_certified_and_gets_its_badge(machine: Machine) -> None:
    (machine.work / "backend.py").write_text(BACKEND)
    (machine.work / "pyproject.toml").write_text(
        "[build-system]\nrequires = []\nbuild-backend = 'backend'\nbackend-path = ['.']\n"
    )
    private, public = machine.work / "author.key", machine.work / "author.pub"
    make_keys(private, public)

    contexts = {
        "inputs.adapter": "mine",
        "secrets.signing-key": private.read_text().strip(),
    }
    verify = Step("flue-conformance verify dist/*.whl --key author.pub", {})

    for step in (*steps_of_job("flue-conformance.yml", "certify", contexts), verify):
        done = machine.run(step)
        assert done.returncode == 0, done.stdout + done.stderr

    assert machine.noted == [*TOOLS, "pip install .[dev] build flue-conformance[certify]"]
    badge = json.loads((machine.work / "badge/badge.json").read_text())
    assert (badge["label"], badge["message"]) == ("flue 0.11", "ephemeral")
    assert ", certified</title>" in (machine.work / "badge/badge.svg").read_text()


def certified_files(machine: Machine) -> None:
    """Lay out what the artifact `certified` holds."""
    for name in ("dist/a-1.whl", "dist/a-1.whl.flue.json", "dist/a-1.tar.gz", "badge/badge.svg"):
        place = machine.work / name
        place.parent.mkdir(exist_ok=True)
        place.touch()


def test_a_release_gets_the_certificate_and_the_index_the_package(machine: Machine) -> None:
    certified_files(machine)
    contexts = {
        "github.token": "x",
        "github.repository": "you/mine",
        "github.event.release.tag_name": "v1",
    }

    for job in ("attach", "publish"):
        for step in steps_of_job("release.yml", job, contexts):
            assert machine.run(step).returncode == 0

    assert machine.noted == [
        "pipx run sigstore sign dist/a-1.whl.flue.json",
        "gh release upload v1 dist/a-1.tar.gz dist/a-1.whl dist/a-1.whl.flue.json badge/badge.svg",
    ]
    packages = {path.name for path in (machine.work / "packages").iterdir()}
    assert packages == {"a-1.whl", "a-1.tar.gz"}


@template
def test_gitlab_keeps_a_report_of_what_holds(machine: Machine) -> None:
    jobs = gitlab_jobs(
        adapter="template",
        profile="quick",
        arguments="--flue-rule=SESSION-01",
    )
    report = machine.work / "flue-report"

    ran = machine.run(gitlab_steps(jobs, "flue-conformance"))
    after = machine.run(gitlab_steps(jobs, "flue-conformance", part="after_script"))

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert after.returncode == 0, after.stderr
    assert machine.noted == [
        "apt-get update -qq",
        "apt-get install -y -qq strace faketime",
        "pip install .[dev]",
    ]
    assert (report / "summary.md").read_text().startswith("| adapter | profile |")
    assert (report / "junit.xml").is_file()


def test_gitlab_certifies_and_publishes_a_tag(machine: Machine) -> None:
    certified_files(machine)
    jobs = gitlab_jobs(adapter="mine")
    for name in ("python", "flue-conformance"):
        machine.only_note(name)
    certify = gitlab_steps(jobs, "flue-certify")
    signed = Step(certify.script, {**certify.variables, "FLUE_SIGNING_KEY": "/k"})

    for step in (signed, gitlab_steps(jobs, "flue-release"), gitlab_steps(jobs, "flue-publish")):
        done = machine.run(step)
        assert done.returncode == 0, done.stderr

    assert machine.noted[3:] == [
        "pip install build flue-conformance[certify]",
        "python -m build",
        "flue-conformance certify dist/a-1.whl --adapter mine --signing-key /k",
        "flue-conformance badge dist/a-1.whl.flue.json -o badge",
        "pip install twine>=6.1",
        "twine upload dist/a-1.whl dist/a-1.tar.gz",
    ]
