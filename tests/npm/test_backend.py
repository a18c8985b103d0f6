"""What the kit sees of an adapter from npm."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from flue_conformance.backends import (
    Durability,
    FileBackend,
    PostgresBackend,
    Settings,
    UsageProblem,
)
from flue_conformance.backends.discovery import select
from flue_conformance.cli import main

from .conftest import MODULES, selected


@pytest.mark.parametrize(
    ("argument", "editions"),
    [("./echo.mjs#echo?memory", {"0.11"}), ("./echo.mjs#old?memory", {"0.10"})],
)
def test_the_edition_is_seen(argument: str, editions: set[str]) -> None:
    assert selected(argument).editions == editions


def test_the_kind_of_its_location_decides_what_it_declares() -> None:
    memory, files, postgres = (
        selected(f"./echo.mjs#echo{kind}") for kind in ("?memory", "", "?postgres")
    )

    assert memory.durability is Durability.EPHEMERAL
    assert isinstance(files, FileBackend)
    assert files.durability is Durability.SINGLE_HOST
    assert isinstance(postgres, PostgresBackend)
    assert postgres.durability is Durability.MULTI_REPLICA


def test_the_label_has_no_folders() -> None:
    assert selected("./modules/../modules/echo.mjs#old", MODULES.parent).label == "echo.mjs#old"


@pytest.mark.parametrize(
    ("argument", "said"),
    [
        ("./none.mjs#x", "There is no file .*none.mjs"),
        ("./none.tgz#x", r"none\.tgz cannot be read"),
        ("./echo.mjs#unheard", "exports no unheard, but default, echo, later, nothing, old"),
        (
            "./echo.mjs#nothing",
            "neither a PersistenceAdapter nor a function that .* one, but 5",
        ),
        ("./failing.mjs#x", "cannot be used: This module cannot be imported."),
    ],
)
def test_what_cannot_be_used_is_told(argument: str, said: str) -> None:
    with pytest.raises(UsageProblem, match=said):
        selected(argument)


def test_the_package_around_a_file_is_the_nearest_that_has_a_name(tmp_path: Path) -> None:
    built = tmp_path / "dist"
    built.mkdir()
    (tmp_path / "package.json").write_text('{"name": "mine"}')
    (built / "package.json").write_text('{"type": "module"}')
    (built / "index.js").write_text((MODULES / "echo.mjs").read_text())

    assert selected("./dist/index.js#echo", tmp_path).package_folder() == tmp_path


def test_a_name_alone_says_how_to_go_on() -> None:
    with pytest.raises(UsageProblem, match="needs to know which: npm:PACKAGE@VERSION#EXPORT"):
        select(["npm"], Settings())


def test_an_adapter_object_finds_the_location_in_its_environment(tmp_path: Path) -> None:
    module = tmp_path / "db.mjs"
    module.write_text(
        f"import {{ echo }} from {json.dumps((MODULES / 'echo.mjs').as_uri())};\n"
        "export default echo(process.env.FLUE_LOCATION);\n"
    )
    backend = selected("./db.mjs#default", tmp_path)

    async def act() -> list[object]:
        stores = [await backend.adapter(name, "0.11").connect() for name in ("one", "two")]
        seen = [await each.sessions.load("location") for each in stores]
        await backend.stop()
        return [*seen]

    assert asyncio.run(act()) == ["one", "two"]


def test_a_worker_speaks_the_protocol_by_itself_and_is_told_no_location() -> None:
    backend = selected("./echo.mjs#echo?memory")
    command = backend.worker("a secret location", "0.11")
    assert command is not None
    asked = {"protocol": 1, "location": "a secret location", "edition": "0.11"}
    requests = {
        "initialize": [asked],
        "adapter.connect": [],
        "sessions.load": [1, "location"],
        "nobody.knows": [],
    }
    with subprocess.Popen(
        list(command.argv), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        answers = {}
        for method, params in requests.items():
            request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
            print(json.dumps(request), file=process.stdin, flush=True)
            answers[method] = json.loads(process.stdout.readline())
        print("no message", file=process.stdin, flush=True)
        refused = json.loads(process.stdout.readline())

    assert process.returncode == 0
    assert "a secret location" not in repr(command)
    assert answers["initialize"]["result"]["editions"] == ["0.11"]
    assert answers["adapter.connect"]["result"] == {"stores": 1}
    # A factory of what lies in memory is called with nothing.
    assert answers["sessions.load"]["result"] is None
    assert answers["nobody.knows"]["error"]["code"] == -32601
    assert refused["error"]["code"] == -32700


def test_a_node_that_hangs_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = tmp_path / "hangs.mjs"
    module.write_text(
        f"import {{ echo }} from {json.dumps((MODULES / 'echo.mjs').as_uri())};\n"
        "export const hangs = () => ({ ...echo(), migrate() { for (;;); } });\n"
    )
    monkeypatch.setattr("flue_adapter_npm.hosts._ANSWER_S", 0.5)
    backend = selected("./hangs.mjs#hangs?memory", tmp_path)

    async def act() -> object:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(backend.adapter("one", "0.11").migrate(), 0.3)
        await backend.drop("one")
        stores = await backend.adapter("two", "0.11").connect()
        seen = await stores.sessions.load("unknown")
        await backend.stop()
        return seen

    assert asyncio.run(act()) is None


def test_specs_that_share_objects_see_an_adapter_that_keeps_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The host is a careless caller there: what `echo` keeps it was given, and is changed."""
    monkeypatch.chdir(tmp_path)
    shared = "flue.sessions::test_changing_a_saved_object_changes_no_record"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    adapter = f"--flue-adapter=npm:{MODULES / 'echo.mjs'}#echo?memory"

    done = subprocess.run(
        [*command, adapter, shared], capture_output=True, text=True, timeout=120, check=False
    )

    assert done.returncode == 1
    assert "SESSION-07 (MUST)" in done.stdout
    assert "changed by the caller" in done.stdout


def test_the_list_of_adapters_says_that_it_names_those_of_other_packages() -> None:
    listed = CliRunner().invoke(main, ["adapters"]).stdout

    (line,) = (line for line in listed.splitlines() if line.startswith("npm "))
    assert "for adapters of other packages, as npm:…; their certificates are theirs" in line
