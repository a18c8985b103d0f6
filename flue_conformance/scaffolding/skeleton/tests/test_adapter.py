"""What the kit does not know of this adapter; its rules are the kit's to prove."""

from __future__ import annotations

from pathlib import Path

import pytest

from {{package}} import {{class}}


def test_other_editions_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"0\.11"):
        {{class}}(str(tmp_path / "database"), edition="0.9")


async def test_closing_an_adapter_that_was_never_opened_does_nothing(tmp_path: Path) -> None:
    await {{class}}(str(tmp_path / "database")).close()
    assert not (tmp_path / "database").exists()
