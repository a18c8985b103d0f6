"""Run events: what a run of edition 0.10 did, by event index."""

from __future__ import annotations

import math
from functools import partial
from typing import Any, Final, cast

import pytest
from hypothesis import given

from flue_conformance.backends import Planter
from flue_conformance.contract import (
    MAX_INTEGER,
    MAX_RUN_EVENT_BYTES,
    DuplicateEvent,
    EventIdentity,
    EventTooLarge,
    FlueEvent,
    JsonValue,
    RunEventStore,
    RunStore,
    json_text,
)
from flue_conformance.rules import Requirement
from flue_conformance.specs.scenarios.strategies import examples, json_objects, json_texts
from flue_conformance.specs.scenarios.values import create_run, end_run, event, fresh
from flue_conformance.specs.support.expect import Expect
from flue_conformance.specs.support.racing import attempted
from flue_conformance.specs.support.verifies import verifies

# Text order differs from number order, and there are gaps where the runtime skipped events.
_SHUFFLED: Final = (11, 2, 100, 0, 9, 33, 10, 1, 1000, 20, 3, 99, 21, 12)

_IDENTITY: Final = ("runId", "eventIndex", "type", "timestamp")


def without(whole: FlueEvent, member: str) -> FlueEvent:
    """Return the event without one member."""
    kept = {name: value for name, value in dict(whole).items() if name != member}
    return cast("FlueEvent", kept)


def sized(run: str, index: int, filler: str, size: int) -> FlueEvent:
    """Return an event whose compact JSON takes `size` bytes, most of them in `filler`s."""
    # Many members: whoever counts the spaces of an uncompact text counts too much.
    numbers = [1] * 1000
    room = size - _bytes(event(run, index, numbers=numbers, text=""))
    fillers, rest = divmod(room, _bytes(filler) - len('""'))
    return event(run, index, numbers=numbers, text=filler * fillers + "." * rest)


def _bytes(value: object) -> int:
    return len(json_text(value).encode())


@verifies("EVENT-01")
async def test_events_come_in_index_order_whatever_the_order_of_appends(
    runs: RunStore, run_events: RunEventStore, expect: Expect
) -> None:
    await runs.create_run(create_run("run-1"))
    for index in _SHUFFLED:
        await run_events.append_event("run-1", event("run-1", index, note=f"event {index}"))

    in_order = [event("run-1", index, note=f"event {index}") for index in sorted(_SHUFFLED)]
    expect.equal(await run_events.get_events("run-1"), in_order, "the run's events")


@verifies("EVENT-01")
async def test_a_long_run_is_read_to_its_end(
    runs: RunStore, run_events: RunEventStore, expect: Expect
) -> None:
    # Run events have no pages: one more than the largest page of anything else.
    long = [event("run-1", index) for index in range(1001)]
    await runs.create_run(create_run("run-1"))
    for each in long:
        await run_events.append_event("run-1", each)

    expect.equal(await run_events.get_events("run-1"), long, "the run's events")
    expect.equal(await run_events.get_events("run-1", 0), long, "the run's events from 0")


@verifies("EVENT-02")
async def test_reading_from_an_index_includes_it(
    runs: RunStore, run_events: RunEventStore, expect: Expect
) -> None:
    await runs.create_run(create_run("run-1"))
    for index in _SHUFFLED:
        await run_events.append_event("run-1", event("run-1", index))

    for first in (None, -1, -1000, 0, 1, 2, 4, 9, 10, 13, 99, 100, 101, 999, 1000, 1001, 1_000_000):
        rest = [event("run-1", at) for at in sorted(_SHUFFLED) if first is None or at >= first]
        expect.equal(await run_events.get_events("run-1", first), rest, f"events from {first}")


@verifies("EVENT-03")
async def test_an_unknown_run_has_no_events(
    runs: RunStore, run_events: RunEventStore, expect: Expect
) -> None:
    expect.equal(await run_events.get_events("run-1"), [], "events of an empty store")
    await runs.create_run(create_run("run-10"))
    await run_events.append_event("run-10", event("run-10", 0))

    for unknown in ("run-1", "run-100", "RUN-10", "run_10", "%", ""):
        expect.equal(await run_events.get_events(unknown), [], f"events of {unknown!r}")
        expect.equal(await run_events.get_events(unknown, 0), [], f"events of {unknown!r} from 0")


@verifies("EVENT-04")
async def test_events_of_any_type_come_back_whole(
    runs: RunStore, run_events: RunEventStore, expect: Expect
) -> None:
    await runs.create_run(create_run("run-1"))
    appended = [
        event("run-1", 0, "run_start", payload=None),
        event("run-1", 1, "tool_call", arguments={"argv": ["make"], "env": {}, "none": None}),
        event("run-1", 2, "a type of tomorrow", level=1.5, ok=False, zero=0, empty=""),
        event("run-1", 3, "log", text='\u0000 \ud83d \u2028 quote " backslash \\ 日本語 😀'),
        event("run-1", 4, "turn", big=MAX_INTEGER, negative=-MAX_INTEGER, tiny=1e-7, huge=1e100),
        event("run-1", 5, "log", nested=[[], {}, [[{"deep": [None]}]]], RunId="x", Type="y"),
        event("run-1", 6, "run_end", result={"index": 7, "payload": "{}", "": "no name"}),
        event("run-1", 7, timestamp="2026-06-03T12:20:31.123456+02:00"),
        event("run-1", 8, timestamp="2026-06-03T10:20:31Z"),
    ]

    for each in appended:
        await run_events.append_event("run-1", each)

    expect.equal(await run_events.get_events("run-1"), appended, "the run's events")


@verifies("EVENT-04")
@examples(8)
@given(members=json_objects(), kind=json_texts())
async def test_events_with_any_members_come_back_equal(
    runs: RunStore,
    run_events: RunEventStore,
    expect: Expect,
    members: dict[str, JsonValue],
    kind: str,
) -> None:
    run = fresh("run")
    unknown = {name: value for name, value in members.items() if name not in _IDENTITY}
    appended = cast("FlueEvent", unknown | dict(event(run, 0, f"custom {kind}")))
    await runs.create_run(create_run(run))

    await run_events.append_event(run, appended)

    expect.equal(await run_events.get_events(run), [appended], "the run's events")


@verifies("EVENT-05")
async def test_an_event_of_another_run_is_refused(
    runs: RunStore, run_events: RunEventStore, expect: Expect
) -> None:
    for run in ("run-1", "run-2"):
        await runs.create_run(create_run(run))
    kept = event("run-1", 0)
    await run_events.append_event("run-1", kept)
    foreign = [
        *(event(run, 1) for run in ("run-2", "run-", "run-10", "RUN-1", "run-1 ", "")),
        without(event("run-1", 1), "runId"),
    ]

    for wrong in foreign:
        about = f"an event whose runId is {wrong.get('runId', 'missing')!r}"
        await expect.raises(run_events.append_event("run-1", wrong), EventIdentity, about)
        expect.equal(await run_events.get_events("run-1"), [kept], f"the run after {about}")
        expect.equal(await run_events.get_events("run-2"), [], f"the other run after {about}")


@verifies("EVENT-05")
async def test_an_index_that_was_refused_is_free(
    runs: RunStore, run_events: RunEventStore, expect: Expect
) -> None:
    await runs.create_run(create_run("run-1"))
    await expect.raises(run_events.append_event("run-1", event("run-2", 0)), EventIdentity)

    await run_events.append_event("run-1", event("run-1", 0, text="right"))

    stored = await run_events.get_events("run-1")
    expect.equal(stored, [event("run-1", 0, text="right")], "the run's events")


@verifies("EVENT-06")
async def test_an_unusable_index_is_refused(
    runs: RunStore, run_events: RunEventStore, expect: Expect
) -> None:
    await runs.create_run(create_run("run-1"))
    kept = event("run-1", 7)
    await run_events.append_event("run-1", kept)
    unusable: list[Any] = [-1, -MAX_INTEGER, 0.5, -0.5, 7.25, MAX_INTEGER + 1, 2**63, 1e300]
    wrong = [event("run-1", index) for index in unusable]

    for each in [*wrong, without(kept, "eventIndex")]:
        about = f"an event whose index is {each.get('eventIndex', 'missing')}"
        await expect.raises(run_events.append_event("run-1", each), EventIdentity, about)
        expect.equal(await run_events.get_events("run-1"), [kept], f"the run after {about}")


# One, two, three and four bytes a character, and characters that JSON escapes.
_FILLERS: Final = ("a", "é", "日", "😀", '"', "\u0000", "\ud83d")


@verifies("EVENT-07")
async def test_an_event_of_exactly_one_mib_is_stored(
    runs: RunStore, run_events: RunEventStore, expect: Expect
) -> None:
    for number, filler in enumerate(_FILLERS):
        run = f"run-{number}"
        await runs.create_run(create_run(run))
        largest = sized(run, number, filler, MAX_RUN_EVENT_BYTES)

        await run_events.append_event(run, largest)

        stored = await run_events.get_events(run)
        expect.that(
            len(stored) == 1 and stored[0] == largest,
            came_back=f"{len(stored)} events of {[_bytes(each) for each in stored]} bytes",
            expected="the event as it was appended",
            about=f"an event of {MAX_RUN_EVENT_BYTES} bytes filled with {filler!r}",
        )


@verifies("EVENT-07")
async def test_one_byte_more_than_one_mib_is_refused(
    runs: RunStore, run_events: RunEventStore, expect: Expect
) -> None:
    await runs.create_run(create_run("run-1"))

    for number, filler in enumerate(_FILLERS):
        too_large = sized("run-1", number, filler, MAX_RUN_EVENT_BYTES + 1)
        about = f"an event of {MAX_RUN_EVENT_BYTES + 1} bytes filled with {filler!r}"
        await expect.raises(run_events.append_event("run-1", too_large), EventTooLarge, about)
        expect.that(
            not await run_events.get_events("run-1"),
            came_back="an event",
            expected="no event",
            about=f"the run after {about}",
        )


@verifies("EVENT-08")
async def test_an_event_is_checked_before_its_run_is_looked_up(
    run_events: RunEventStore, expect: Expect
) -> None:
    run = "run-unknown"
    too_large = sized(run, 0, "日", MAX_RUN_EVENT_BYTES + 1)

    await expect.raises(
        run_events.append_event(run, event("run-2", 0)), EventIdentity, "another run's event"
    )
    await expect.raises(
        run_events.append_event(run, without(event(run, 0), "runId")),
        EventIdentity,
        "an event without a runId",
    )
    await expect.raises(run_events.append_event(run, event(run, -1)), EventIdentity, "index -1")
    await expect.raises(
        run_events.append_event(run, without(event(run, 0), "eventIndex")),
        EventIdentity,
        "an event without an index",
    )
    await expect.raises(run_events.append_event(run, too_large), EventTooLarge, "a large event")
    expect.equal(await run_events.get_events(run), [], "events of the unknown run")


@verifies("EVENT-08")
async def test_of_several_faults_the_first_in_order_is_told(
    runs: RunStore, run_events: RunEventStore, expect: Expect
) -> None:
    await runs.create_run(create_run("run-1"))
    kept = event("run-1", 0)
    await run_events.append_event("run-1", kept)
    foreign = sized("run-2", 0, "a", MAX_RUN_EVENT_BYTES + 1)
    misplaced = sized("run-1", -1, "a", MAX_RUN_EVENT_BYTES + 1)
    large = sized("run-1", 0, "a", MAX_RUN_EVENT_BYTES + 1)

    await expect.raises(
        run_events.append_event("run-1", foreign), EventIdentity, "another run's large event"
    )
    await expect.raises(
        run_events.append_event("run-1", misplaced), EventIdentity, "a large event at index -1"
    )
    await expect.raises(
        run_events.append_event("run-1", large), EventTooLarge, "a large event at a used index"
    )
    expect.equal(await run_events.get_events("run-1"), [kept], "the run's events")


@verifies("EVENT-09")
async def test_a_used_index_keeps_its_first_event(
    runs: RunStore, run_events: RunEventStore, expect: Expect
) -> None:
    await runs.create_run(create_run("run-1"))
    first = [event("run-1", index, text=f"first {index}") for index in range(12)]
    for each in first:
        await run_events.append_event("run-1", each)

    for index in (0, 5, 10, 11):
        second = event("run-1", index, "run_end", other=True)
        await attempted(partial(run_events.append_event, "run-1", second))
        expect.equal(await run_events.get_events("run-1"), first, f"after a second event {index}")


@verifies("EVENT-09")
async def test_the_same_event_appended_again_is_stored_once(
    runs: RunStore, run_events: RunEventStore, expect: Expect
) -> None:
    await runs.create_run(create_run("run-1"))
    only = event("run-1", 3, text="only")
    await run_events.append_event("run-1", only)
    await runs.end_run(end_run("run-1"))

    await attempted(lambda: run_events.append_event("run-1", only))

    expect.equal(await run_events.get_events("run-1"), [only], "the run's events")


@verifies("EVENT-09", requirement=Requirement.SHOULD)
async def test_a_second_event_at_a_used_index_is_refused(
    runs: RunStore, run_events: RunEventStore, expect: Expect
) -> None:
    await runs.create_run(create_run("run-1"))
    first = event("run-1", 3, text="first")
    await run_events.append_event("run-1", first)

    for second, about in (
        (event("run-1", 3, "run_end", other=True), "another event at a used index"),
        (first, "the same event again"),
    ):
        await expect.raises(run_events.append_event("run-1", second), DuplicateEvent, about)


@verifies("EVENT-10")
async def test_an_event_of_an_unknown_run_leaves_no_trace(
    runs: RunStore, run_events: RunEventStore, expect: Expect
) -> None:
    await runs.create_run(create_run("run-10"))

    for unknown in ("run-1", "run-", "RUN-10", "run-10 "):
        for index in (0, 7):
            await attempted(partial(run_events.append_event, unknown, event(unknown, index)))
        expect.equal(await run_events.get_events(unknown), [], f"events of {unknown!r}")
        expect.none(await runs.get_run(unknown), f"the run {unknown!r}")
    expect.equal(await run_events.get_events("run-10"), [], "events of the known run")

    await runs.create_run(create_run("run-1"))
    expect.equal(await run_events.get_events("run-1"), [], "events of the run, created late")
    await run_events.append_event("run-1", event("run-1", 0, text="first"))
    stored = await run_events.get_events("run-1")
    expect.equal(stored, [event("run-1", 0, text="first")], "events appended after that")


@verifies("EVENT-11")
async def test_an_ended_run_takes_further_events(
    runs: RunStore, run_events: RunEventStore, expect: Expect
) -> None:
    for run, is_error in (("run-completed", False), ("run-errored", True)):
        await runs.create_run(create_run(run))
        await run_events.append_event(run, event(run, 0))
        await runs.end_run(end_run(run, is_error=is_error))
        ended = await runs.get_run(run)

        await run_events.append_event(run, event(run, 1, "run_end"))

        both = [event(run, 0), event(run, 1, "run_end")]
        expect.equal(await run_events.get_events(run), both, f"events of {run}")
        expect.equal(await runs.get_run(run), ended, f"the record of {run}")


_TYPES: Final = (
    *("run_start", "run_resume", "run_end", "agent_start", "agent_end", "turn_start"),
    *("turn_request", "turn_end", "turn", "message_start", "message_end", "tool_start"),
    *("tool_call", "task_start", "task", "compaction_start", "compaction", "operation_start"),
    *("operation", "log", "idle"),
    # The ephemeral ones, which the runtime keeps to itself.
    *("message_update", "text_delta", "thinking_start", "thinking_delta", "thinking_end"),
)


@verifies("EVENT-12")
async def test_events_of_every_type_are_stored(
    runs: RunStore, run_events: RunEventStore, expect: Expect
) -> None:
    await runs.create_run(create_run("run-1"))
    appended = [event("run-1", index, type_) for index, type_ in enumerate(_TYPES)]

    for each in appended:
        await run_events.append_event("run-1", each)

    expect.equal(await run_events.get_events("run-1"), appended, "the run's events")


@verifies("EVENT-13")
async def test_events_of_different_runs_do_not_meet(
    runs: RunStore, run_events: RunEventStore, expect: Expect
) -> None:
    ids = [*(f"run-{number}" for number in range(12)), "RUN-1", "run_1", "run%", "run-1 ", "run-"]
    for run in ids:
        await runs.create_run(create_run(run))
    for index in range(3):
        for run in ids:
            await run_events.append_event(run, event(run, index, of=run))

    for run in ids:
        own = [event(run, index, of=run) for index in range(3)]
        expect.equal(await run_events.get_events(run), own, f"events of {run!r}")
        expect.equal(await run_events.get_events(run, 2), own[2:], f"events of {run!r} from 2")


_STORED: Final = "flue_run_events"


async def _require_stored(planter: Planter, run: str) -> None:
    """Skip the spec where the planter cannot see a run's events, such as those kept in memory."""
    try:
        rows = await planter.rows(_STORED, run_id=run)
    except Exception:  # noqa: BLE001 - every driver words it differently that a table is missing
        rows = []
    if not rows:
        pytest.skip(f"not applicable: run events are not in the table {_STORED}")


@verifies("EVENT-14")
async def test_a_stored_event_of_another_run_or_index_is_not_passed_on(
    runs: RunStore, run_events: RunEventStore, planter: Planter, expect: Expect
) -> None:
    await runs.create_run(create_run("run-1"))
    for index in range(3):
        await run_events.append_event("run-1", event("run-1", index))
    await _require_stored(planter, "run-1")
    right = event("run-1", 1)
    damages: dict[str, Any] = {
        "of another run": event("run-2", 1),
        "of a run with another case": event("RUN-1", 1),
        "without a run": without(right, "runId"),
        "of another index": event("run-1", 2),
        "of a free index": event("run-1", 9),
        "without an index": without(right, "eventIndex"),
    }

    place = {"run_id": "run-1", "event_index": 1}
    for damage, stored in damages.items():
        await planter.update(_STORED, place, payload=json_text(stored))
        about = f"reading events, one of which is stored {damage}"
        await expect.raises(run_events.get_events("run-1"), EventIdentity, about)

        await planter.update(_STORED, place, payload=json_text(right))
        healthy = [event("run-1", index) for index in range(3)]
        expect.equal(await run_events.get_events("run-1"), healthy, "events, once repaired")


@verifies("EVENT-15")
async def test_an_index_beyond_31_bits_is_stored_or_refused(
    runs: RunStore, run_events: RunEventStore, expect: Expect
) -> None:
    await runs.create_run(create_run("run-1"))
    kept = [event("run-1", index) for index in (0, 2**31 - 1)]
    for each in kept:
        await run_events.append_event("run-1", each)

    for index in (2**31, 2**32, 2**32 + 2, MAX_INTEGER - 1, MAX_INTEGER):
        far = event("run-1", index)
        appending = await attempted(partial(run_events.append_event, "run-1", far))
        expected = kept if appending.error else [*kept, far]
        found = await run_events.get_events("run-1")
        expect.equal(found, expected, f"the run's events after event {index}")
        expect.permitted(
            {"is stored": appending.error is None, "is refused": appending.error is not None},
            came_back=appending,
            about=f"event {index}",
        )
        kept = expected


@verifies("EVENT-16")
async def test_a_second_start_keeps_or_drops_the_events_of_a_run(
    runs: RunStore, run_events: RunEventStore, expect: Expect
) -> None:
    for run, ends in (("an active run", False), ("an ended run", True)):
        kept = [event(run, index) for index in range(3)]
        for each in (run, f"{run} beside it"):
            await runs.create_run(create_run(each))
            for index in range(3):
                await run_events.append_event(each, event(each, index))
        if ends:
            await runs.end_run(end_run(run))

        again = await attempted(partial(runs.create_run, create_run(run, workflow="again")))

        found = list(await run_events.get_events(run))
        expect.permitted(
            {
                "keeps its events": found == kept,
                "drops its events": not found and again.error is None,
            },
            came_back=found,
            about=f"a second start of {run}",
        )
        beside = await run_events.get_events(f"{run} beside it")
        expect.equal(len(beside), 3, "how many events another run has")


@verifies("EVENT-17")
async def test_reading_from_a_fraction_raises_or_compares_numbers(
    runs: RunStore, run_events: RunEventStore, expect: Expect
) -> None:
    await runs.create_run(create_run("run-1"))
    stored = [event("run-1", index) for index in (0, 1, 2, 10)]
    for each in stored:
        await run_events.append_event("run-1", each)

    for first in (0.5, 1.5, 1.999, 9.000001, 10.5, -0.5, math.nan):
        reading = await attempted(partial(run_events.get_events, "run-1", first))
        found = list(reading.value or [])
        # Nothing is at or above NaN, and nothing is below it either.
        at_or_above = [each for each in stored if each["eventIndex"] >= first]
        not_below = [each for each in stored if not each["eventIndex"] < first]
        expect.permitted(
            {
                "raises": reading.error is not None,
                "compares numbers": found in (at_or_above, not_below),
            },
            came_back=found,
            about=f"reading from {first}",
        )
    expect.equal(await run_events.get_events("run-1"), stored, "the run's events afterwards")
