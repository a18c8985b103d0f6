"""Generated sequences hold an adapter to what it was told, however many states that leaves open."""

from __future__ import annotations

import random

from flue_conformance.contract import ABSENT, CreateRunInput, RunOwner, RunRecord
from flue_conformance.model import Call, Moment
from flue_conformance.specs.generated.choices import Choices
from flue_conformance.specs.generated.moves import sessions
from flue_conformance.specs.generated.oracle import Oracle
from flue_conformance.specs.generated.pools import entry
from flue_conformance.specs.scenarios.values import session_data

STARTED = "2026-06-03T10:20:31.000Z"
RUNS = [f"run-{number}" for number in range(11)]


def create(oracle: Oracle, run: str, payload: object) -> None:
    created = CreateRunInput(run, RunOwner("release", run), STARTED, payload)
    oracle.learn(Call("runs.create_run", (created,), Moment(0, 0)), None)


def test_an_adapter_may_have_left_any_of_the_runs_that_are_created_anew() -> None:
    oracle = Oracle("0.11")
    for run in RUNS:
        create(oracle, run, ABSENT)
    for run in RUNS:
        create(oracle, run, "again")
    for number, run in enumerate(RUNS):
        payload = ABSENT if number % 2 else "again"
        kept = RunRecord(run, RunOwner("release", run), "active", STARTED, payload)

        oracle.learn(Call("runs.get_run", (run,), Moment(0, 0)), kept)

    assert len(oracle.states) == 1


def test_no_record_that_is_changed_has_two_entries_of_one_id() -> None:
    chance = random.Random(0)
    for _ in range(200):
        record: object = session_data(entries=[entry(number, "text") for number in range(3)])
        for _ in range(20):
            record = sessions._changed(record, Choices(chance.randbytes(32)))
            ids = [each["id"] for each in record["entries"]]  # type: ignore[index]

            assert len(ids) == len(set(ids))
