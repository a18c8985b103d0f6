"""Event streams that several processes write: STREAM-38, STREAM-39 and STREAM-40."""

from __future__ import annotations

from flue_conformance.rules import Level
from flue_conformance.specs.scenarios.held_records import (
    append_beside_a_close,
    append_beside_a_reader,
    append_beside_an_append,
)
from flue_conformance.specs.scenarios.stream_races import (
    race_appends,
    race_appends_with_a_reader,
    race_appends_with_closes,
)
from flue_conformance.specs.support.database import Handle
from flue_conformance.specs.support.expect import Expect
from flue_conformance.specs.support.standing import StandStill
from flue_conformance.specs.support.verifies import verifies


@verifies("STREAM-38", level=Level.SINGLE_HOST)
@verifies("STREAM-38", level=Level.MULTI_REPLICA)
async def test_appends_by_several_processes_get_distinct_offsets_and_are_all_readable(
    apart: list[Handle], expect: Expect, rounds: int
) -> None:
    await race_appends(apart, expect, rounds)


@verifies("STREAM-39", level=Level.SINGLE_HOST)
@verifies("STREAM-39", level=Level.MULTI_REPLICA)
async def test_a_reader_that_follows_several_processes_misses_no_acknowledged_event(
    apart: list[Handle], expect: Expect, rounds: int
) -> None:
    await race_appends_with_a_reader(apart, expect, rounds // 4)


@verifies("STREAM-40", level=Level.SINGLE_HOST)
@verifies("STREAM-40", level=Level.MULTI_REPLICA)
async def test_an_append_that_races_with_a_close_by_another_is_either_stored_or_refused(
    apart: list[Handle], expect: Expect, rounds: int
) -> None:
    await race_appends_with_closes(apart, expect, rounds)


@verifies("STREAM-38", level=Level.SINGLE_HOST)
@verifies("STREAM-38", level=Level.MULTI_REPLICA)
async def test_an_append_that_is_held_open_and_another_get_distinct_offsets(
    stand_still: StandStill,
) -> None:
    await stand_still.amid(append_beside_an_append)


@verifies("STREAM-39", level=Level.SINGLE_HOST)
@verifies("STREAM-39", level=Level.MULTI_REPLICA)
async def test_a_reader_does_not_miss_an_event_whose_append_was_held_open(
    stand_still: StandStill,
) -> None:
    await stand_still.amid(append_beside_a_reader)


@verifies("STREAM-40", level=Level.SINGLE_HOST)
@verifies("STREAM-40", level=Level.MULTI_REPLICA)
async def test_an_append_that_is_held_open_during_a_close_is_either_stored_or_refused(
    stand_still: StandStill,
) -> None:
    await stand_still.amid(append_beside_a_close)
