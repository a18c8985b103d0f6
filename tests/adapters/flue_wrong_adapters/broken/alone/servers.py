"""Adapters that are right for as long as the server and the line to it are."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from sqlalchemy import Connection, text

from flue_conformance.contract import (
    AgentDispatchAdmission,
    AgentSubmission,
    AgentSubmissionStore,
    DirectAgentSubmissionInput,
    DirectConflict,
    DispatchConflict,
    DispatchInput,
    EndRunInput,
    PersistenceAdapter,
    SessionData,
    SessionStore,
    Storage,
    Stores,
    SubmissionAttemptRef,
    SubmissionClaimRef,
    SubmissionLease,
)
from flue_wrong_adapters.catalogue import broken
from flue_wrong_adapters.each_call import EachCall, Method
from flue_wrong_adapters.wrappers import Adapter, Runs, Sessions, Submissions
from reference_adapters.database import Database

T = TypeVar("T")


class OwnConnections(Adapter):
    """Connects with settings of its own."""

    options = ""

    def __init__(self, right: PersistenceAdapter) -> None:
        super().__init__(right)
        right._location._parameters["options"] = self.options  # type: ignore[attr-defined]


@broken("DURABILITY-11", "Finished work is undone when the database crashes.", place="postgres")
class CommitsInTheBackground(OwnConnections):
    """Does not wait for the log to be written."""

    options = "-c synchronous_commit=off"


class UnloggedTables(Adapter):
    """Keeps tables out of the server's log, which makes writes fast."""

    tables: tuple[str, ...] = ()

    async def migrate(self) -> None:
        await self.right.migrate()
        for table in self.tables:
            await self.right._database.write(_execute, f"ALTER TABLE {table} SET UNLOGGED")  # type: ignore[attr-defined]


@broken("DURABILITY-11", "The crash of a database empties streams of turns.", place="postgres")
class KeepsChunksOutOfTheLog(UnloggedTables):
    """Takes chunks for scratch data."""

    tables = ("flue_agent_stream_chunks",)


@broken("DURABILITY-11", "A crash of the database forgets what ran.", place="postgres")
class KeepsRunsOutOfTheLog(UnloggedTables):
    """Takes runs for scratch data."""

    tables = ("flue_runs",)


@broken("DURABILITY-11", "A prompt was accepted that nobody has after a crash.", place="postgres")
class AdmitsInTheBackground(Submissions):
    """Does not wait for the log when it admits, for admissions have to be fast."""

    async def admit_dispatch(self, input: DispatchInput) -> AgentDispatchAdmission:  # noqa: A002
        admission: AgentDispatchAdmission = await _lazy(self.right).admit_dispatch(input)
        return admission


@broken("DURABILITY-11", "After a crash a prompt runs again that had begun.", place="postgres")
class ClaimsInTheBackground(Submissions):
    """Does not wait for the log when it claims."""

    async def claim_submission(self, claim: SubmissionClaimRef) -> AgentSubmission | None:
        claimed: AgentSubmission | None = await _lazy(self.right).claim_submission(claim)
        return claimed


@broken("DURABILITY-11", "The last turn of a session is gone after a crash.", place="postgres")
class SavesTogether(Sessions):
    """Keeps a session for a while, so that one write serves several saves; hides that."""

    def __init__(self, right: SessionStore) -> None:
        super().__init__(right)
        self._kept: dict[str, SessionData] = {}

    async def save(self, key: str, data: SessionData) -> None:
        self._kept[key] = data
        asyncio.get_running_loop().call_later(0.05, self._write_soon)

    async def load(self, key: str) -> SessionData | None:
        return self._kept[key] if key in self._kept else await self.right.load(key)

    async def delete(self, key: str) -> None:
        self._kept.pop(key, None)
        await self.right.delete(key)

    def _write_soon(self) -> None:
        self._writing = asyncio.ensure_future(self._write())

    async def _write(self) -> None:
        for key, data in [*self._kept.items()]:
            try:
                await self.right.save(key, data)
            except Storage:
                return
            self._kept.pop(key, None)


class Impatient(Adapter):
    """Makes no call again whose connection was lost."""

    async def connect(self) -> Stores:
        stores = await self.right.connect()
        database = self.right._database  # type: ignore[attr-defined]
        database._patience = _no_patience
        return stores


@broken("DURABILITY-12", "After a database restart all is down until one's own.", place="postgres")
class KeepsDeadConnections(Impatient):
    """Opens each connection once."""

    async def connect(self) -> Stores:
        stores = await super().connect()
        pool: Any = self.right._database._engine.pool  # type: ignore[attr-defined]
        opened = pool._creator
        left = iter(range(10))

        def once(*arguments: Any) -> Any:
            if next(left, None) is None:
                raise Storage("All ten connections were opened.")
            return opened(*arguments)

        pool._creator = once
        pool._invoke_creator = once
        return stores


class AfterAFailure(EachCall, Impatient):
    """Calls stores, and does something once a call has failed for want of a connection."""

    async def call(self, method: Method, *arguments: Any, **options: Any) -> Any:
        self.begin()
        try:
            return await method(*arguments, **options)
        except Storage:
            self.fail()
            raise

    def begin(self) -> None:
        """Refuse a call, perhaps."""

    def fail(self) -> None:
        """Remember a failure."""


@broken("DURABILITY-12", "A hiccup of the network takes an app down for good.", place="postgres")
class StaysAwayForEver(AfterAFailure):
    """Has a circuit breaker that never closes."""

    _failed = False

    def begin(self) -> None:
        if self._failed:
            raise Storage("The database does not answer.")

    def fail(self) -> None:
        self._failed = True


@broken("DURABILITY-12", "Now and then a call fails, ever since a hiccup.", place="postgres")
class IsPoisonedByAFailure(AfterAFailure):
    """Puts the connection of the first failed call back into a pool of four."""

    _calls = 0
    _dead: int | None = None

    def begin(self) -> None:
        self._calls += 1
        if self._calls % 4 == self._dead:
            raise Storage("The connection is closed.")

    def fail(self) -> None:
        if self._dead is None:
            self._dead = self._calls % 4


@broken("DURABILITY-12", "A few failed calls later nothing is answered any more.", place="postgres")
class LosesAPlaceWithEachFailure(AfterAFailure):
    """Gives a connection's place in the pool back only after a call that went well."""

    def __init__(self, right: PersistenceAdapter) -> None:
        super().__init__(right)
        self._places = asyncio.Semaphore(10)

    async def call(self, method: Method, *arguments: Any, **options: Any) -> Any:
        await self._places.acquire()
        result = await method(*arguments, **options)
        self._places.release()
        return result


@broken("DURABILITY-12", "Sessions are not saved any more after a restart.", place="postgres")
class SavesThroughOneConnection(Sessions):
    """Keeps a connection for saves alone, and never another one."""

    _failed = False

    async def save(self, key: str, data: SessionData) -> None:
        if self._failed:
            raise Storage("The connection is closed.")
        try:
            self.right._database._patience = _no_patience  # type: ignore[attr-defined]
            await self.right.save(key, data)
        except Storage:
            self._failed = True
            raise


class OnceTried(Submissions):
    """Remembers what it has tried and not done."""

    tried: frozenset[str] = frozenset()

    async def trying(self, name: str, call: Awaitable[T]) -> T:
        """Remember a name unless the call returns."""
        self.tried |= {name}
        result = await call
        self.tried -= {name}
        return result


@broken("DURABILITY-09", "A webhook that is sent again is refused.", place="postgres")
class RefusesWhatItHasTried(OnceTried):
    """Takes a dispatch whose admission failed for another one with its id."""

    async def admit_dispatch(self, input: DispatchInput) -> AgentDispatchAdmission:  # noqa: A002
        if input["dispatchId"] in self.tried:
            return DispatchConflict()
        return await self.trying(input["dispatchId"], self.right.admit_dispatch(input))


@broken("DURABILITY-09", "A prompt that was sent again is refused.", place="postgres")
class RefusesAPromptThatItHasTried(OnceTried):
    """Takes a prompt whose admission failed for another one with its id."""

    async def admit_direct(self, input: DirectAgentSubmissionInput) -> AgentSubmission:  # noqa: A002
        if input["submissionId"] in self.tried:
            raise DirectConflict("Direct admission had an unexpected result.")
        return await self.trying(input["submissionId"], self.right.admit_direct(input))


@broken("DURABILITY-09", "A turn shows a piece of its text twice.", place="postgres")
class AppendsAgainBehind(Submissions):
    """Makes a failed append again, under the next index."""

    async def append_stream_chunk_segment(self, key: str, index: int, body: str) -> bool:
        try:
            return await self.right.append_stream_chunk_segment(key, index, body)
        except Storage:
            return await self.right.append_stream_chunk_segment(key, index + 1, body)


@broken("DURABILITY-09", "Work is done and not marked so, and is done again.", place="postgres")
class TakesALostCommitForOne(Submissions):
    """Says that it completed what it does not know."""

    async def complete_submission(self, attempt: SubmissionAttemptRef) -> bool:
        try:
            return await self.right.complete_submission(attempt)
        except Storage:
            return True


@broken("DURABILITY-09", "A takeover counts twice when its answer was lost.", place="postgres")
class TakesOverTwice(Submissions):
    """Makes a takeover again, whether or not it was made."""

    async def replace_turn_journal_attempt(
        self,
        attempt: SubmissionAttemptRef,
        next_attempt_id: str,
        lease: SubmissionLease | None = None,
    ) -> AgentSubmission | None:
        try:
            return await self.right.replace_turn_journal_attempt(attempt, next_attempt_id, lease)
        except Storage:
            await self.sql(
                "UPDATE flue_agent_submissions SET attempt_id = :next,"
                " attempt_count = attempt_count + 1 WHERE submission_id = :id",
                next=next_attempt_id,
                id=attempt.submission_id,
            )
            return await self.right.get_submission(attempt.submission_id)


@broken("DURABILITY-09", "The result of a run is lost with the answer.", place="postgres")
class EndsRunsOnce(Runs):
    """Takes an end that it has tried for one that it made."""

    _tried: frozenset[str] = frozenset()

    async def end_run(self, input: EndRunInput) -> None:  # noqa: A002
        if input.run_id not in self._tried:
            self._tried |= {input.run_id}
            await self.right.end_run(input)


@broken("DURABILITY-13", "Under load, calls fail that only had to wait.", place="postgres")
class WaitsNoMoment(EachCall):
    """Gives up at once when all twenty connections are busy."""

    _busy = 0

    async def call(self, method: Method, *arguments: Any, **options: Any) -> Any:
        if self._busy >= 20:
            raise Storage("No connection is free.")
        self._busy += 1
        try:
            return await method(*arguments, **options)
        finally:
            self._busy -= 1


@broken("DURABILITY-14", "What ran is forgotten with the host of the database.", place="postgres")
class ReplicatesNoRuns(UnloggedTables):
    """Keeps runs out of the log, which is what a standby is sent."""

    tables = ("flue_runs",)


@broken("DURABILITY-14", "Work that was accepted is lost with a host.", place="postgres")
class WaitsForNoStandby(OwnConnections):
    """Does not wait for the standby to have it."""

    options = "-c synchronous_commit=local"


@broken("DURABILITY-14", "The end of a stream is lost with a host.", place="postgres")
class WaitsForNoDisk(OwnConnections):
    """Does not wait for anybody to have it."""

    options = "-c synchronous_commit=off"


class _Lazy:
    """A database whose transactions commit without waiting for the log."""

    def __init__(self, right: Database) -> None:
        self._right = right

    def __getattr__(self, name: str) -> Any:
        return getattr(self._right, name)

    async def write(self, step: Callable[..., T], *arguments: Any) -> T:
        return await self._right.write(_lazily, step, *arguments)

    async def write_in_turn(self, lane: str, step: Callable[..., T], *arguments: Any) -> T:
        return await self._right.write_in_turn(lane, _lazily, step, *arguments)


def _lazy(store: AgentSubmissionStore) -> Any:
    lazy: Any = copy.copy(store)
    lazy._database = _Lazy(lazy._database)
    return lazy


def _lazily(connection: Connection, step: Callable[..., T], *arguments: Any) -> T:
    connection.execute(text("SET LOCAL synchronous_commit = off"))
    return step(connection, *arguments)


def _no_patience() -> Callable[[Exception], bool]:
    return lambda _: False


def _execute(connection: Connection, statement: str) -> None:
    connection.execute(text(statement))
