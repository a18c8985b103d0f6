"""The table `[tool.flue.adapters.NAME]`."""

from __future__ import annotations

from pathlib import Path

import pytest

from flue_conformance.backends import Durability, FileBackend, UsageProblem

from .conftest import MODULES, selected

ECHO = f'package = "{MODULES / "echo.mjs"}"'


def written(folder: Path, *members: str, name: str = "mine") -> Path:
    text = "\n".join([f"[tool.flue.adapters.{name}]", *members])
    (folder / "pyproject.toml").write_text(text)
    return folder


def test_an_adapter_needs_one_table_and_no_python(tmp_path: Path) -> None:
    root = written(
        tmp_path, ECHO, 'export = "echo"', 'location = "file"', 'durability = "ephemeral"'
    )

    backend = selected("mine", root)

    assert isinstance(backend, FileBackend)
    assert backend.label == "mine"
    assert backend.editions == {"0.11"}
    assert backend.durability is Durability.EPHEMERAL


def test_the_default_export_is_the_default(tmp_path: Path) -> None:
    assert selected("mine", written(tmp_path, ECHO)).label == "mine"


def test_an_edition_that_is_said_is_not_guessed(tmp_path: Path) -> None:
    root = written(tmp_path, ECHO, 'export = "echo"', 'edition = "0.10"')

    assert selected("mine", root).editions == {"0.10"}


@pytest.mark.parametrize(
    ("members", "said"),
    [
        (["location = 'file'"], "lacks package"),
        ([ECHO, "exports = 'x'"], "has exports, but may have package, export"),
        ([ECHO, "location = 'redis'"], "location = 'redis'; it may be memory, file, postgres"),
        ([ECHO, "export = 5"], "export that is no text"),
    ],
)
def test_what_is_wrong_with_a_table_is_said(tmp_path: Path, members: list[str], said: str) -> None:
    with pytest.raises(UsageProblem, match=said):
        selected("mine", written(tmp_path, *members))


def test_a_table_that_is_not_there_is_told_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(
        UsageProblem, match=r"adapters\.mien\]; there are: mine. Did you mean 'mine'"
    ):
        selected("mien", written(tmp_path, ECHO))


def test_without_any_table_it_is_told_what_else_there_is(tmp_path: Path) -> None:
    with pytest.raises(
        UsageProblem, match=r"has no such tables\. A package is named with its export"
    ):
        selected("mine", tmp_path)
