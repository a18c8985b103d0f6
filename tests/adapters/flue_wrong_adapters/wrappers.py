"""What wrong adapters are made of: wrappers of one surface of a reference adapter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar, Generic, TypeVar, cast

from sqlalchemy import Connection, Row, text

from flue_conformance.contract import (
    AgentSubmission,
    AgentSubmissionStore,
    EventStreamStore,
    PersistenceAdapter,
    RunEventStore,
    RunRegistry,
    RunStore,
    SessionStore,
    Stores,
    SubmissionAttemptRef,
    SubmissionClaimRef,
)
from reference_adapters.database import Database

T = TypeVar("T")


class Wrapper(Generic[T]):
    """One surface; what a subclass does not change is the wrapped one's, `self.right`."""

    surface: ClassVar[str]
    """The member of `Stores` that is wrapped; empty for the adapter itself."""

    def __init__(self, right: T) -> None:
        self.right = right

    def __getattr__(self, name: str) -> Any:
        return getattr(self.right, name)

    async def sql(self, statement: str, **values: object) -> Sequence[Row[Any]]:
        """Run a statement, with values named `:name`, in a transaction of its own."""
        database: Database = self.right._database  # type: ignore[attr-defined] # every store's
        return await database.write(_run, statement, values)


class Sessions(Wrapper[SessionStore]):
    """Wraps the session store."""

    surface = "sessions"


class Submissions(Wrapper[AgentSubmissionStore]):
    """Wraps the submission store."""

    surface = "submissions"


class OwnClaims(Submissions):
    """Remembers the attempts that were claimed through it."""

    mine: frozenset[SubmissionAttemptRef] = frozenset()

    async def claim_submission(self, claim: SubmissionClaimRef) -> AgentSubmission | None:
        claimed = await self.right.claim_submission(claim)
        if claimed:
            self.mine |= {SubmissionAttemptRef(claim.submission_id, claim.attempt_id)}
        return claimed


class Runs(Wrapper[RunStore]):
    """Wraps the run store."""

    surface = "runs"


class Registry(Wrapper[RunRegistry]):
    """Wraps the run registry."""

    surface = "run_registry"


class RunEvents(Wrapper[RunEventStore]):
    """Wraps the run events of edition 0.10."""

    surface = "run_events"


class Streams(Wrapper[EventStreamStore]):
    """Wraps the event streams of edition 0.11."""

    surface = "event_streams"


class Adapter(Wrapper[PersistenceAdapter]):
    """Wraps the adapter itself."""

    surface = ""


class WithOneSurfaceWrapped:
    """A reference adapter whose stores come with one of them wrapped, anew at each `connect`."""

    def __init__(self, right: PersistenceAdapter, wrapper: type[Wrapper[Any]]) -> None:
        self._right = right
        self._wrapper = wrapper

    async def migrate(self) -> None:
        """Make or upgrade the schema."""
        await self._right.migrate()

    async def connect(self) -> Stores:
        """Return the stores."""
        stores = await self._right.connect()
        surface = self._wrapper.surface
        store = getattr(stores, surface)
        # One edition has no such surface.
        return stores if store is None else replace(stores, **{surface: self._wrapper(store)})

    async def close(self) -> None:
        """Release everything."""
        await self._right.close()


def wrapped(right: PersistenceAdapter, wrapper: type[Wrapper[Any]]) -> PersistenceAdapter:
    """Return a reference adapter with one surface, or the whole adapter, wrapped."""
    if wrapper.surface:
        return WithOneSurfaceWrapped(right, wrapper)
    return cast("PersistenceAdapter", wrapper(right))


def _run(connection: Connection, statement: str, values: dict[str, object]) -> Sequence[Row[Any]]:
    result = connection.execute(text(statement), values)
    return result.all() if result.returns_rows else []
