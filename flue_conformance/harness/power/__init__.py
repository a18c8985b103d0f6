"""Power loss: what a disk would hold, by the system calls of the process that wrote to it."""

from __future__ import annotations

from flue_conformance.harness.power.disk import Disk, File
from flue_conformance.harness.power.recording import Recording
from flue_conformance.harness.power.strace import Fault, strace_problem
from flue_conformance.harness.power.trace import Image, Trace, Unseen

__all__ = ["Disk", "Fault", "File", "Image", "Recording", "Trace", "Unseen", "strace_problem"]
