"""The cache of packages, with an npm that needs no network."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from flue_adapter_npm import packages
from flue_adapter_npm.packages import installed, installed_from
from flue_adapter_npm.reference import Package
from flue_conformance.backends import Offered, UsageProblem

NPM = """
import json, os, pathlib, sys

with open(os.environ["NPM_CALLS"], "a") as calls:
    calls.write(json.dumps(sys.argv[1:]) + "\\n")
if "gone" in sys.argv[-1] or "gone" in sys.argv[-2]:
    sys.exit("npm error code E404\\nnpm error 404 Not Found\\nnpm error A complete log of this run")
if sys.argv[1] == "view":
    print(json.dumps(["1.0.0", "1.2.0"]))
else:
    print("npm http fetch GET 200")
    pathlib.Path("node_modules").mkdir()
    packed = pathlib.Path(sys.argv[-1])
    if packed.is_file():
        there = {"version": packed.read_text(), "integrity": "sha512-x"}
        packages = {"": {"dependencies": {"@acme/flue": "file:"}}, "node_modules/@acme/flue": there}
        pathlib.Path("package-lock.json").write_text(json.dumps({"packages": packages}))
"""


class FakeNpm:
    def __init__(self, folder: Path) -> None:
        self.program = folder / "npm.py"
        self.program.write_text(NPM)
        self.log = folder / "calls"

    @property
    def calls(self) -> list[list[str]]:
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return [json.loads(line) for line in lines]


@pytest.fixture
def npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeNpm:
    fake = FakeNpm(tmp_path)
    monkeypatch.setenv("NPM_CALLS", str(fake.log))
    monkeypatch.setattr(packages, "npm", lambda: [sys.executable, str(fake.program)])
    return fake


def test_a_package_is_installed_once_and_runs_no_scripts(npm: FakeNpm, cache: Path) -> None:
    first = installed(Package("@acme/flue", version="1.2.3"))
    again = installed(Package("@acme/flue", version="1.2.3"))

    assert first == again
    assert first.folder == cache / "packages" / "@acme+flue@1.2.3"
    assert first.loader.is_file()
    [call] = npm.calls
    assert call[0] == "install"
    assert "--ignore-scripts" in call
    assert call[-1] == "@acme/flue@1.2.3"


def test_a_tarball_is_installed_once_for_what_is_in_it(npm: FakeNpm, tmp_path: Path) -> None:
    tarball = tmp_path / "flue.tgz"
    found = []
    for version in ("1.0.0", "1.0.0", "1.0.1"):
        tarball.write_text(version)
        found.append(installed_from(tarball))

    assert [each.version for each in found] == ["1.0.0", "1.0.0", "1.0.1"]
    assert found[0] == found[1]
    assert len(npm.calls) == 2
    assert found[2].offered == Offered("@acme/flue", "1.0.1", "sha512-x")


def test_versions_lie_side_by_side(npm: FakeNpm) -> None:
    folders = {installed(Package("flue", version=version)).folder for version in ("1.0.0", "1.0.1")}

    assert len(folders) == len(npm.calls) == 2


@pytest.mark.parametrize("asked", ["", "next", "^1.0"])
def test_a_tag_is_asked_for_and_remembered_for_a_while(npm: FakeNpm, asked: str) -> None:
    found = [installed(Package("flue", version=asked)).version for _ in range(2)]

    assert found == ["1.2.0", "1.2.0"]
    assert [call[0] for call in npm.calls] == ["view", "install"]


@pytest.mark.parametrize("version", ["1.0.0", ""])
def test_what_npm_says_is_told_and_nothing_is_left(npm: FakeNpm, cache: Path, version: str) -> None:
    with pytest.raises(UsageProblem, match=r"code E404 404 Not Found \("):
        installed(Package("gone", version=version))

    assert npm.calls
    assert not [*cache.glob("packages/*")]


def test_who_waits_is_told_what_for(npm: FakeNpm, capsys: pytest.CaptureFixture[str]) -> None:
    installed(Package("flue", version="1.0.0"))

    assert npm.calls
    assert "npm installs flue@1.0.0: 1 requests" in capsys.readouterr().err
