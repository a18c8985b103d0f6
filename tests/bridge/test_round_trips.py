"""Whatever the contract passes crosses the bridge as it is."""

from __future__ import annotations

import asyncio
import math
from typing import Any, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flue_conformance.bridge import Foreign, messages
from flue_conformance.bridge.methods import METHODS, Method, surfaces
from flue_conformance.bridge.values import plain, with_stand_ins
from flue_conformance.contract import (
    ABSENT,
    AgentSubmission,
    CreateRunInput,
    RunOwner,
    stores,
)

from .pairs import connected
from .strategies import DOCUMENTS, nobody, values_of

PROTOCOLS = {
    "sessions": stores.SessionStore,
    "submissions": stores.AgentSubmissionStore,
    "runs": stores.RunStore,
    "run_registry": stores.RunRegistry,
    "run_events": stores.RunEventStore,
    "event_streams": stores.EventStreamStore,
}
EDITION = {"run_events": "0.10"}


def crossed(document: Any) -> Any:
    return messages.parsed(messages.notification("x", [plain(document)]))["params"][0]


@given(DOCUMENTS)
def test_documents_cross_with_types_and_order(document: Any) -> None:
    assert repr(crossed(document)) == repr(document)


def test_special_values_cross() -> None:
    document = {"a": [math.nan, math.inf, -math.inf], "b": {"$number": "NaN"}, "c": {"$plain": {}}}
    assert repr(crossed(document)) == repr(document)
    assert crossed("\ud83d") == "\ud83d"
    assert crossed(2**53 - 1) == 2**53 - 1
    assert crossed({"$": math.nan})["$"] != 0


def test_what_has_no_json_crosses_by_a_stand_in() -> None:
    endless: list[object] = []
    endless.append(endless)
    document = {"a": {1, 2}, "b": [b"bytes"], "c": endless, "d": 1}

    wire = messages.encoded(plain(with_stand_ins(document)))

    assert wire == (
        '{"a":{"$foreign":"set"},"b":[{"$foreign":"bytes"}],"c":[{"$foreign":"cycle"}],"d":1}'
    )
    there = crossed(with_stand_ins(document))
    with pytest.raises(TypeError, match="no JSON value"):
        plain(there["a"])


def test_names_that_are_no_texts_are_refused() -> None:
    for document in ({1: 2}, {"a": [{None: 1}]}, {True: 1}, [{"a": math.nan, 2: 1}]):
        with pytest.raises(TypeError, match="name"):
            plain(document)


def test_what_is_no_json_is_refused() -> None:
    for document in (object(), {1, 2}, b"bytes", {"deep": [1, {"er": 1j}]}, [math.nan, object()]):
        with pytest.raises(TypeError, match="JSON"):
            plain(document)
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(ValueError, match="Circular"):
        messages.notification("x", [plain(endless)])


def test_every_method_of_every_protocol_is_in_the_table() -> None:
    named = {
        (surface, name)
        for surface, protocol in PROTOCOLS.items()
        for name in vars(protocol)
        if not name.startswith("_") and name != "subscribe"
    }
    assert {(method.surface, method.attribute) for method in METHODS.values()} == named
    for edition, own in (("0.10", "run_events"), ("0.11", "event_streams")):
        offered = {surface.attribute for surface in surfaces(edition)}
        assert offered == {"sessions", "submissions", "runs", "run_registry", own}


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS.keys())
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_every_method_crosses(method: Method, data: st.DataObject) -> None:
    hints = get_type_hints(getattr(PROTOCOLS[method.surface], method.attribute))
    arguments = [data.draw(values_of(hints[each.name]), each.name) for each in method.parameters]
    result = data.draw(values_of(hints["return"]), "result")
    came: list[Any] = []

    async def act(name: str, *given: Any) -> Any:
        came.extend((name, *given))
        return result

    async def call() -> Any:
        async with connected(act, EDITION.get(method.surface, "0.11")) as connected_stores:
            store = getattr(connected_stores, method.surface)
            return await getattr(store, method.attribute)(*arguments)

    assert repr(asyncio.run(call())) == repr(result)
    name, *given_there = came
    assert name == method.attribute
    passed = given_there + [None] * (len(arguments) - len(given_there))
    for here, there in zip(arguments, passed, strict=True):
        assert callable(there) if here is nobody else repr(here) == repr(there)


def test_absent_and_null_are_told_apart() -> None:
    codec = METHODS["runs.createRun"].parameters[0].codec
    for payload in (ABSENT, None, {"a": None}):
        run = CreateRunInput("run", RunOwner("deploy", "run"), "2026-01-01T00:00:00Z", payload)
        assert codec.read(codec.write(run)) == run
    assert "payload" not in codec.write(
        CreateRunInput("run", RunOwner("deploy", "run"), "2026-01-01T00:00:00Z")
    )


def test_absent_members_are_left_out_in_camel_case() -> None:
    codec = METHODS["submissions.getSubmission"].result
    given: Any = {}
    queued = AgentSubmission(1, "id", "key", "direct", given, "queued", 0, 0, 10, 0, 0)
    assert codec.write(queued) == {
        "sequence": 1,
        "submissionId": "id",
        "sessionKey": "key",
        "kind": "direct",
        "input": {},
        "status": "queued",
        "acceptedAt": 0,
        "attemptCount": 0,
        "maxRetry": 10,
        "timeoutAt": 0,
        "leaseExpiresAt": 0,
    }


def test_members_that_nobody_knows_are_ignored() -> None:
    codec = METHODS["streams.getStreamMeta"].result
    assert codec.read({"nextOffset": "-1", "closed": False, "new": 1}).next_offset == "-1"


def test_optional_arguments_may_be_left_out_or_named() -> None:
    method = METHODS["submissions.replaceTurnJournalAttempt"]
    codec = method.parameters[0].codec
    attempt = codec.read({"submissionId": "s", "attemptId": "a"})
    lease = method.parameters[2].codec.read({"ownerId": "o", "leaseExpiresAt": 1})
    assert len(method.written((attempt, "next"), {})) == 2
    assert len(method.written((attempt, "next", None), {})) == 2
    assert method.written((attempt, "next"), {"lease": lease})[2] == {
        "ownerId": "o",
        "leaseExpiresAt": 1,
    }
    with pytest.raises(TypeError, match="other"):
        method.written((attempt, "next"), {"other": 1})
    with pytest.raises(TypeError, match="takes"):
        method.written((attempt,), {})


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("surface", "method", "result"),
    [
        ("submissions", "get_submission", {"sequence": 1}),
        ("submissions", "list_running_submissions", iter(())),
        ("sessions", "load", {1: 2}),
        ("sessions", "load", object()),
        ("runs", "get_run", "text"),
    ],
)
async def test_what_is_nothing_of_the_contract_comes_back_as_such(
    surface: str, method: str, result: object
) -> None:
    async def act(*_: Any) -> object:
        return result

    async with connected(act) as remote:
        arguments = () if method.startswith("list") else ("x",)
        returned = await getattr(getattr(remote, surface), method)(*arguments)
        assert isinstance(returned, Foreign)


@pytest.mark.asyncio
async def test_an_error_crosses_with_its_text_and_name() -> None:
    came: list[Any] = []

    async def act(_: str, *given: Any) -> bool:
        came.append(given[1])
        return True

    async with connected(act) as remote:
        codec = METHODS["submissions.failSubmission"].parameters[0].codec
        attempt = codec.read({"submissionId": "s", "attemptId": "a"})
        for error in (RuntimeError("no\ud83d"), KeyError("x"), "text", {"$error": 1}, None, 1.5):
            await remote.submissions.fail_submission(attempt, error)
    texts = [(type(error).__name__, str(error)) for error in came]
    assert texts[:2] == [("RuntimeError", "no\ud83d"), ("KeyError", "'x'")]
    assert came[2:] == ["text", {"$error": 1}, None, 1.5]
