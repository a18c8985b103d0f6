"""Adapters that keep sessions in a dictionary, and what can be wrong with them."""

from __future__ import annotations

import copy
import sys
from typing import Any, NoReturn, cast

from flue_conformance.contract import (
    AgentSubmissionStore,
    RunRegistry,
    RunStore,
    SessionData,
    Stores,
)

Kept = dict[str, Any]

SECRET = "tops3cret"
URL = f"fake://kit:{SECRET}@127.0.0.1/flue"


def _unused(protocol: type) -> Any:
    methods = {name: print for name in vars(protocol) if not name.startswith("_")}
    return type("Unused", (), methods)()


class DictSessions:
    def __init__(self, kept: Kept) -> None:
        self.kept = kept

    async def save(self, id: str, data: SessionData) -> None:  # noqa: A002
        self.kept[id] = copy.deepcopy(data)

    async def load(self, id: str) -> SessionData | None:  # noqa: A002
        found: SessionData | None = copy.deepcopy(self.kept.get(id))
        return found

    async def delete(self, id: str) -> None:  # noqa: A002
        self.kept.pop(id, None)


class DictAdapter:
    """Correct, as far as it goes: sessions only."""

    sessions: type[DictSessions] = DictSessions

    def __init__(self, kept: Kept | None = None) -> None:
        self.kept = {} if kept is None else kept

    async def migrate(self) -> None:
        pass

    async def connect(self) -> Stores:
        return Stores(
            sessions=self.sessions(self.kept),
            submissions=_unused(AgentSubmissionStore),
            runs=_unused(RunStore),
            run_registry=_unused(RunRegistry),
        )

    async def close(self) -> None:
        pass


class ForgetfulSessions(DictSessions):
    async def save(self, id: str, data: SessionData) -> None:  # noqa: A002
        changed: Any = {**data, "version": 7}
        await super().save(id, changed)


class Forgetful(DictAdapter):
    """Breaks SESSION-02, a MUST, and nothing else."""

    sessions = ForgetfulSessions


class SortingSessions(DictSessions):
    async def load(self, id: str) -> SessionData | None:  # noqa: A002
        found: Any = await super().load(id)
        in_order: Any = found and dict(sorted(found.items()))
        return cast("SessionData | None", in_order)


class Sorting(DictAdapter):
    """Breaks SESSION-09, a SHOULD: it sorts members."""

    sessions = SortingSessions


class RaisingSessions(DictSessions):
    async def save(self, id: str, data: SessionData) -> None:  # noqa: A002
        sys.stdout.write(f"saving through {URL}\n")
        self._send(id, data)

    def _send(self, *arguments: object) -> NoReturn:
        try:
            self._write(arguments)
        except OSError as error:
            raise RuntimeError(f"cannot reach {URL}") from error

    def _write(self, arguments: object) -> NoReturn:
        raise OSError(f"no answer to {arguments!r:.10}; password={SECRET}")


class Raising(DictAdapter):
    """Raises what has a password in it."""

    sessions = RaisingSessions


class Unmigratable(DictAdapter):
    async def migrate(self) -> None:
        raise RuntimeError("no such table: flue")


class Unclosable(DictAdapter):
    async def close(self) -> None:
        raise RuntimeError("still busy")
