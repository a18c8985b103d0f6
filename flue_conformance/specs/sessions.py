"""Sessions: records that come back whole, exactly as they were saved last."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from hypothesis import given
from hypothesis import strategies as st

from flue_conformance.backends import Planter
from flue_conformance.contract import (
    MAX_IMAGE_CHARACTERS,
    AgentSubmissionStore,
    ImageTooLarge,
    JsonValue,
    MalformedRecord,
    RetainedReceipt,
    SessionData,
    SessionDeleting,
    SessionStore,
    SubmissionLease,
    TurnJournalUpdate,
    json_equal,
    json_text,
    session_key,
)
from flue_conformance.specs.scenarios.deleting import nothing, while_deleting
from flue_conformance.specs.scenarios.images import PIECE_EDGES, image_data, twelve_images
from flue_conformance.specs.scenarios.session_races import (
    race_first_saves,
    race_loads_with_saves,
    race_loads_with_saves_and_deletions,
    race_saves_over_a_record,
)
from flue_conformance.specs.scenarios.session_records import (
    ALIKE_IDS,
    MEMBERS,
    NUMBERS,
    STRINGS,
    album,
    changing_images,
    saying,
    tool_result_entry,
    unstorable_records,
    unusual_records,
    user_entry,
    versioned,
    with_members,
)
from flue_conformance.specs.scenarios.session_rows import (
    NO_JSON,
    overwrite,
    overwrite_with_bytes,
    pieces,
)
from flue_conformance.specs.scenarios.steps import (
    begin_turn,
    queue,
    queue_and_settle,
    queue_and_start,
    start,
)
from flue_conformance.specs.scenarios.strategies import (
    examples,
    json_objects,
    json_texts,
    json_values,
)
from flue_conformance.specs.scenarios.tampering import tamper
from flue_conformance.specs.scenarios.values import (
    attempt,
    direct_input,
    dispatch_input,
    fresh,
    image,
    now,
    session_data,
    session_entries,
)
from flue_conformance.specs.support.database import Handle
from flue_conformance.specs.support.expect import Expect
from flue_conformance.specs.support.racing import ROUNDS, attempted
from flue_conformance.specs.support.verifies import requires, verifies

KEY: Final = session_key("agent-1", "default")
NUL_IDS: Final = ("session\0", "session\0one", "session\0two", "\0session", "\0")


@verifies("SESSION-01")
async def test_an_id_never_saved_has_no_record(sessions: SessionStore, expect: Expect) -> None:
    await sessions.save(KEY, session_data())

    expect.none(await sessions.load(session_key("agent-1", "other")), "an id never saved")


@verifies("SESSION-01")
async def test_a_deleted_id_has_no_record(sessions: SessionStore, expect: Expect) -> None:
    await sessions.save(KEY, session_data())
    # Read before: what a store keeps of a read must go with the record.
    expect.equal(await sessions.load(KEY), session_data(), "the record that was saved")
    await sessions.delete(KEY)

    expect.none(await sessions.load(KEY), "a deleted id")


@verifies("SESSION-02")
async def test_a_record_with_every_kind_of_entry_comes_back(
    sessions: SessionStore, expect: Expect
) -> None:
    await sessions.save(KEY, session_data())

    expect.equal(await sessions.load(KEY), session_data(), "the record that was saved")


@verifies("SESSION-02")
async def test_numbers_come_back_exactly(sessions: SessionStore, expect: Expect) -> None:
    saved = session_data(metadata={"numbers": [*NUMBERS], "no numbers": [True, False, "1", "0"]})
    await sessions.save(KEY, saved)

    expect.equal(await sessions.load(KEY), saved, "numbers at the edges of what JSON holds")


@verifies("SESSION-02")
async def test_empty_and_nested_values_come_back(sessions: SessionStore, expect: Expect) -> None:
    deep: JsonValue = None
    for _ in range(100):
        deep = {"": [deep, {}]}
    saved = session_data(metadata={"deep": deep, "empty": [[], {}, "", None, [[]], 0, False]})
    await sessions.save(KEY, saved)

    expect.equal(await sessions.load(KEY), saved, "values nested a hundred deep, and empty ones")


@verifies("SESSION-02")
@examples(8)
@given(metadata=json_objects(), details=json_values())
async def test_any_json_comes_back(
    sessions: SessionStore, expect: Expect, metadata: dict[str, Any], details: JsonValue
) -> None:
    name = fresh("session")
    *_, summary = session_entries()
    saved = session_data(metadata=metadata, entries=[summary | {"details": details}])
    await sessions.save(name, saved)

    expect.equal(await sessions.load(name), saved, "any JSON in metadata and in an entry")


@verifies("SESSION-03")
async def test_a_save_replaces_metadata_and_fields(sessions: SessionStore, expect: Expect) -> None:
    await sessions.save(KEY, session_data())
    replaced = session_data(
        version=6,
        affinityKey="aff_other",
        leafId=None,
        metadata={"depth": 1},
        createdAt="2027-01-01T00:00:00.000Z",
        updatedAt="2027-01-01T00:00:00.001Z",
    )
    await sessions.save(KEY, replaced)

    expect.equal(await sessions.load(KEY), replaced, "the record saved last")


@verifies("SESSION-03")
async def test_entries_left_out_of_a_save_are_gone(sessions: SessionStore, expect: Expect) -> None:
    await sessions.save(KEY, session_data())
    first, *_ = session_entries()
    fewer = session_data(entries=[first])
    await sessions.save(KEY, fewer)
    expect.equal(await sessions.load(KEY), fewer, "a record saved with fewer entries")

    none = session_data(entries=[], metadata={})
    await sessions.save(KEY, none)
    expect.equal(await sessions.load(KEY), none, "a record saved without entries and metadata")


@verifies("SESSION-03")
async def test_members_left_out_of_an_entry_are_gone(
    sessions: SessionStore, expect: Expect
) -> None:
    await sessions.save(KEY, session_data(entries=[user_entry("00000001", source="prompt")]))
    without = session_data(entries=[user_entry("00000001")])
    await sessions.save(KEY, without)

    expect.equal(await sessions.load(KEY), without, "an entry saved with fewer members")


@verifies("SESSION-03")
async def test_an_entry_changes_under_its_id(sessions: SessionStore, expect: Expect) -> None:
    entries = [user_entry(f"{number:08x}", f"text {number}") for number in range(12)]
    await sessions.save(KEY, session_data(entries=entries))
    # Of the same length: a store that compares sizes would take it for the old one.
    entries[7] = user_entry("00000007", "text 8")
    changed = session_data(entries=entries)
    await sessions.save(KEY, changed)

    expect.equal(await sessions.load(KEY), changed, "an entry whose content changed")


@verifies("SESSION-04")
async def test_deleting_removes_one_record(sessions: SessionStore, expect: Expect) -> None:
    other = session_data(metadata={"of": "the other"})
    await sessions.save("session-1", session_data())
    await sessions.save("session-2", other)
    await sessions.delete("session-1")

    expect.none(await sessions.load("session-1"), "the deleted record")
    expect.equal(await sessions.load("session-2"), other, "the other record")


@verifies("SESSION-04")
async def test_deleting_an_unknown_id_succeeds(sessions: SessionStore, expect: Expect) -> None:
    await sessions.save("session-1", session_data())
    await sessions.delete("session-2")
    await sessions.delete("session-2")

    expect.none(await sessions.load("session-2"), "an id that was only ever deleted")
    expect.equal(await sessions.load("session-1"), session_data(), "the only record")


@verifies("SESSION-04")
async def test_nothing_of_a_deleted_record_comes_back(
    sessions: SessionStore, expect: Expect
) -> None:
    await sessions.save(KEY, session_data())
    await sessions.delete(KEY)
    await sessions.delete(KEY)
    anew = session_data(entries=[user_entry("ffffffff")], metadata={})
    await sessions.save(KEY, anew)

    expect.equal(await sessions.load(KEY), anew, "a record saved after a deletion")


@verifies("SESSION-05")
async def test_entries_keep_their_places(sessions: SessionStore, expect: Expect) -> None:
    # Neither by id (e1, e10, e11, e2) nor by time or by parents would they come in this order.
    entries = [
        user_entry(
            f"e{number}",
            parentId=f"e{number * 8 % 14}",
            timestamp=f"2026-06-{number * 5 % 14 + 1:02}T00:00:00.000Z",
        )
        for number in range(1, 14)
    ]
    versions = {
        "first saved": entries,
        "reversed": entries[::-1],
        "with one inserted in the middle": [*entries[:6], user_entry("e0"), *entries[6:]],
        "with some dropped": entries[::3],
        "with the last moved to the front": [entries[-1], *entries[:-1]],
    }
    for how, version in versions.items():
        saved = session_data(entries=version)
        await sessions.save(KEY, saved)

        expect.equal(await sessions.load(KEY), saved, f"entries {how}")


@verifies("SESSION-05")
@examples(8)
@given(
    orders=st.lists(
        st.tuples(st.permutations(range(14)), st.integers(0, 14)), min_size=2, max_size=4
    )
)
async def test_entries_keep_their_places_over_any_saves(
    sessions: SessionStore, expect: Expect, orders: list[tuple[list[int], int]]
) -> None:
    name = fresh("session")
    for order, size in orders:
        saved = session_data(entries=[user_entry(f"e{number}") for number in order[:size]])
        await sessions.save(name, saved)

        expect.equal(await sessions.load(name), saved, "entries after several saves")


@verifies("SESSION-06")
async def test_ids_that_look_alike_have_records_of_their_own(
    sessions: SessionStore, expect: Expect
) -> None:
    records = {name: session_data(affinityKey=f"of {name}") for name in ALIKE_IDS}
    for name, record in records.items():
        await sessions.save(name, record)
    await _expect_records(sessions, expect, records, "after saving each once")

    # The entries keep their ids: those of one session must not pass for another's.
    for name in ALIKE_IDS[::2]:
        records[name] = session_data(entries=session_entries()[::-1], affinityKey=f"new of {name}")
        await sessions.save(name, records[name])
    await _expect_records(sessions, expect, records, "after saving half of them again")


async def _expect_records(
    sessions: SessionStore, expect: Expect, records: dict[str, SessionData], when: str
) -> None:
    for name, record in records.items():
        expect.equal(await sessions.load(name), record, f"the record {name!r} {when}")


@verifies("SESSION-06")
async def test_deleting_an_id_spares_those_that_look_alike(
    sessions: SessionStore, expect: Expect
) -> None:
    for name in ALIKE_IDS:
        await sessions.save(name, session_data(affinityKey=f"of {name}"))
    for name in ALIKE_IDS:
        left = session_data(affinityKey=f"of {name}")
        expect.equal(await sessions.load(name), left, f"{name!r} after others were deleted")
        await sessions.delete(name)
        expect.none(await sessions.load(name), f"the deleted {name!r}")


@verifies("SESSION-07")
@requires("same process")
async def test_changing_a_saved_object_changes_no_record(
    sessions: SessionStore, expect: Expect
) -> None:
    mine = session_data()
    await sessions.save(KEY, mine)
    tamper(mine)

    expect.equal(await sessions.load(KEY), session_data(), "the record saved before the change")


@verifies("SESSION-07")
@requires("same process")
async def test_changing_a_loaded_object_changes_no_record(
    sessions: SessionStore, expect: Expect
) -> None:
    await sessions.save(KEY, session_data())
    for _ in range(2):
        tamper(await sessions.load(KEY))

        expect.equal(
            await sessions.load(KEY), session_data(), "a load after an earlier one's value"
        )


@verifies("SESSION-08")
async def test_absent_members_stay_absent_and_nulls_stay_null(
    sessions: SessionStore, expect: Expect
) -> None:
    *_, compaction, summary = session_entries()
    del compaction["details"]
    saved = session_data(
        leafId=None,
        metadata={"null": None, "nested": {"null": None, "nulls": [None, {"null": None}]}},
        entries=[
            user_entry("0000000a"),
            compaction,
            summary | {"details": None},
            user_entry("0000000b", source=None),
        ],
    )
    await sessions.save(KEY, saved)

    expect.equal(await sessions.load(KEY), saved, "absent members and nulls")


@verifies("SESSION-09")
async def test_members_of_nested_objects_keep_their_order(
    sessions: SessionStore, expect: Expect
) -> None:
    for how, names in {"saved first": MEMBERS, "in reverse": MEMBERS[::-1]}.items():
        saved = with_members(names)
        await sessions.save(KEY, saved)

        loaded = await sessions.load(KEY)
        expect.equal(loaded and _ordered(loaded), _ordered(saved), f"members {how}")


def _ordered(record: SessionData) -> str:
    """Return a record's JSON text, its own members aside: those may come in any order."""
    return json_text(dict(sorted(record.items())))


@verifies("SESSION-10")
async def test_a_load_during_saves_returns_one_whole_version(
    handles: list[Handle], expect: Expect
) -> None:
    await race_loads_with_saves(handles, expect, ROUNDS)


@verifies("SESSION-10")
async def test_a_load_during_saves_and_deletions_returns_a_whole_version_or_none(
    handles: list[Handle], expect: Expect
) -> None:
    await race_loads_with_saves_and_deletions(handles, expect, ROUNDS)


@verifies("SESSION-11")
async def test_concurrent_first_saves_leave_one_whole_record(
    handles: list[Handle], expect: Expect
) -> None:
    await race_first_saves(handles, expect, ROUNDS)


@verifies("SESSION-11")
async def test_concurrent_saves_over_a_record_leave_one_of_them_whole(
    handles: list[Handle], expect: Expect
) -> None:
    await race_saves_over_a_record(handles, expect, ROUNDS)


@verifies("SESSION-12")
@requires("same process")
async def test_a_save_that_raises_leaves_the_version_before(
    sessions: SessionStore, expect: Expect
) -> None:
    await sessions.save(KEY, versioned(0))
    for place, unstorable in unstorable_records().items():
        await expect.raises(sessions.save(KEY, unstorable), about=f"a record with {place}")

        expect.equal(await sessions.load(KEY), versioned(0), f"the record after one with {place}")


@verifies("SESSION-12")
@requires("same process")
async def test_a_first_save_that_raises_leaves_no_record(
    sessions: SessionStore, expect: Expect
) -> None:
    for place, unstorable in unstorable_records().items():
        await expect.raises(sessions.save(KEY, unstorable), about=f"a record with {place}")

        expect.none(await sessions.load(KEY), f"the id after a record with {place}")


@verifies("SESSION-13")
async def test_content_is_not_validated(sessions: SessionStore, expect: Expect) -> None:
    for what, record in unusual_records().items():
        await sessions.save(KEY, record)

        expect.equal(await sessions.load(KEY), record, f"a record with {what}")


@verifies("SESSION-14")
async def test_a_record_that_is_no_json_makes_a_load_raise(
    sessions: SessionStore, planter: Planter, expect: Expect
) -> None:
    saved = session_data(entries=[user_entry("00000001")])
    await sessions.save(KEY, saved)
    for piece in await pieces(planter, KEY):
        for what, damage in NO_JSON.items():
            await overwrite(planter, piece, damage(piece.text))
            await expect.raises(
                sessions.load(KEY), MalformedRecord, f"a record of which {piece.table} has {what}"
            )
        await overwrite(planter, piece, piece.text)

    expect.equal(await sessions.load(KEY), saved, "the record once it is whole again")


@verifies("SESSION-14")
async def test_a_record_that_is_no_text_makes_a_load_raise(
    sessions: SessionStore, planter: Planter, expect: Expect
) -> None:
    await sessions.save(KEY, session_data(entries=[user_entry("00000001")]))
    for piece in await pieces(planter, KEY):
        if await overwrite_with_bytes(planter, piece):
            await expect.raises(
                sessions.load(KEY), MalformedRecord, f"a record of which {piece.table} has bytes"
            )
            await overwrite(planter, piece, piece.text)


@verifies("SESSION-15")
async def test_session_operations_leave_submissions_alone(
    sessions: SessionStore, submissions: AgentSubmissionStore, expect: Expect
) -> None:
    key = "running:turn-1:attempt-1"
    await queue_and_settle(submissions, "settled")
    running = await queue_and_start(submissions, "running")
    await queue(submissions, "waiting")
    await begin_turn(submissions, "running", "attempt-1", tool_request={"toolCalls": []})
    await submissions.update_turn_journal_phase(
        running, "provider_started", TurnJournalUpdate(stream_key=key)
    )
    await submissions.append_stream_chunk_segment(key, 0, "[]")
    before = await _work(submissions, key)

    for name in (KEY, "running", "settled", "waiting", key):
        await sessions.save(name, session_data())
        await sessions.load(name)
        expect.equal(await _work(submissions, key), before, f"work after saving {name!r}")
        await sessions.delete(name)
        expect.equal(await _work(submissions, key), before, f"work after deleting {name!r}")


async def _work(submissions: AgentSubmissionStore, stream_key: str) -> list[object]:
    return [
        [
            await submissions.get_submission(each),
            await submissions.get_turn_journal(each),
        ]
        for each in ("settled", "running", "waiting")
    ] + [
        await submissions.list_runnable_submissions(),
        await submissions.list_running_submissions(),
        await submissions.get_stream_chunk_segments(stream_key),
    ]


@verifies("SESSION-15")
async def test_session_operations_leave_receipts_alone(
    sessions: SessionStore, submissions: AgentSubmissionStore, expect: Expect
) -> None:
    await queue_and_settle(submissions, "dispatch-1")
    await submissions.delete_session(KEY, nothing)
    for name in (KEY, "dispatch-1"):
        await sessions.save(name, session_data())
        await sessions.delete(name)

    admission = await submissions.admit_dispatch(dispatch_input("dispatch-1"))
    expect.that(
        isinstance(admission, RetainedReceipt),
        came_back=admission,
        expected="the receipt",
        about="a dispatch whose receipt outlives session operations",
    )


@verifies("SESSION-15")
async def test_session_operations_leave_a_deletion_marker_alone(
    sessions: SessionStore, submissions: AgentSubmissionStore, expect: Expect
) -> None:
    async def act() -> None:
        await sessions.delete(KEY)
        await sessions.save(KEY, session_data())
        await sessions.delete(KEY)
        await expect.raises(
            submissions.admit_dispatch(dispatch_input()),
            SessionDeleting,
            "admission while the session is being deleted, its record saved and deleted",
        )

    await while_deleting(submissions, KEY, act)


@verifies("SESSION-15")
async def test_submission_operations_leave_the_record_alone(
    sessions: SessionStore, submissions: AgentSubmissionStore, expect: Expect
) -> None:
    await sessions.save(KEY, session_data())
    await sessions.save("dispatch-1", session_data(version=1))
    await _live_through(submissions)

    expect.equal(await sessions.load(KEY), session_data(), "the record of the session")
    expect.equal(await sessions.load("dispatch-1"), session_data(version=1), "another record")


@verifies("SESSION-15")
async def test_submission_operations_make_no_record(
    sessions: SessionStore, submissions: AgentSubmissionStore, expect: Expect
) -> None:
    await _live_through(submissions)

    for name in (KEY, "dispatch-1", "direct-1", "agent-1", "default"):
        expect.none(await sessions.load(name), f"a record {name!r} that nobody saved")


async def _live_through(submissions: AgentSubmissionStore) -> None:
    """Call every operation of the submission store that writes, in the session `KEY`."""
    first = await queue_and_start(submissions, "dispatch-1")
    await submissions.admit_direct(direct_input())
    await submissions.renew_leases("owner-1", ["dispatch-1"])
    await submissions.request_submission_recovery(first)
    await submissions.requeue_submission_before_input_applied(first)
    await start(submissions, "dispatch-1", "attempt-2")
    second = attempt("dispatch-1", "attempt-2")
    await submissions.mark_submission_input_applied(second)
    await begin_turn(submissions, "dispatch-1", "attempt-2", checkpoint_leaf_id="00000001")
    await submissions.update_turn_journal_phase(
        second, "provider_started", TurnJournalUpdate(stream_key="stream-1")
    )
    await submissions.append_stream_chunk_segment("stream-1", 0, "[]")
    await submissions.mark_stream_consumed(second, "stream-1")
    await submissions.delete_stream_chunk_segments("stream-1")
    third = attempt("dispatch-1", "attempt-3")
    await submissions.replace_turn_journal_attempt(
        second, "attempt-3", SubmissionLease("owner-2", now() + 30_000)
    )
    await submissions.commit_turn_journal(third, "00000002")
    await submissions.complete_submission(third)
    await start(submissions, "direct-1")
    await submissions.fail_submission(attempt("direct-1"), RuntimeError("no answer"))
    await submissions.delete_session(KEY, nothing)


@verifies("SESSION-16")
async def test_every_string_comes_back(sessions: SessionStore, expect: Expect) -> None:
    for text in STRINGS:
        saved = saying(text)
        await sessions.save(KEY, saved)

        expect.equal(await sessions.load(KEY), saved, f"a record that says {text!r} everywhere")


@verifies("SESSION-16")
@examples(8)
@given(text=json_texts())
async def test_any_string_comes_back(sessions: SessionStore, expect: Expect, text: str) -> None:
    name = fresh("session")
    saved = saying(text)
    await sessions.save(name, saved)

    expect.equal(await sessions.load(name), saved, "a record that says this text everywhere")


@verifies("SESSION-17")
async def test_an_id_with_a_nul_is_stored_whole_or_refused(
    sessions: SessionStore, expect: Expect
) -> None:
    # What a truncated id could be taken for.
    await sessions.save("session", session_data())
    records: dict[str, SessionData | None] = {}
    for name in NUL_IDS:
        record = session_data(affinityKey=f"of {name}")
        saving = await attempted(partial(sessions.save, name, record))
        records[name] = None if saving.error else record
    for name, stored in records.items():
        await _expect_record_or_refusal(sessions, expect, name, stored)

    for name in NUL_IDS:
        await attempted(partial(sessions.delete, name))
        await _expect_record_or_refusal(sessions, expect, name, None)
    expect.equal(await sessions.load("session"), session_data(), "the id without a NUL")


async def _expect_record_or_refusal(
    sessions: SessionStore, expect: Expect, name: str, record: SessionData | None
) -> None:
    loading = await attempted(partial(sessions.load, name))
    if record or not loading.error:
        expect.equal(loading.value, record, f"the record {name!r}")


@verifies("SESSION-19")
async def test_twelve_images_in_one_message_come_back(
    sessions: SessionStore, expect: Expect
) -> None:
    text = {"type": "text", "text": "What do they show?"}
    content = [text, *twelve_images(), text]
    for entry in (user_entry("00000001", content), tool_result_entry("00000001", content)):
        saved = session_data(entries=[entry])
        await sessions.save(KEY, saved)

        role = entry["message"]["role"]
        expect.equal(await sessions.load(KEY), saved, f"a {role} message with twelve images")


@verifies("SESSION-19")
async def test_images_of_every_length_come_back(sessions: SessionStore, expect: Expect) -> None:
    images = [image(image_data(length)) for length in (0, 1, *PIECE_EDGES)]
    saved = session_data(entries=[user_entry("00000001", images)])
    await sessions.save(KEY, saved)

    came_back = json_equal(await sessions.load(KEY), saved)
    expect.true(came_back, "images around the length of a stored piece come back equal")


@verifies("SESSION-19")
async def test_an_image_of_the_greatest_length_comes_back(
    sessions: SessionStore, expect: Expect
) -> None:
    greatest = image(image_data(MAX_IMAGE_CHARACTERS))
    saved = session_data(entries=[user_entry("00000001", [greatest, image()])])
    await sessions.save(KEY, saved)

    came_back = json_equal(await sessions.load(KEY), saved)
    expect.true(came_back, "an image of 14 MiB and a small one come back equal")


@verifies("SESSION-19")
async def test_text_that_looks_like_a_stored_image_comes_back(
    sessions: SessionStore, expect: Expect
) -> None:
    # The shared SQL store leaves this marker where an image was.
    marker = "__flue_image_chunks__:0"
    content = [image(marker), {"type": "text", "text": marker}, image(), image(marker)]
    saved = session_data(
        entries=[user_entry("00000001", content), user_entry("00000002", marker)],
        metadata={"marker": marker},
    )
    await sessions.save(KEY, saved)

    expect.equal(await sessions.load(KEY), saved, "text and data like the marker of an image")


@verifies("SESSION-19")
async def test_new_image_data_under_an_old_entry_id_is_seen(
    sessions: SessionStore, expect: Expect
) -> None:
    for what, images in changing_images().items():
        saved = session_data(entries=[user_entry("00000001", images)])
        await sessions.save(KEY, saved)

        came_back = json_equal(await sessions.load(KEY), saved)
        expect.true(came_back, f"an entry with its images {what} comes back equal")


@verifies("SESSION-19")
async def test_images_stay_with_their_entry_and_session(
    sessions: SessionStore, expect: Expect
) -> None:
    await sessions.save("session-1", album(1))
    await sessions.save("session-10", album(11))
    moved = album(1)
    moved["entries"].reverse()
    await sessions.save("session-1", moved)
    expect.equal(await sessions.load("session-1"), moved, "images whose entries changed places")

    await sessions.delete("session-1")
    expect.equal(await sessions.load("session-10"), album(11), "images of the other session")

    await sessions.save("session-1", album(21))
    expect.equal(await sessions.load("session-1"), album(21), "images saved after a deletion")


@verifies("SESSION-20")
async def test_an_image_over_the_limit_raises_and_stores_nothing(
    sessions: SessionStore, expect: Expect
) -> None:
    await sessions.save("session-1", album(1))
    images = [image(), image(image_data(MAX_IMAGE_CHARACTERS + 1))]
    asked = session_data(entries=[*session_entries(), user_entry("0000000a", images)])
    answered = session_data(entries=[tool_result_entry("00000001", images)])
    await expect.raises(
        sessions.save("session-1", asked), ImageTooLarge, "a user's message with a long image"
    )
    await expect.raises(
        sessions.save("session-2", answered), ImageTooLarge, "a tool's answer with a long image"
    )

    expect.equal(await sessions.load("session-1"), album(1), "the record that was there")
    expect.none(await sessions.load("session-2"), "a record that was never stored")


@verifies("SESSION-21")
async def test_a_record_of_several_mib_and_several_thousand_entries_comes_back(
    sessions: SessionStore, expect: Expect
) -> None:
    entries = [user_entry(f"{number:08x}", f"{number} " * 330) for number in range(2000)]
    for what, kept in {"all": entries, "half": entries[::2]}.items():
        saved = session_data(entries=kept)
        await sessions.save(KEY, saved)

        came_back = json_equal(await sessions.load(KEY), saved)
        expect.true(came_back, f"a record saved with {what} of 2000 entries comes back equal")
