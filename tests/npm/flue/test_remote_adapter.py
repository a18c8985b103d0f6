"""What `flue-remote-adapter` tells of the process behind it."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from flue_adapter_npm.node import node

from .conftest import JS

SERVE_MEMORY = [
    sys.executable,
    "-c",
    "from flue_conformance.cli import main; main()",
    *("serve", "memory", "--location", "it", "--edition", "0.10"),
]


def told(script: str) -> str:
    """Return what a script prints that may use `remoteAdapter`, and has to end by itself."""
    start = f"import {{ remoteAdapter }} from {json.dumps(JS.as_uri())};\n"
    done = subprocess.run(
        [node(), "--input-type=module", "--eval", start + script],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout.strip()


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["/nowhere/program"], "/nowhere/program cannot be started: spawn"),
        (["/bin/sh", "-c", "exit 3"], "(/bin/sh) ended with status 3."),
        (["/bin/sh", "-c", "kill -9 $$"], "(/bin/sh) was ended by SIGKILL."),
    ],
)
def test_a_process_that_is_gone_says_how(command: list[str], said: str) -> None:
    script = f"""
        const adapter = remoteAdapter({{ command: {json.dumps(command)} }});
        await adapter.migrate().catch((error) => console.log(error.message));
        await adapter.close();
    """

    assert said in told(script)


def test_an_unknown_edition_is_refused() -> None:
    script = """
        try {
          remoteAdapter({ command: ['x'], edition: '0.9' });
        } catch (error) {
          console.log(error.message);
        }
    """

    assert told(script) == "remoteAdapter() knows no edition 0.9, but 0.10, 0.11."


def test_it_keeps_nobody_from_ending_and_0_10_has_no_streams() -> None:
    script = f"""
        const options = {{ command: {json.dumps(SERVE_MEMORY)}, edition: '0.10' }};
        const adapter = remoteAdapter(options);
        await adapter.migrate();
        const registry = adapter.connectRunRegistry();
        const pages = [NaN, Infinity, 1].map((limit) => registry.listRuns({{ limit }}));
        console.log(JSON.stringify(await Promise.all(pages)), 'connectEventStreamStore' in adapter);
    """

    assert told(script) == '[{"runs":[]},{"runs":[]},{"runs":[]}] false'
