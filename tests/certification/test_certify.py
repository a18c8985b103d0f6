"""`flue-conformance certify`, the whole way: from a wheel to a certificate that is trusted."""

from __future__ import annotations

import json
import zipfile
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from flue_conformance.certification.hermetic.lending import closure, kit_with_extras
from flue_conformance.certification.hermetic.run import environment

from .running import flue_conformance
from .wheels import build


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """Return a project in which no ordinary run would show anything."""
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = -x -k nothing -p no:flue\n")
    (tmp_path / "conftest.py").write_text(
        "def pytest_collection_modifyitems(items):\n    items.clear()\n"
    )
    (tmp_path / "sitecustomize.py").write_text("raise SystemExit(3)\n")
    (tmp_path / "dist").mkdir()
    return tmp_path


def test_the_whole_way_from_a_wheel_to_a_trusted_certificate(hostile: Path) -> None:
    wheel = build(hostile / "dist")
    assert flue_conformance("keygen", "author", inside=hostile).returncode == 0

    certified = flue_conformance(
        *("certify", str(wheel), "--adapter", "mine", "--signing-key", "author.key", "--json"),
        inside=hostile,
        PYTEST_ADDOPTS="-k bogus",
        PYTEST_PLUGINS="bogus",
    )

    assert certified.returncode == 0, certified.stderr
    assert json.loads(certified.stdout)["signed"]
    verified = flue_conformance("verify", str(wheel), "--key", "author.pub", inside=hostile)
    assert verified.returncode == 0
    assert verified.stdout.startswith(
        "trusted  my_adapter-1.2.0-py3-none-any.whl: mine of my-adapter 1.2.0, ephemeral in "
        "edition 0.11, by flue-conformance"
    )
    unknown = flue_conformance("verify", str(wheel), "--json", inside=hostile)
    assert (unknown.returncode, json.loads(unknown.stdout)["trust"]) == (3, "intact")
    with zipfile.ZipFile(wheel, "a") as archive:
        archive.writestr("my_adapter/more.py", "")
    tampered = flue_conformance("verify", str(wheel), "--key", "author.pub", inside=hostile)
    assert tampered.returncode == 1
    assert "this is another file than the certified one" in tampered.stdout


def test_a_wheel_for_another_kit_says_so(tmp_path: Path) -> None:
    wheel = build(tmp_path, requires=["flue-conformance>=99"])

    run = flue_conformance("certify", str(wheel), "--adapter", "mine", inside=tmp_path)

    assert run.returncode == 2
    assert "my_adapter-1.2.0-py3-none-any.whl requires flue-conformance>=99, and this" in run.stderr


@pytest.mark.parametrize(
    ("arguments", "because"),
    [
        (("certify", "x.txt", "--adapter", "mine"), "x.txt is no wheel and no sdist by its name"),
        (("certify", "a-1-py3-none-any.whl", "--adapter", "mine"), "There is no file"),
        (("verify", "a-1-py3-none-any.whl"), "There is no file"),
        (("verify", "x.whl", "--key", "nowhere.pub"), "nowhere.pub cannot be read"),
        (("keygen", "no/such/folder/key"), "cannot be written"),
    ],
)
def test_what_cannot_begin_names_the_thing_at_fault(
    arguments: tuple[str, ...], because: str, tmp_path: Path
) -> None:
    run = flue_conformance(*arguments, inside=tmp_path)

    assert run.returncode == 2
    assert because in run.stderr


def test_a_child_gets_nothing_that_changes_a_run() -> None:
    given = environment(
        {
            "PATH": "/bin",
            "FLUE_POSTGRES_URL": "x",
            "LC_ALL": "C",
            "https_proxy": "x",
            "PYTEST_ADDOPTS": "-k x",
            "PYTHONPATH": ".",
            "FLUE_ADAPTER_GROUP": "x",
            "XDG_CACHE_HOME": "/mine",
        },
        Path("/new"),
    )

    assert set(given) == {
        *("PATH", "FLUE_POSTGRES_URL", "LC_ALL", "https_proxy"),
        *("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "PYTHONUTF8", "XDG_CACHE_HOME"),
    }
    assert given["XDG_CACHE_HOME"] == "/new"


def test_the_kit_is_lent_with_what_it_uses_and_no_more() -> None:
    lent = closure([kit_with_extras()])

    assert {"flue-conformance", "pytest", "sqlalchemy", "psycopg", "cryptography"} <= set(lent)
    assert not {"mypy", "ruff", "flue-wrong-adapters"} & set(lent)


def test_what_is_here_in_another_version_is_not_lent() -> None:
    newer = f"click>{distribution('click').version}"

    assert closure([Requirement(newer)]) == {}
