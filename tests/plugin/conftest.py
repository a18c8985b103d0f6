"""A project of an adapter's author to run pytest in."""

from __future__ import annotations

import shutil
from pathlib import Path

import hypothesis  # noqa: F401
import pytest

# Runs in this process would import these anew for every test.
import flue_conformance.plugin.run  # noqa: F401

from .projects import ENTRY_POINTS, Project

SITE = Path(__file__).parent / "site"


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder where the fake adapters are installed."""
    site = tmp_path_factory.mktemp("site")
    for package in ("flue_fakes", "fake_specs"):
        shutil.copytree(SITE / package, site / package)
    information = site / "flue_fakes-1.0.dist-info"
    information.mkdir()
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: flue-fakes\nVersion: 1.0\n")
    entries = "\n".join(f"{name} = {value}" for name, value in ENTRY_POINTS.items())
    (information / "entry_points.txt").write_text(f"[flue.adapters]\n{entries}\n")
    return site


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, site: Path) -> Project:
    """Return an empty project."""
    return Project(pytester, monkeypatch, site)
