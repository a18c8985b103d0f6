"""Adapters that are correct, however odd they look: they break no MUST."""

from __future__ import annotations

from flue_conformance.contract import AgentSubmission
from flue_wrong_adapters.catalogue import UNUSUAL, unusual
from flue_wrong_adapters.wrappers import Submissions

__all__ = ["UNUSUAL"]


@unusual("Lists are tuples: a sequence is all that the protocol declares.")
class ListsAreTuples(Submissions):
    """Returns tuples."""

    async def list_runnable_submissions(self) -> tuple[AgentSubmission, ...]:
        """Return the heads as a tuple."""
        return tuple(await self.right.list_runnable_submissions())

    async def list_running_submissions(self) -> tuple[AgentSubmission, ...]:
        """Return what runs as a tuple."""
        return tuple(await self.right.list_running_submissions())

    async def list_expired_submissions(self) -> tuple[AgentSubmission, ...]:
        """Return what expired as a tuple."""
        return tuple(await self.right.list_expired_submissions())
