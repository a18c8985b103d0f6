"""Adapters whose transactions leave out a lock, and miss what others are about to commit."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from copy import copy
from dataclasses import replace
from typing import Any

from flue_conformance.contract import (
    AgentSubmission,
    AgentSubmissionStore,
    CreateTurnJournalInput,
    DirectAgentSubmissionInput,
)
from flue_wrong_adapters.catalogue import broken
from flue_wrong_adapters.wrappers import Submissions
from reference_adapters.submissions.deletion import SessionDeletions


class LocksNothing:
    """A dialect whose locks do nothing."""

    def __init__(self, dialect: Any) -> None:
        self._dialect = dialect

    def __getattr__(self, name: str) -> Any:
        return getattr(self._dialect, name)

    def lock_session(self, *_: object) -> None:
        """Let others admit to the session, or delete it."""

    def hold(self, *_: object) -> None:
        """Let others change the rows."""


class Careless(Submissions):
    """Has a store besides that locks nothing."""

    careless: AgentSubmissionStore

    def __init__(self, right: Any) -> None:
        super().__init__(right)
        layout = replace(right._layout, dialect=LocksNothing(right._layout.dialect))
        store = copy(right)
        store._layout = layout
        store._deletions = SessionDeletions(right._database, layout)
        self.careless = store


@broken("JOURNAL-15", "A turn stays with the process that lost its prompt.", place="postgres")
class BeginsTurnsBesideATakeover(Careless):
    """Begins a turn while a takeover that has found none is about to commit."""

    async def begin_turn_journal(self, input: CreateTurnJournalInput) -> bool:  # noqa: A002 - Flue's name
        return await self.careless.begin_turn_journal(input)


@broken("ORDERING-16", "A prompt appears in front of one that runs already.", place="postgres")
class AdmitsPromptsBesideOthers(Careless):
    """Takes the number of a prompt while another one with a later number is committed."""

    async def admit_direct(self, input: DirectAgentSubmissionInput) -> AgentSubmission:  # noqa: A002 - Flue's name
        return await self.careless.admit_direct(input)


@broken("DELETION-01", "A chat is deleted while a prompt is added to it.", place="postgres")
class DeletesBesideAdmissions(Careless):
    """Looks for unsettled work while an admission is about to commit."""

    async def delete_session(
        self, session_key: str, delete_session_tree: Callable[[], Awaitable[None]]
    ) -> None:
        await self.careless.delete_session(session_key, delete_session_tree)
