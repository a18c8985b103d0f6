"""Worker processes that serve adapters, lines to servers, how to break either, and histories."""

from __future__ import annotations

from flue_conformance.harness.births import Births, Born, Process
from flue_conformance.harness.clocks import Clock, clock_ahead
from flue_conformance.harness.cuts import Cut
from flue_conformance.harness.duty import Duty
from flue_conformance.harness.histories import Operation
from flue_conformance.harness.linearizability import (
    Answer,
    Explanation,
    Specification,
    Verdict,
    check,
)
from flue_conformance.harness.means import pause_problem, worker_problem
from flue_conformance.harness.nursery import Nursery
from flue_conformance.harness.proxy import Lost, Proxy
from flue_conformance.harness.subprocesses import Subprocesses
from flue_conformance.harness.worker import Worker, births_for, can_tell_stops

__all__ = [
    "Answer",
    "Births",
    "Born",
    "Clock",
    "Cut",
    "Duty",
    "Explanation",
    "Lost",
    "Nursery",
    "Operation",
    "Process",
    "Proxy",
    "Specification",
    "Subprocesses",
    "Verdict",
    "Worker",
    "births_for",
    "can_tell_stops",
    "check",
    "clock_ahead",
    "pause_problem",
    "worker_problem",
]
