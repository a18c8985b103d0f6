"""Workflow runs and their index, which knows nothing of them: every method names its rules."""

from __future__ import annotations

from flue_conformance.contract import (
    CreateRunInput,
    EndRunInput,
    ListRunsOpts,
    ListRunsResponse,
    RecordRunEndInput,
    RecordRunStartInput,
    RunPointer,
    RunRecord,
)


class RunStore:
    """Workflow runs with payload and outcome."""

    async def create_run(self, input: CreateRunInput) -> None:  # noqa: A002 - Flue's name
        """Record a run that starts."""
        raise NotImplementedError("RUN-01, RUN-03, RUN-07, RUN-08")

    async def end_run(self, input: EndRunInput) -> None:  # noqa: A002 - Flue's name
        """Record how a run ended."""
        raise NotImplementedError("RUN-04 to -06, RUN-09, RUN-10")

    async def get_run(self, run_id: str) -> RunRecord | None:
        """Return a run, or None."""
        raise NotImplementedError("RUN-02")


class RunRegistry:
    """The index of runs."""

    async def record_run_start(self, input: RecordRunStartInput) -> None:  # noqa: A002 - Flue's name
        """Index a run that starts, once."""
        raise NotImplementedError("INDEX-01 to -03")

    async def record_run_end(self, input: RecordRunEndInput) -> None:  # noqa: A002 - Flue's name
        """Index how a run ended."""
        raise NotImplementedError("INDEX-04")

    async def lookup_run(self, run_id: str) -> RunPointer | None:
        """Return a pointer, or None."""
        raise NotImplementedError("INDEX-01, INDEX-05")

    async def list_runs(self, opts: ListRunsOpts | None = None) -> ListRunsResponse:
        """Return a page of pointers, newest first."""
        raise NotImplementedError("INDEX-06 to -19")
