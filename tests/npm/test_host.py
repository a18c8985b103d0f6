"""The host: what crosses between Python and JavaScript, and how."""

from __future__ import annotations

import asyncio
import math
from typing import Any, cast

import pytest

from flue_conformance.bridge import RemoteError
from flue_conformance.contract import (
    SessionBusy,
    Stores,
    SubmissionAttemptRef,
    kind_of,
)

from .conftest import Served, selected

ATTEMPT = SubmissionAttemptRef("submission", "attempt")


def round_trip(echo: Served, document: Any) -> Any:
    async def act(stores: Stores) -> Any:
        await stores.sessions.save("it", document)
        return await stores.sessions.load("it")

    return echo.use(act)


def loaded(echo: Served, name: str) -> Any:
    return echo.use(lambda stores: stores.sessions.load(name))


@pytest.mark.parametrize(
    "document",
    [
        {"null": None, "true": True, "zero": 0, "text": ""},
        [2**53 - 1, -(2**53 - 1), 0.1, 1e300],
        {"lone": "\ud83d", "other": "\udc00x", "pair": "😀", "nul": "\0", "line": "\u2028"},
        {"b": 1, "a": {"z": [], "y": {}}},
        {"$number": "NaN"},
        {"nested": [{"$plain": {"$error": 1}}]},
        {"__proto__": {"a": 1}, "constructor": 2},
        "text",
        None,
    ],
)
def test_documents_cross_exactly(echo: Served, document: Any) -> None:
    back = round_trip(echo, document)

    assert back == document
    if isinstance(document, dict):
        assert [*back] == [*document]


@pytest.mark.parametrize(("number", "said"), [(math.nan, "NaN"), (-math.inf, "-Infinity")])
def test_numbers_that_are_not_finite_cross(echo: Served, number: float, said: str) -> None:
    async def act(stores: Stores) -> Any:
        await stores.sessions.save("types", cast("Any", number))
        return await stores.sessions.load("types")

    assert echo.use(act) == said


def test_absent_members_stay_out_and_null_stays_in(echo: Served) -> None:
    assert loaded(echo, "absent") is None
    assert loaded(echo, "absent member") == {"present": None}


def test_what_json_cannot_tell_is_told(echo: Served) -> None:
    nan = loaded(echo, "nan")

    assert math.isnan(nan["number"])
    assert nan["others"] == [math.inf, -math.inf]
    assert loaded(echo, "dollar") == {"document": {"$number": "NaN"}}
    assert loaded(echo, "proto") == {"__proto__": {"polluted": True}}


@pytest.mark.parametrize("name", ["bigint", "date", "hole", "cycle"])
def test_what_has_no_wire_form_is_no_document(echo: Served, name: str) -> None:
    assert "Foreign" in type(loaded(echo, name)).__name__


@pytest.mark.parametrize(
    ("name", "error_name", "message"),
    [
        ("error", "Error", "It says this."),
        ("type error", "TypeError", "No such type."),
        ("named", "NamedError", "By a name of its own."),
        ("text", "string", "no error at all"),
        ("surrogate", "Error", "half a pair: \ud83d"),
    ],
)
def test_errors_keep_their_names_and_messages(
    echo: Served, name: str, error_name: str, message: str
) -> None:
    with pytest.raises(RemoteError) as caught:
        echo.use(lambda stores: stores.sessions.save(name, cast("Any", {})))

    assert (caught.value.name, str(caught.value)) == (error_name, message)


def test_a_kind_that_an_error_names_is_its_kind(echo: Served) -> None:
    with pytest.raises(SessionBusy) as caught:
        echo.use(lambda stores: stores.sessions.save("kind", cast("Any", {})))

    assert kind_of(caught.value) == "SessionBusy"


def test_an_error_that_is_given_is_an_error_there(echo: Served) -> None:
    async def act(stores: Stores) -> Any:
        await stores.submissions.fail_submission(ATTEMPT, ValueError("a lone \udc00"))
        return await stores.sessions.load("failed with")

    assert echo.use(act) == {"text": "ValueError: a lone \udc00", "isError": True}


def test_what_a_callback_raises_is_raised_by_the_deletion(echo: Served) -> None:
    class Mine(Exception):  # noqa: N818 - anybody's
        pass

    mine = Mine("of the callback")

    async def fail() -> None:
        raise mine

    with pytest.raises(Mine) as caught:
        echo.use(lambda stores: stores.submissions.delete_session("key", fail))

    assert caught.value is mine


def test_listeners_are_called_before_the_append_returns(echo: Served) -> None:
    heard = []

    async def act(stores: Stores) -> int:
        assert stores.event_streams is not None
        unsubscribe = stores.event_streams.subscribe("path", lambda: heard.append(1))
        await stores.event_streams.append_event("path", {})
        unsubscribe()
        before = len(heard)
        await stores.event_streams.append_event("path", {})
        return before

    assert echo.use(act) == len(heard) == 1


def test_what_is_not_asynchronous_is_told(echo: Served) -> None:
    async def act(stores: Stores) -> object:
        return await stores.submissions.has_unsettled_submissions()

    assert "Foreign" in type(echo.use(act)).__name__


def test_connect_is_not_awaited_as_flue_awaits_it_not() -> None:
    backend = selected("./echo.mjs#later?memory")

    async def act() -> object:
        try:
            return await backend.adapter("x", "0.11").connect()
        finally:
            await backend.stop()

    assert "Foreign" in type(asyncio.run(act())).__name__


def test_adapters_of_a_backend_are_apart(echo: Served) -> None:
    async def act() -> list[object]:
        first, second = (echo.backend.adapter(name, "0.11") for name in ("one", "two"))
        await (await first.connect()).sessions.save("it", cast("Any", 1))
        seen = [await (await each.connect()).sessions.load("it") for each in (first, second)]
        await echo.backend.drop("one")
        await echo.backend.drop("two")
        return cast("list[object]", seen)

    assert asyncio.run(act()) == [1, None]


class TestACarelessCaller:
    def test_changes_what_the_adapter_got_and_gave(self, echo: Served) -> None:
        careless = echo.backend.sharing()
        assert careless is not None
        seen = round_trip(Served(careless), {"list": [1], "text": "as it was"})

        assert seen["changed"] is True
        assert seen["text"] == "changed by the caller"

    def test_gives_what_has_no_json(self, echo: Served) -> None:
        careless = echo.backend.sharing()
        assert careless is not None
        endless: list[object] = []
        endless.append(endless)

        async def act(stores: Stores) -> list[str]:
            assert stores.event_streams is not None
            told = []
            for value in ({1, 2}, {"deep": [object()]}, endless):
                with pytest.raises(RemoteError) as caught:
                    await stores.event_streams.append_event("path", value)
                told.append(str(caught.value))
            return told

        first, second, third = Served(careless).use(act)
        assert "BigInt" in first
        assert "BigInt" in second
        assert "circular" in third

    def test_raises_in_listeners(self, echo: Served) -> None:
        careless = echo.backend.sharing()
        assert careless is not None
        heard = []

        async def act(stores: Stores) -> object:
            assert stores.event_streams is not None
            stores.event_streams.subscribe("path", lambda: heard.append(1))
            await stores.event_streams.append_event("path", {})
            return await stores.sessions.load("a listener")

        assert Served(careless).use(act) == "raised"
        assert heard == [1]
