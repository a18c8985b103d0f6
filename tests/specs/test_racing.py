from __future__ import annotations

import asyncio
from functools import partial

from flue_conformance.contract import SessionBusy
from flue_conformance.specs.support.racing import (
    errors,
    outlasting,
    together,
    values,
)


def test_calls_begin_only_when_all_are_there() -> None:
    began: list[str] = []

    async def scenario() -> None:
        async def call(name: str) -> None:
            began.append(name)
            await asyncio.sleep(0)
            # Whoever runs again finds the others begun: nobody ran to its end before.
            assert len(began) == 3

        racers = await together([partial(call, name) for name in "abc"])
        assert [racer.error for racer in racers] == [None, None, None]

    asyncio.run(scenario())


def test_contention_is_retried_and_counted() -> None:
    tries = 0

    async def contended() -> str:
        nonlocal tries
        tries += 1
        if tries < 3:
            raise RuntimeError("database is locked")
        return "done"

    (racer,) = asyncio.run(together([contended]))

    assert (racer.value, racer.tries) == ("done", 3)


def test_errors_of_the_contract_are_outcomes() -> None:
    async def busy() -> None:
        raise SessionBusy("queued or running")

    async def calm() -> int:
        return 1

    racers = asyncio.run(together([busy, calm]))

    assert values(racers) == [1]
    assert [type(error) for error in errors(racers)] == [SessionBusy]


def test_what_contention_raises_may_be_said() -> None:
    tries = 0

    async def migrate() -> str:
        nonlocal tries
        tries += 1
        if tries < 3:
            raise RuntimeError("duplicate key value violates unique constraint")
        return "done"

    assert asyncio.run(outlasting(migrate, lambda _: True)) == "done"
    assert tries == 3


def test_what_is_not_implemented_is_not_tried_again() -> None:
    async def missing() -> None:
        raise NotImplementedError("ADMISSION-01")

    (racer,) = asyncio.run(together([missing]))
    assert racer.tries == 1
    assert isinstance(racer.error, NotImplementedError)
