"""A small runtime: drives the stores as Flue's does (section 5 of the contract), with no model."""

from __future__ import annotations

from flue_conformance.harness.runtime.coordinator import LONG_PASSED, Coordinator
from flue_conformance.harness.runtime.deletion import delete_tree
from flue_conformance.harness.runtime.effects import Effect, Effects, Kind
from flue_conformance.harness.runtime.workflow import run_workflow

__all__ = [
    "LONG_PASSED",
    "Coordinator",
    "Effect",
    "Effects",
    "Kind",
    "delete_tree",
    "run_workflow",
]
