"""The command line `flue-conformance`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

COMMAND = [sys.executable, "-c", "from flue_conformance.cli import main; main()"]


def run(*arguments: str, said: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments],
        input=said,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, **variables},
    )


def lines(*requests: dict[str, Any]) -> str:
    return "".join(
        json.dumps({"jsonrpc": "2.0", "id": number, **request}) + "\n"
        for number, request in enumerate(requests, 1)
    )


@pytest.mark.parametrize("way", ["--location", "--location-from-env", "initialize"])
def test_an_installed_adapter_is_served_until_the_input_ends(way: str, tmp_path: Path) -> None:
    location = str(tmp_path / "flue.db")
    given = {
        "--location": ["--location", location],
        "--location-from-env": ["--location-from-env", "FLUE_TEST_LOCATION"],
        "initialize": [],
    }[way]
    opening: dict[str, Any] = {"protocol": 1}
    if way == "initialize":
        opening |= {"location": location, "edition": "0.10"}
    requests = lines(
        {"method": "initialize", "params": [opening]},
        {"method": "adapter.migrate", "params": []},
    )
    edition = [] if way == "initialize" else ["--edition", "0.11"]
    served = run("serve", "sqlite", *given, *edition, said=requests, FLUE_TEST_LOCATION=location)
    assert served.returncode == 0
    first, _ = (json.loads(line) for line in served.stdout.splitlines())
    assert first["result"]["name"] == "sqlite"
    assert first["result"]["editions"] == ["0.10", "0.11"]
    assert Path(location).exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["sqlit"], "'sqlit'"),
        (["memory:argument"], "no argument"),
        (["memory", "--edition", "0.9"], "'0.9'"),
        (["memory", "--location-from-env", "FLUE_NOWHERE"], "'FLUE_NOWHERE'"),
        (["memory", "--location", "a", "--location-from-env", "B"], "two ways"),
    ],
)
def test_what_cannot_be_served_is_said_in_one_sentence(arguments: list[str], said: str) -> None:
    refused = run("serve", *arguments)
    assert refused.returncode == 2
    assert refused.stdout == ""
    assert said in refused.stderr
    assert len(refused.stderr.splitlines()) == 1


def test_input_that_is_no_pipe_is_read_to_its_end(tmp_path: Path) -> None:
    requests = tmp_path / "requests"
    requests.write_text(lines({"method": "nothing", "params": []}))
    for source in (requests, Path(os.devnull)):
        with source.open() as opened:
            served = subprocess.run(
                [*COMMAND, "serve", "memory"],
                stdin=opened,
                capture_output=True,
                text=True,
                timeout=60,
                check=True,
            )
        assert len(served.stdout.splitlines()) == (source == requests)
