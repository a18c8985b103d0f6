"""The commands of `flue-conformance` that reports and certificates are made and read with."""

from __future__ import annotations

import shutil
import sys
import zipfile
from importlib.metadata import Distribution
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from flue_conformance.certification.certificate.installed import is_installed
from flue_conformance.certification.report.text import report_text
from flue_conformance.cli import main

from .recorded import report, subject
from .scene import Scene, certified
from .wheels import build


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def test_reports_become_one_page(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("a.json", "b.json")]
    for path in paths:
        path.write_bytes(report_text(report(subject())))
    page = tmp_path / "both.html"

    said = invoke("report", *map(str, paths), "-o", str(page))

    assert said.output.strip() == str(page)
    assert page.read_text().count("<article") == 2


def test_a_certificate_counts_for_the_files_that_are_installed(tmp_path: Path) -> None:
    wheel = build(tmp_path)
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    installed = Distribution.at(tmp_path / "site" / "my_adapter-1.2.0.dist-info")

    assert is_installed(wheel, installed)
    (tmp_path / "site" / "my_adapter" / "__init__.py").write_text("changed = True\n")
    assert not is_installed(wheel, installed)
    assert not is_installed(tmp_path / "no.whl", installed)


@pytest.fixture
def dist(tmp_path: Path) -> Scene:
    return certified(tmp_path)


def test_a_verification_of_several_files_ends_with_the_gravest(dist: Scene) -> None:
    wheel = dist.artefact.path
    other = dist.folder / "my_adapter-1.3.0-py3-none-any.whl"
    shutil.copy(wheel, other)
    key = str(dist.folder / "author.pub")

    assert invoke("verify", str(wheel), "--key", key).exit_code == 0
    assert invoke("verify", str(wheel)).exit_code == 3
    both = invoke("verify", str(wheel), str(other), "--key", key)
    assert both.exit_code == 1
    assert both.output.startswith("trusted  ")
    assert "\nrefused  my_adapter-1.3.0" in both.output


def test_trusted_keys_may_come_from_the_environment(
    dist: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLUE_TRUSTED_KEYS", str(dist.folder / "author.pub"))

    assert invoke("verify", str(dist.artefact.path)).exit_code == 0


def test_a_key_is_not_replaced(tmp_path: Path) -> None:
    assert invoke("keygen", str(tmp_path / "mine")).exit_code == 0

    again = invoke("keygen", str(tmp_path / "mine"))

    assert again.exit_code == 2
    assert "exists; a key is not replaced." in again.output


def test_the_sdist_is_vouched_for_by_the_certificate_of_the_wheel(dist: Scene) -> None:
    said = invoke(
        *("verify", str(dist.folder / "my_adapter-1.2.0.tar.gz")),
        *("--certificate", str(dist.artefact.certificate)),
        *("--key", str(dist.folder / "author.pub")),
    )

    assert said.exit_code == 0, said.output


def test_a_missing_extra_names_the_way_out(dist: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cryptography.hazmat.primitives.serialization", None)

    said = invoke("verify", str(dist.artefact.path), "--key", str(dist.folder / "author.pub"))

    assert said.exit_code == 2
    assert "pip install 'flue-conformance[certify]'" in said.output
