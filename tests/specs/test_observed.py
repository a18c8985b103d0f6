from __future__ import annotations

import asyncio
from typing import Any

import pytest

from flue_conformance.contract import RunOwner, RunRecord, Stores
from flue_conformance.specs.support.broken import BrokenRule
from flue_conformance.specs.support.ledger import Ledger, Raised, Returned, Unfinished
from flue_conformance.specs.support.limits import Limits
from flue_conformance.specs.support.observed import ObservedAdapter, Observer


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
