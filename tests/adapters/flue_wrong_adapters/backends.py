"""The two entry points: `broken:NAME` and `unusual:NAME`."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast, get_args

import reference_adapters
from flue_conformance.backends import (
    Backend,
    FileBackend,
    FlueSchemaPlanter,
    MemoryBackend,
    PostgresBackend,
    Settings,
    UsageProblem,
)
from flue_conformance.contract import PersistenceAdapter
from flue_wrong_adapters.broken import BROKEN
from flue_wrong_adapters.catalogue import Broken, Place, Unusual
from flue_wrong_adapters.unusual import UNUSUAL
from flue_wrong_adapters.wrappers import wrapped


class Choice(Backend):
    """Stands for a whole catalogue, until the argument says which of its adapters is meant."""

    def __init__(self, adapters: Mapping[str, Broken] | Mapping[str, Unusual]) -> None:
        self._adapters = adapters

    def configure(self, argument: str | None, settings: Settings) -> Backend:
        """Return the backend of the adapter that `argument` names.

        After an `@` may come the reference adapter that it is made from this time, such as
        `lists-are-tuples@sqlite`. Raises `UsageProblem` where there is none.
        """
        name, _, place = (argument or "").partition("@")
        chosen = self._adapters.get(name)
        if chosen is None:
            near = difflib.get_close_matches(name, self._adapters, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise UsageProblem(f"There is no {self.label} adapter {argument!r}.{hint}")
        if place:
            if place not in get_args(Place):
                raise UsageProblem(f"{argument!r}: there is no reference adapter {place!r}.")
            chosen = replace(chosen, place=cast("Place", place))
        return backend(chosen).configure(None, settings)

    async def create(self) -> str:
        """Never called: the choice is made before."""
        raise NotImplementedError

    def adapter(self, location: str, edition: str) -> PersistenceAdapter:
        """Never called: the choice is made before."""
        raise NotImplementedError


def backend(wrong: Broken | Unusual) -> Backend:
    """Return the backend of a wrong adapter, under its name."""
    wrapper = wrong.wrapper
    common: dict[str, Any] = {"editions": wrong.editions, "label": wrong.name}
    if wrong.place == "memory":
        return MemoryBackend(
            lambda edition: wrapped(reference_adapters.memory(edition=edition), wrapper), **common
        )
    planter = FlueSchemaPlanter if isinstance(wrong, Broken) or wrong.planter else None
    if wrong.place == "sqlite":
        return FileBackend(
            lambda path, edition: wrapped(
                reference_adapters.sqlite(path, edition=edition), wrapper
            ),
            planter=planter,
            **common,
        )
    return PostgresBackend(
        lambda url, edition: wrapped(reference_adapters.postgres(url, edition=edition), wrapper),
        planter=planter,
        **common,
    )


broken = Choice(BROKEN)
unusual = Choice(UNUSUAL)
