from __future__ import annotations

import asyncio
import contextlib
from collections import OrderedDict
from decimal import Decimal
from typing import Any

import pytest

from flue_conformance.contract import RunOwner, RunRecord, Stores
from flue_conformance.specs.support.broken import BrokenRule, EndedProcess, Stuck
from flue_conformance.specs.support.ledger import Ledger, Raised, Returned, Unfinished
from flue_conformance.specs.support.limits import Limits
from flue_conformance.specs.support.observed import ObservedAdapter, Observer
from flue_conformance.specs.support.shapes import is_document


class Runs:
    def __init__(self, answer: object) -> None:
        self.answer = answer

    async def get_run(self, _run_id: str) -> object:
        if isinstance(self.answer, Exception):
            raise self.answer
        if self.answer is NotImplemented:
            await asyncio.Event().wait()
        return self.answer


def observe(answer: object, ledger: Ledger, limits: Limits | None = None) -> Any:
    return Observer("runs", Runs(answer), ledger, limits or Limits())


def test_a_call_is_recorded_with_what_came_back() -> None:
    ledger = Ledger()

    assert asyncio.run(observe(None, ledger).get_run("run-1")) is None

    (call,) = ledger.calls
    assert str(call) == "runs.get_run('run-1')"
    assert call.outcome == Returned(None)


def test_a_call_in_another_process_is_told_with_its_place() -> None:
    ledger = Ledger()
    runs: Any = Observer("runs", Runs(None), ledger, Limits(), "worker 2")

    asyncio.run(runs.get_run("run-1"))

    assert str(ledger.calls[0]) == "worker 2: runs.get_run('run-1')"


def test_an_error_is_recorded_and_reaches_the_spec_unchanged() -> None:
    ledger, error = Ledger(), RuntimeError("no such table")

    with pytest.raises(RuntimeError) as caught:
        asyncio.run(observe(error, ledger).get_run("run-1"))

    assert caught.value is error
    assert ledger.calls[0].outcome == Raised.by(error)
    assert ledger.breaking_call(error) is ledger.calls[0]


def test_a_call_that_never_returns_breaks_the_rule() -> None:
    ledger = Ledger()

    with pytest.raises(BrokenRule, match=r"runs\.get_run exceeded its time limit"):
        asyncio.run(observe(NotImplemented, ledger, Limits(settle=0.01)).get_run("run-1"))

    assert ledger.calls[0].outcome == Unfinished()


def test_an_adapters_own_timeout_is_its_error() -> None:
    with pytest.raises(TimeoutError, match="pool exhausted"):
        asyncio.run(observe(TimeoutError("pool exhausted"), Ledger()).get_run("run-1"))


@pytest.mark.parametrize(
    "answer",
    [
        "a text",
        {"runId": "run-1"},
        RunRecord("run-1", RunOwner("w", "run-1"), "active", 12),  # type: ignore[arg-type]
        RunRecord("run-1", RunOwner("w", "run-1"), "started", ""),  # type: ignore[arg-type]
        RunRecord("run-1", "w", "active", ""),  # type: ignore[arg-type]
        RunRecord("run-1", RunOwner("w", "run-1"), "active", "", duration_ms=True),
    ],
)
def test_what_is_not_the_declared_record_breaks_the_rule(answer: object) -> None:
    with pytest.raises(BrokenRule, match="RunRecord or None"):
        asyncio.run(observe(answer, Ledger()).get_run("run-1"))


def test_a_method_that_the_contract_lacks_is_our_mistake() -> None:
    with pytest.raises(AttributeError, match="no method 'get_runs'"):
        _ = observe(None, Ledger()).get_runs


class Adapter:
    def __init__(self, runs: object) -> None:
        self.runs = runs

    async def migrate(self) -> None: ...

    async def connect(self) -> Stores:
        store: Any = Everything()
        return Stores(store, store, self.runs, store)  # type: ignore[arg-type]

    async def close(self) -> None: ...


class Everything:
    def __getattr__(self, name: str) -> object:
        return lambda: None


def test_a_closed_adapter_is_remembered() -> None:
    async def scenario() -> list[bool]:
        adapter = ObservedAdapter(Adapter(Everything()), Ledger(), Limits())
        await adapter.connect()
        before = adapter.closed
        await adapter.close()
        return [before, adapter.closed]

    assert asyncio.run(scenario()) == [False, True]


def test_stores_that_lack_a_method_break_the_rule() -> None:
    adapter = ObservedAdapter(Adapter(Runs(None)), Ledger(), Limits())

    with pytest.raises(BrokenRule, match=r"adapter\.connect returned what it may not"):
        asyncio.run(adapter.connect())


class Sessions:
    def __init__(self, act: Any) -> None:
        self._act = act

    async def save(self, _id: str, data: Any) -> None:
        await self._act(data)


async def _refuse(data: dict[str, object]) -> None:
    data["changed"] = True
    raise RuntimeError("refused")


async def _change(data: dict[str, object]) -> None:
    data["changed"] = True


def save(act: Any, ledger: Ledger, data: object, limits: Limits | None = None) -> None:
    store: Any = Observer("sessions", Sessions(act), ledger, limits or Limits())
    asyncio.run(store.save("one", data))


@pytest.mark.parametrize("act", [_change, _refuse])
def test_a_changed_argument_breaks_the_rule(act: Any) -> None:
    ledger = Ledger()

    with pytest.raises(BrokenRule, match=r"sessions\.save changed what it was given") as broken:
        save(act, ledger, {"version": 5})

    assert ledger.breaking_call(broken.value) is ledger.calls[0]


def test_a_document_that_the_spec_changes_may_change() -> None:
    data: dict[str, object] = {"version": 5}

    save(_change, Ledger(own_changes=[data]), data)


def test_after_a_call_that_never_ends_no_other_is_waited_for() -> None:
    ledger = Ledger()

    async def wait(_: object) -> None:
        await asyncio.Event().wait()

    for _ in range(2):
        with pytest.raises(BrokenRule, match="exceeded"):
            save(wait, ledger, {}, Limits(settle=0.01))
    assert len(ledger.calls) == 1


def test_an_answer_after_the_time_limit_is_too_late() -> None:
    async def swallow(_: object) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(60)

    with pytest.raises(BrokenRule, match="exceeded its time limit"):
        save(swallow, Ledger(), {}, Limits(settle=0.01))


def test_a_cancellation_that_was_asked_for_reaches_the_caller() -> None:
    async def scenario() -> None:
        store: Any = Observer("sessions", Sessions(lambda _: asyncio.sleep(60)), Ledger(), Limits())
        task = asyncio.ensure_future(store.save("one", {}))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (SystemExit(0), "ended in SystemExit"),
        (GeneratorExit(), "ended in GeneratorExit"),
        (asyncio.CancelledError(), "ended in CancelledError"),
        (EndedProcess("os._exit(0)"), r"called os\._exit\(0\)"),
    ],
)
def test_what_no_handler_of_errors_catches_breaks_the_rule(error: BaseException, told: str) -> None:
    async def end(_: object) -> None:
        raise error

    with pytest.raises(BrokenRule, match=told):
        save(end, Ledger(), {})


def test_the_watchdogs_interruption_passes_through() -> None:
    async def stop(_: object) -> None:
        raise Stuck("sessions.save blocked the event loop", 45, [])

    with pytest.raises(Stuck):
        save(stop, Ledger(), {})


@pytest.mark.parametrize("answer", [None, 5, "unsubscribe"])
def test_a_subscription_that_cannot_be_ended_breaks_the_rule(answer: object) -> None:
    class Streams:
        def subscribe(self, _path: str, _listener: object) -> object:
            return answer

    store: Any = Observer("streams", Streams(), Ledger(), Limits())

    with pytest.raises(BrokenRule, match="expected a callable"):
        store.subscribe("runs/1", print)


@pytest.mark.parametrize(
    ("document", "plain"),
    [
        ({"a": [1, 1.5, True, None, "x"]}, True),
        (OrderedDict(a=(1, 2)), True),
        ({"a": {1, 2}}, False),
        ({1: 2}, False),
        ({"a": float("inf")}, False),
        (Decimal(5), False),
        ([b"bytes"], False),
    ],
)
def test_documents_are_plain_json(document: object, plain: bool) -> None:
    assert is_document(document) == plain
