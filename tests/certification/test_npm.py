"""A tarball of npm, the whole way: packed, certified, verified, and then another file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from flue_conformance.backends import UsageProblem

from .running import flue_conformance
from .tarballs import pack

pytest.importorskip("flue_adapter_npm")

DEVIATION = """
[[deviation]]
rule = "INDEX-19"
failure = "RemoteError: Invalid character"
reason = "Cursors are made of Latin-1."
link = "https://example.org/issues/19"
until = 2999-01-01
"""


@pytest.fixture(scope="module")
def modules() -> Path:
    """Return a folder with Flue's runtime and what it imports."""
    from flue_adapter_npm.packages import installed  # noqa: PLC0415 - it may be missing
    from flue_adapter_npm.reference import Package  # noqa: PLC0415 - likewise

    try:
        return installed(Package("@flue/runtime", version="0.11.1")).folder / "node_modules"
    except UsageProblem as problem:
        pytest.skip(str(problem))


@pytest.fixture
def tarball(tmp_path: Path, modules: Path) -> Path:
    """Return a package that ships a known deviation."""
    (tmp_path / "dist").mkdir()
    return pack(tmp_path / "dist", modules, {"flue-deviations.toml": DEVIATION})


def test_the_whole_way_from_a_tarball_to_a_trusted_certificate(
    tarball: Path, tmp_path: Path
) -> None:
    named = f"dist/{tarball.name}"
    assert flue_conformance("keygen", "author", inside=tmp_path).returncode == 0

    certified = flue_conformance(
        *("certify", named, "--adapter", f"npm:{named}#mine?memory"),
        *("--signing-key", "author.key"),
        inside=tmp_path,
    )

    assert certified.returncode == 0, certified.stderr
    verified = flue_conformance("verify", named, "--key", "author.pub", inside=tmp_path)
    assert verified.returncode == 0
    assert verified.stdout.startswith(
        f"trusted  {tarball.name}: {tarball.name}#mine?memory of @acme/flue-mine 1.2.0, ephemeral "
        "in edition 0.11, by flue-conformance"
    )
    assert "with known deviations from INDEX-19" in verified.stdout
    (subject,) = json.loads(tarball.with_name(f"{tarball.name}.flue-report.json").read_text())[
        "subjects"
    ]
    assert subject["command"] == f"pytest '--flue-adapter=npm:./{tarball.name}#mine?memory'"
    tarball.write_bytes(tarball.read_bytes() + b"\0")
    tampered = flue_conformance("verify", named, "--key", "author.pub", inside=tmp_path)
    assert tampered.returncode == 1
    assert "this is another file than the certified one" in tampered.stdout
