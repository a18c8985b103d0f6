from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

from flue_conformance.rules import CATALOGUE
from flue_conformance.scaffolding import InvalidName, Names, make, rendered

TEMPLATE = Path(__file__).parents[2] / "plugins" / "flue-adapter-template"
NAMES = Names.of("flue-adapter-template")


def test_the_template_is_what_a_new_package_is() -> None:
    there = {path.relative_to(TEMPLATE) for path in TEMPLATE.rglob("*") if path.is_file()}
    files = rendered(NAMES)
    made = {path for path in there if not re.search("__pycache__|[.]egg-info|_cache", str(path))}
    assert made == files.keys()
    assert {path: (TEMPLATE / path).read_text(encoding="utf-8") for path in files} == files


def test_no_place_is_left_without_its_name() -> None:
    # GitHub's own have a dollar sign before them.
    assert not [path for path, text in rendered(NAMES).items() if re.search(r"(?<!\$){{", text)]


def test_the_rules_that_stubs_name_exist() -> None:
    named = {
        rule
        for text in rendered(NAMES).values()
        for rule in re.findall(r"\b[A-Z]{3,}-\d\d\b", text)
    }
    assert len(named) > 50
    assert named <= CATALOGUE.keys()


@pytest.mark.parametrize(
    ("distribution", "package", "adapter", "class_name"),
    [
        ("flue-adapter-redis", "flue_adapter_redis", "redis", "RedisAdapter"),
        ("my-adapter", "my_adapter", "my-adapter", "MyAdapter"),
        ("rocks2", "rocks2", "rocks2", "Rocks2Adapter"),
        ("flue-adapter-3d", "flue_adapter_3d", "3d", "Flue3dAdapter"),
    ],
)
def test_one_name_makes_the_others(
    distribution: str, package: str, adapter: str, class_name: str
) -> None:
    assert Names.of(distribution) == Names(distribution, package, adapter, class_name)


@pytest.mark.parametrize("name", ["", "My-Adapter", "a--b", "-a", "3d", "../up", "a_b", "class"])
def test_a_name_that_no_package_can_have_is_refused(name: str) -> None:
    with pytest.raises(InvalidName, match="cannot be called"):
        Names.of(name)


def test_what_exists_is_left_alone(tmp_path: Path) -> None:
    make(NAMES, tmp_path / "new")
    with pytest.raises(FileExistsError):
        make(NAMES, tmp_path / "new")


@pytest.mark.skipif(
    importlib.util.find_spec("flue_adapter_template") is None, reason="it is not installed"
)
def test_races_do_not_pass_where_nothing_is_implemented(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "--tb=no", "--flue-adapter=template"]
    command += ["--flue-profile=quick", "--flue-rule=ORDERING-16"]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    *_, last = ran.stdout.splitlines()
    assert "failed" in last, ran.stdout
    assert "passed" not in last, ran.stdout
    assert "error" not in last, ran.stdout
