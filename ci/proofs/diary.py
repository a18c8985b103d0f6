"""What proofs have come to: their progress, kept for a commit, and the rows of `docs/proofs.md`."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from proofs.proof import ROOT, Counts, Proof

_PAGE = ROOT / "docs" / "proofs.md"
_HEADER = """\
# Proofs

What takes longer than CI may take: `ci/proof` does it and writes the rows. The commit is the one
that last changed what is proven.

| date | commit | proof | seed | counts | held |
|---|---|---|---|---|---|
"""


class Progress:
    """The steps of a proof that held so far, in a file of their own."""

    def __init__(self, proof: Proof, folder: Path) -> None:
        self._file = folder / f"{re.sub(r'[^a-z0-9]+', '-', proof.name)}.jsonl"
        lines = self._file.read_text().splitlines() if self._file.exists() else []
        self.counts: dict[str, Counts] = {
            name: Counter(counts) for name, counts in map(json.loads, lines)
        }

    def add(self, name: str, counts: Counts) -> None:
        """Note that a step held, or with its own name the whole proof."""
        self.counts[name] = counts
        with self._file.open("a") as file:
            file.write(json.dumps([name, counts]) + "\n")


def append_row(
    proof: Proof, commit: str, counts: Mapping[str, Counts], failed: Sequence[str]
) -> str:
    """Write what a proof came to as a row; returns it in words."""
    total = sum(counts.values(), Counts())
    told = ", ".join(f"{number} {word}" for word, number in total.items())
    steps = f"{len(counts)} of {len(proof.steps)} steps"
    held = f"no: {', '.join(failed)}" if failed else "yes"
    today = dt.datetime.now(tz=dt.UTC).date()
    row = (f"{today}", commit, proof.name, proof.seed, f"{steps}; {told}", held)
    text = _PAGE.read_text() if _PAGE.exists() else _HEADER
    _PAGE.write_text(f"{text}| {' | '.join(row)} |\n")
    return f"{proof.name}: {held}; {steps}; {told}"
