"""Values of another shape than those of the reference adapters, and equal to them."""

from __future__ import annotations

from dataclasses import field, fields, is_dataclass, make_dataclass, replace
from functools import cache
from typing import Any

from flue_conformance.contract import EventStreamReadResult, ListRunsResponse
from flue_wrong_adapters.catalogue import unusual
from flue_wrong_adapters.each_call import EachResult
from flue_wrong_adapters.wrappers import Registry, Submissions


@unusual("Lists are tuples: a sequence is all that the protocol declares.")
class ListsAreTuples(EachResult):
    """Returns tuples of records."""

    def result(self, value: Any) -> Any:
        if isinstance(value, list):
            return tuple(value)
        if isinstance(value, ListRunsResponse):
            return replace(value, runs=tuple(value.runs))
        if isinstance(value, EventStreamReadResult):
            return replace(value, events=tuple(value.events))
        return value


@unusual("Members of documents come back in another order: JSON objects have none.")
class MembersComeBackInAnotherOrder(EachResult):
    """Reverses the members of all documents."""

    def result(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {name: self.result(value[name]) for name in reversed(value)}
        if isinstance(value, list):
            return [self.result(item) for item in value]
        if is_dataclass(value) and not isinstance(value, type):
            members = {each.name: self.result(getattr(value, each.name)) for each in fields(value)}
            return replace(value, **members)
        return value


@unusual("Records have a member of their own: unknown members are ignored.")
class RecordsHaveAFurtherMember(EachResult):
    """Returns instances of subclasses."""

    def result(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self.result(item) for item in value]
        if is_dataclass(value) and not isinstance(value, type):
            members = {each.name: self.result(getattr(value, each.name)) for each in fields(value)}
            return _extended(type(value))(**members)
        return value


@cache
def _extended(record: type) -> Any:
    member = ("row_version", int, field(default=1))
    return make_dataclass(f"Extended{record.__name__}", [member], bases=(record,), frozen=True)


@unusual("Sequences grow by ten million: gaps are normal.")
class SequencesHaveGaps(Submissions):
    """Uses up numbers with each admission."""

    async def admit_dispatch(self, dispatch: Any) -> Any:
        admission = await self.right.admit_dispatch(dispatch)
        await self._use_numbers_up()
        return admission

    async def admit_direct(self, direct: Any) -> Any:
        admitted = await self.right.admit_direct(direct)
        await self._use_numbers_up()
        return admitted

    async def _use_numbers_up(self) -> None:
        await self.sql(
            "UPDATE sqlite_sequence SET seq = seq + 10000000 WHERE name = 'flue_agent_submissions'"
        )


@unusual("Cursors of the registry are of another form: they are opaque to callers.")
class CursorsAreHexadecimal(Registry):
    """Spells cursors in hexadecimal digits."""

    async def list_runs(self, opts: Any = None) -> Any:
        if opts and opts.cursor:
            opts = replace(opts, cursor=self._read(opts.cursor))
        page = await self.right.list_runs(opts)
        cursor = page.next_cursor and page.next_cursor.encode().hex()
        return replace(page, next_cursor=cursor)

    @staticmethod
    def _read(cursor: str) -> str | None:
        try:
            return bytes.fromhex(cursor).decode()
        except ValueError:
            return None
