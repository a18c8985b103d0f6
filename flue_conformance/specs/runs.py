"""Runs: the record of a workflow run, from its start to its outcome."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Final

from hypothesis import given

from flue_conformance.contract import (
    ABSENT,
    MAX_INTEGER,
    Absent,
    CreateRunInput,
    EndRunInput,
    JsonValue,
    RunIdentity,
    RunRecord,
    RunStore,
)
from flue_conformance.specs.scenarios.strategies import examples, json_values, texts
from flue_conformance.specs.scenarios.tampering import tamper
from flue_conformance.specs.scenarios.values import (
    ALIKE_TEXTS,
    FOREIGN_INSTANCES,
    STARTED_AT,
    create_run,
    end_run,
    fresh,
    owner,
    run_end,
    run_start,
)
from flue_conformance.specs.support.database import Database, Handle
from flue_conformance.specs.support.difference import first_difference
from flue_conformance.specs.support.expect import Expect
from flue_conformance.specs.support.racing import attempted
from flue_conformance.specs.support.verifies import requires, verifies

_ISO_SPELLINGS: Final = (
    "2026-06-03T10:20:31.000Z",
    "2026-06-03T10:20:31Z",
    "2026-06-03T12:20:31.000+02:00",
    "2026-06-03T10:20:31.123456789Z",
    "2026-06-03",
)

# Falsy values, texts that look like JSON, and numbers at the edge: what an adapter that stores
# "nothing" for them, or parses twice, would lose.
_DELICATE_VALUES: Final[tuple[JsonValue | Absent, ...]] = (
    ABSENT,
    None,
    False,
    True,
    0,
    "",
    "null",
    '{"a": 1}',
    [],
    {},
    [None, {"none": None, "empty": {}, "list": []}],
    2**53 - 1,
    -(2**53 - 1),
    0.1,
    'quote " backslash \\ \u0000 \u2028 日本語 😀 \ud83d',
)

_DISTINCT_IDS: Final = (
    *ALIKE_TEXTS,
    "workflow:release:01JX3M5T9Z",
    "workflow:release:01jx3m5t9z",
    "workflow:release:",
    "workflow:release",
    "workflow/release/1",
    "workflow%3Arelease",
    "run?a=1&b=2#top",
    "run?a=1&b=2",
    "run 1",
    "run+1",
    "run%201",
    "straße",
    "strasse",
    "日本語",
    "😀",
    "'; DROP TABLE flue_runs; --",
)


def started(run: CreateRunInput) -> RunRecord:
    """Return the record of a run that goes on."""
    return RunRecord(run.run_id, run.owner, "active", run.started_at, run.payload)


def ended(run: CreateRunInput, end: EndRunInput) -> RunRecord:
    """Return the record of a run that ended."""
    return replace(
        started(run),
        status="errored" if end.is_error else "completed",
        ended_at=end.ended_at,
        is_error=end.is_error,
        duration_ms=end.duration_ms,
        result=end.result,
        error=end.error,
    )


def _document() -> dict[str, JsonValue]:
    """Return a document with something to change on every level."""
    return {"list": [1, {"deep": [None]}], "text": "kept", "object": {"empty": {}}}


@verifies("RUN-01")
async def test_a_new_run_is_active_and_holds_what_it_was_given(
    runs: RunStore, expect: Expect
) -> None:
    run = create_run(payload={"issue": 42, "labels": ["bug"], "none": None})

    await runs.create_run(run)

    expect.equal(await runs.get_run(run.run_id), started(run), "the new run")


@verifies("RUN-01")
async def test_the_start_time_is_kept_as_it_was_written(runs: RunStore, expect: Expect) -> None:
    for number, spelling in enumerate(_ISO_SPELLINGS):
        run = create_run(f"run-{number}", started_at=spelling)
        await runs.create_run(run)
        expect.equal(await runs.get_run(run.run_id), started(run), f"a run started {spelling}")


@verifies("RUN-01")
async def test_each_of_many_runs_is_its_own(runs: RunStore, expect: Expect) -> None:
    made = [create_run(f"run-{n}", workflow=f"flow-{n}", payload={"n": n}) for n in range(14)]
    for run in made:
        await runs.create_run(run)

    for run in made:
        expect.equal(await runs.get_run(run.run_id), started(run), f"run {run.run_id}")


@verifies("RUN-01")
async def test_a_second_start_never_mixes_two_active_records(
    runs: RunStore, expect: Expect
) -> None:
    first = create_run("run-1", workflow="first", payload={"first": True})
    # Without a payload: a member that the new record lacks must not be the old one's.
    second = create_run("run-1", workflow="second", started_at="2026-06-04T00:00:00.000Z")
    await runs.create_run(first)

    await attempted(lambda: runs.create_run(second))

    whole: list[object] = [started(first), started(second)]
    expect.one_of(await runs.get_run("run-1"), whole, "a run that was started twice")


@verifies("RUN-01")
async def test_a_second_start_never_mixes_an_outcome_with_a_new_record(
    runs: RunStore, expect: Expect
) -> None:
    first = create_run("run-1", workflow="first", payload={"first": True})
    end = end_run("run-1", is_error=True, error={"name": "Error", "message": "no"})
    second = create_run("run-1", workflow="second", payload=None)
    await runs.create_run(first)
    await runs.end_run(end)

    await attempted(lambda: runs.create_run(second))

    whole: list[object] = [ended(first, end), started(second)]
    expect.one_of(await runs.get_run("run-1"), whole, "an ended run that was started again")


@verifies("RUN-02")
async def test_an_unknown_run_is_none(runs: RunStore, expect: Expect) -> None:
    expect.none(await runs.get_run("run-1"), "a run of an empty store")
    await runs.create_run(create_run("run-10"))

    for unknown in ("run-1", "run-100", "run-", "RUN-10", "run_10", "%", ""):
        expect.none(await runs.get_run(unknown), f"the run {unknown!r} beside 'run-10'")


@verifies("RUN-03")
async def test_payload_result_and_error_tell_absence_from_null_and_from_nothing(
    runs: RunStore, expect: Expect
) -> None:
    for number, value in enumerate(_DELICATE_VALUES):
        succeeds = create_run(f"run-{number}-completed", payload=value)
        success = end_run(succeeds.run_id, result=value)
        fails = create_run(f"run-{number}-errored")
        failure = end_run(fails.run_id, is_error=True, error=value)

        await runs.create_run(succeeds)
        expect.equal(await runs.get_run(succeeds.run_id), started(succeeds), f"payload {value!r}")
        await runs.end_run(success)
        expect.equal(
            await runs.get_run(succeeds.run_id), ended(succeeds, success), f"result {value!r}"
        )
        await runs.create_run(fails)
        await runs.end_run(failure)
        expect.equal(await runs.get_run(fails.run_id), ended(fails, failure), f"error {value!r}")


@verifies("RUN-03")
@examples(8)
@given(payload=json_values(), result=json_values(), error=json_values())
async def test_any_json_comes_back_equal(
    runs: RunStore, expect: Expect, payload: JsonValue, result: JsonValue, error: JsonValue
) -> None:
    run = create_run(fresh("run"), payload=payload)
    end = end_run(run.run_id, result=result, error=error)

    await runs.create_run(run)
    await runs.end_run(end)

    expect.equal(await runs.get_run(run.run_id), ended(run, end), "the run")


@verifies("RUN-03")
async def test_large_values_come_back_equal(runs: RunStore, expect: Expect) -> None:
    # More than the limit of an event, and than most columns of a fixed width.
    large = {"text": "日" * (2 * 1024 * 1024 // 3), "after": None}

    for number, (result, error) in enumerate(((large, ABSENT), (ABSENT, large))):
        run = create_run(f"run-{number}", payload=large)
        end = end_run(run.run_id, result=result, error=error)
        await runs.create_run(run)
        await runs.end_run(end)

        found = await runs.get_run(run.run_id)
        expect.that(
            first_difference(found, ended(run, end)) is None,
            came_back="another record",
            expected="the values as they were given",
            about=f"a run with 2 MiB of payload and of {'error' if number else 'result'}",
        )


@verifies("RUN-04")
async def test_a_successful_end_completes_the_run_and_keeps_its_start(
    runs: RunStore, expect: Expect
) -> None:
    run = create_run(payload={"issue": 42})
    end = end_run(result={"shipped": True})
    await runs.create_run(run)

    await runs.end_run(end)

    expect.equal(await runs.get_run(run.run_id), ended(run, end), "the completed run")


@verifies("RUN-04")
async def test_a_failed_end_marks_the_run_errored_and_keeps_its_start(
    runs: RunStore, expect: Expect
) -> None:
    run = create_run(payload=None)
    end = end_run(is_error=True, error={"name": "TypeError", "message": "x is not a function"})
    await runs.create_run(run)

    await runs.end_run(end)

    expect.equal(await runs.get_run(run.run_id), ended(run, end), "the errored run")


@verifies("RUN-04")
async def test_the_flag_alone_decides_whether_a_run_errored(runs: RunStore, expect: Expect) -> None:
    result, error = {"shipped": 1}, {"message": "a warning"}
    outcomes: dict[str, dict[str, JsonValue]] = {
        "neither a result nor an error": {},
        "a result": {"result": result},
        "an error": {"error": error},
        "a result and an error": {"result": result, "error": error},
    }

    for number, (what, members) in enumerate(outcomes.items()):
        for is_error in (False, True):
            run = create_run(f"run-{number}-{is_error}")
            end = end_run(run.run_id, is_error=is_error, **members)
            await runs.create_run(run)
            await runs.end_run(end)

            about = f"a {'failure' if is_error else 'success'} with {what}"
            expect.equal(await runs.get_run(run.run_id), ended(run, end), about)


@verifies("RUN-04")
async def test_the_end_time_is_kept_as_it_was_written(runs: RunStore, expect: Expect) -> None:
    for number, spelling in enumerate(_ISO_SPELLINGS):
        run = create_run(f"run-{number}")
        end = end_run(run.run_id, ended_at=spelling)
        await runs.create_run(run)
        await runs.end_run(end)
        expect.equal(await runs.get_run(run.run_id), ended(run, end), f"a run ended {spelling}")


@verifies("RUN-04")
async def test_an_end_concerns_its_own_run_alone(runs: RunStore, expect: Expect) -> None:
    made = [create_run(f"run-{n}") for n in range(12)]
    for run in made:
        await runs.create_run(run)
    end = end_run("run-1", result=1)

    await runs.end_run(end)

    for run in made:
        expected = ended(run, end) if run.run_id == "run-1" else started(run)
        expect.equal(await runs.get_run(run.run_id), expected, f"run {run.run_id}")


@verifies("RUN-05")
async def test_the_end_of_an_unknown_run_creates_nothing(runs: RunStore, expect: Expect) -> None:
    known = create_run("run-known")
    await runs.create_run(known)

    await runs.end_run(end_run("run-unknown", result={"late": True}))

    expect.none(await runs.get_run("run-unknown"), "the run that never started")
    expect.equal(await runs.get_run("run-known"), started(known), "another run")


@verifies("RUN-05")
async def test_an_end_before_the_start_leaves_no_trace(runs: RunStore, expect: Expect) -> None:
    run = create_run(payload={"issue": 42})
    await runs.end_run(end_run(run.run_id, result={"late": True}))

    await runs.create_run(run)

    expect.equal(await runs.get_run(run.run_id), started(run), "the run, started after its end")


@verifies("RUN-06")
async def test_the_last_end_of_a_run_wins_whole(runs: RunStore, expect: Expect) -> None:
    run = create_run("run-1", payload={"issue": 42})
    await runs.create_run(run)

    for end in (
        end_run("run-1", result={"shipped": True}),
        end_run("run-1", is_error=True, error={"message": "no"}, ended_at=STARTED_AT),
        end_run("run-1", result=None, duration_ms=0),
        end_run("run-1", duration_ms=99_999, ended_at="2026-06-04T00:00:00.000Z"),
        end_run("run-1", is_error=True, error=None),
        end_run("run-1", is_error=True),
    ):
        await runs.end_run(end)
        expect.equal(await runs.get_run("run-1"), ended(run, end), f"the run after {end}")


@verifies("RUN-07")
async def test_a_second_start_leaves_an_active_run_as_it_is(runs: RunStore, expect: Expect) -> None:
    first = create_run("run-1", workflow="first", payload={"first": True})
    await runs.create_run(first)

    for again in (
        first,
        create_run("run-1", workflow="second", started_at="2026-06-04T00:00:00.000Z"),
        create_run("run-1", workflow="first", payload={"first": False}),
    ):
        await runs.create_run(again)
        expect.equal(await runs.get_run("run-1"), started(first), f"the run after {again}")


@verifies("RUN-07")
async def test_a_second_start_leaves_an_ended_run_as_it_is(runs: RunStore, expect: Expect) -> None:
    for is_error in (False, True):
        run = create_run(f"run-{is_error}", payload={"first": True})
        end = end_run(run.run_id, is_error=is_error, result=1, error=2)
        await runs.create_run(run)
        await runs.end_run(end)

        for again in (run, create_run(run.run_id, workflow="second")):
            await runs.create_run(again)
            expect.equal(await runs.get_run(run.run_id), ended(run, end), f"after {again}")


@verifies("RUN-08")
async def test_a_run_of_another_instance_is_refused(runs: RunStore, expect: Expect) -> None:
    right = create_run("run-1")

    for instance in FOREIGN_INSTANCES:
        about = f"the start of 'run-1' by the instance {instance!r}"
        wrong = replace(right, owner=owner(instance))
        await expect.raises(runs.create_run(wrong), RunIdentity, about)
        for run in ("run-1", instance):
            expect.none(await runs.get_run(run), f"the run {run!r} after {about}")

    await runs.create_run(right)
    expect.equal(await runs.get_run("run-1"), started(right), "the run of its own instance")


@verifies("RUN-09")
async def test_durations_up_to_31_bits_come_back(runs: RunStore, expect: Expect) -> None:
    for duration in (0, 1, 999, 1_000, 65_536, 2**31 - 2, 2**31 - 1):
        run = create_run(f"run-{duration}")
        end = end_run(run.run_id, duration_ms=duration)
        await runs.create_run(run)
        await runs.end_run(end)
        expect.equal(await runs.get_run(run.run_id), ended(run, end), f"a run of {duration} ms")


@verifies("RUN-10")
async def test_durations_beyond_31_bits_come_back(runs: RunStore, expect: Expect) -> None:
    for duration in (2**31, 2**32, 2**32 + 1, 10**12, MAX_INTEGER - 1, MAX_INTEGER):
        run = create_run(f"run-{duration}")
        end = end_run(run.run_id, duration_ms=duration)
        await runs.create_run(run)
        await runs.end_run(end)
        expect.equal(await runs.get_run(run.run_id), ended(run, end), f"a run of {duration} ms")


@verifies("RUN-10")
async def test_a_fraction_of_a_millisecond_comes_back_or_is_refused(
    runs: RunStore, expect: Expect
) -> None:
    for duration in (0.1, 0.5, 14_250.25, 1e-7, 2**31 + 0.5):
        run = create_run(f"run-{duration}", payload={"issue": 42})
        end = end_run(run.run_id, duration_ms=duration, result=1)
        await runs.create_run(run)

        ending = await attempted(partial(runs.end_run, end))

        expected = ended(run, end) if ending.error is None else started(run)
        whether = "was accepted" if ending.error is None else "was refused"
        about = f"a run whose duration of {duration} ms {whether}"
        expect.equal(await runs.get_run(run.run_id), expected, about)


@verifies("RUN-11")
@requires("same process")
async def test_changing_what_was_given_changes_no_run(runs: RunStore, expect: Expect) -> None:
    run, end = create_run(payload=_document()), end_run(result=_document(), error=_document())

    await runs.create_run(run)
    tamper(run.payload)
    kept = replace(run, payload=_document())
    expect.equal(await runs.get_run(run.run_id), started(kept), "after a change of the payload")

    await runs.end_run(end)
    tamper(end.result)
    tamper(end.error)
    whole = ended(kept, replace(end, result=_document(), error=_document()))
    expect.equal(await runs.get_run(run.run_id), whole, "after a change of result and error")


@verifies("RUN-11")
@requires("same process")
async def test_changing_what_was_read_changes_no_run(runs: RunStore, expect: Expect) -> None:
    run = create_run(payload=_document())
    end = end_run(result=_document(), error=_document())
    whole = ended(replace(run, payload=_document()), end)
    await runs.create_run(run)
    await runs.end_run(replace(end, result=_document(), error=_document()))

    for _ in range(2):
        record = await runs.get_run(run.run_id)
        expect.equal(record, whole, "the run, read after what was read before had changed")
        assert record is not None
        for part in (record.payload, record.result, record.error):
            tamper(part)


@verifies("RUN-11")
@requires("same process")
async def test_a_record_that_was_read_does_not_change_by_itself(
    runs: RunStore, expect: Expect
) -> None:
    run = create_run(payload=_document())
    end = end_run(result=_document())
    await runs.create_run(run)

    before = await runs.get_run(run.run_id)
    await runs.end_run(end)
    expect.equal(before, started(run), "what was read before the run ended")

    between = await runs.get_run(run.run_id)
    await runs.end_run(end_run(is_error=True, error="late"))
    expect.equal(between, ended(run, end), "what was read before it ended again")


@verifies("RUN-12")
@requires("persistent")
async def test_runs_survive_a_restart(database: Database, expect: Expect) -> None:
    active, completed, errored = (
        create_run(f"run-{name}", payload={"of": name}) for name in ("active", "done", "failed")
    )
    success = end_run(completed.run_id, result=None)
    failure = end_run(errored.run_id, is_error=True, error={"message": "no"})
    handle = await database.open()
    for run in (active, completed, errored):
        await handle.runs.create_run(run)
    for end in (success, failure):
        await handle.runs.end_run(end)

    for _ in range(2):
        handle = await database.reopen(handle)
        for run, record in (
            (active, started(active)),
            (completed, ended(completed, success)),
            (errored, ended(errored, failure)),
        ):
            found = await handle.runs.get_run(run.run_id)
            expect.equal(found, record, f"{run.run_id} after a restart")


@verifies("RUN-13")
async def test_every_handle_of_an_adapter_sees_the_same_runs(
    handle: Handle, expect: Expect
) -> None:
    early = await handle.connect()
    by_early, by_first = create_run("run-early", payload=1), create_run("run-first", payload=2)
    await early.runs.create_run(by_early)
    await handle.runs.create_run(by_first)
    late = await handle.connect()

    for reader in (handle, early, late):
        for run in (by_early, by_first):
            expect.equal(await reader.runs.get_run(run.run_id), started(run), run.run_id)

    # Each is ended by another handle than the one that created it.
    ends = {"run-early": end_run("run-early", result=1), "run-first": end_run("run-first")}
    await late.runs.end_run(ends["run-early"])
    await early.runs.end_run(ends["run-first"])
    for reader in (handle, early, late):
        for run in (by_early, by_first):
            expect.equal(
                await reader.runs.get_run(run.run_id),
                ended(run, ends[run.run_id]),
                f"{run.run_id}, ended through another handle",
            )


@verifies("RUN-14")
async def test_writing_runs_does_not_touch_the_registry(handle: Handle, expect: Expect) -> None:
    run, end = create_run("run-1"), end_run("run-1", result=1)
    await handle.runs.create_run(run)
    expect.none(await handle.registry.lookup_run("run-1"), "the pointer of a created run")
    await handle.runs.end_run(end)
    expect.equal(await handle.runs.get_run("run-1"), ended(run, end), "a run without a pointer")
    expect.none(await handle.registry.lookup_run("run-1"), "the pointer of an ended run")
    expect.equal((await handle.registry.list_runs()).runs, [], "the registry's listing")

    await handle.registry.record_run_start(run_start("run-2", started_at="2026-01-01T00:00:00Z"))
    pointer = await handle.registry.lookup_run("run-2")
    await handle.runs.create_run(create_run("run-2"))
    await handle.runs.end_run(end_run("run-2", is_error=True))
    expect.equal(
        await handle.registry.lookup_run("run-2"), pointer, "a pointer whose run was ended"
    )


@verifies("RUN-14")
async def test_writing_the_registry_does_not_touch_runs(handle: Handle, expect: Expect) -> None:
    start, end = run_start("run-1"), run_end("run-1", is_error=True)
    await handle.registry.record_run_start(start)
    expect.none(await handle.runs.get_run("run-1"), "the run of a recorded start")
    await handle.registry.record_run_end(end)
    pointer = await handle.registry.lookup_run("run-1")
    expect.equal(pointer and pointer.ended_at, end.ended_at, "the end of a pointer without a run")
    expect.none(await handle.runs.get_run("run-1"), "the run of a recorded end")

    run = create_run("run-2", payload={"issue": 42})
    await handle.runs.create_run(run)
    await handle.registry.record_run_start(run_start("run-2", started_at="2026-01-01T00:00:00Z"))
    await handle.registry.record_run_end(run_end("run-2", is_error=True))
    expect.equal(await handle.runs.get_run("run-2"), started(run), "a run whose pointer was ended")


@verifies("RUN-15")
async def test_ids_that_differ_in_anything_are_different_runs(
    runs: RunStore, expect: Expect
) -> None:
    made = [create_run(run, payload={"id": run}) for run in _DISTINCT_IDS]
    ends = [end_run(run, duration_ms=number) for number, run in enumerate(_DISTINCT_IDS)]
    for run in made:
        await runs.create_run(run)
    for run in made:
        expect.equal(await runs.get_run(run.run_id), started(run), f"the run {run.run_id!r}")

    for end in ends:
        await runs.end_run(end)
    for run, end in zip(made, ends, strict=True):
        expect.equal(await runs.get_run(run.run_id), ended(run, end), f"the run {run.run_id!r}")


@verifies("RUN-15")
@examples(8)
@given(text=texts())
async def test_any_text_is_a_run_id(runs: RunStore, expect: Expect, text: str) -> None:
    run_id = f"{fresh('run')}:{text}"
    run = create_run(run_id, owner=owner(run_id), payload={"id": run_id})

    await runs.create_run(run)

    expect.equal(await runs.get_run(run_id), started(run), f"the run {run_id!r}")
