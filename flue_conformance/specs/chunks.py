"""Chunks: the pieces of a provider's stream that outlive the attempt that received them."""

from __future__ import annotations

from functools import partial
from itertools import count

from hypothesis import given

from flue_conformance.contract import MAX_INTEGER, AgentSubmissionStore, StreamChunkSegment
from flue_conformance.specs.scenarios.chunk_races import race_chunks
from flue_conformance.specs.scenarios.strategies import examples, texts
from flue_conformance.specs.scenarios.values import ALIKE_TEXTS, AWKWARD_TEXTS
from flue_conformance.specs.support.database import Handle
from flue_conformance.specs.support.expect import Expect
from flue_conformance.specs.support.racing import ROUNDS, attempted
from flue_conformance.specs.support.verifies import verifies

KEY = "dispatch-1:turn-1:attempt-1"
BODY = '[{"type":"text_delta","delta":"Hej"}]'
OTHER_BODY = '[{"type":"text_delta","delta":"då"}]'

# With gaps, in neither numeric nor text order, and more than a store may read or delete at once.
SCATTERED = tuple(place * 43 % 107 * 3 for place in range(107))


@verifies("CHUNK-01")
async def test_an_appended_chunk_can_be_read(
    submissions: AgentSubmissionStore, peer: Handle, expect: Expect
) -> None:
    expect.true(await submissions.append_stream_chunk_segment(KEY, 0, BODY), "a new chunk")

    expected = [StreamChunkSegment(0, BODY)]
    expect.equal(await submissions.get_stream_chunk_segments(KEY), expected, "the chunks")
    expect.equal(
        await peer.submissions.get_stream_chunk_segments(KEY), expected, "the chunks for another"
    )


@verifies("CHUNK-01")
async def test_chunks_of_alike_keys_are_kept_apart(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    for key in ALIKE_TEXTS:
        appended = await submissions.append_stream_chunk_segment(key, 0, f"body of {key}")
        expect.true(appended, f"the first chunk of {key!r}")

    for key in ALIKE_TEXTS:
        expect.equal(
            await submissions.get_stream_chunk_segments(key),
            [StreamChunkSegment(0, f"body of {key}")],
            f"the chunks of {key!r}",
        )


@verifies("CHUNK-02")
async def test_a_stored_chunk_is_not_replaced(
    submissions: AgentSubmissionStore, peer: Handle, expect: Expect
) -> None:
    await submissions.append_stream_chunk_segment(KEY, 0, BODY)
    await submissions.append_stream_chunk_segment(KEY, 1, "")

    for index, body in ((0, OTHER_BODY), (0, ""), (1, OTHER_BODY)):
        again = await peer.submissions.append_stream_chunk_segment(KEY, index, body)
        expect.false(again, f"another body for chunk {index}")
    expect.equal(
        await submissions.get_stream_chunk_segments(KEY),
        [StreamChunkSegment(0, BODY), StreamChunkSegment(1, "")],
        "the chunks afterwards",
    )


@verifies("CHUNK-02")
async def test_a_repeated_append_says_that_the_chunk_is_there(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    await submissions.append_stream_chunk_segment(KEY, 7, BODY)

    expect.false(await submissions.append_stream_chunk_segment(KEY, 7, BODY), "the same append")
    expect.equal(
        await submissions.get_stream_chunk_segments(KEY),
        [StreamChunkSegment(7, BODY)],
        "the chunks afterwards",
    )


@verifies("CHUNK-02")
async def test_one_of_racing_appends_stores_its_body(handles: list[Handle], expect: Expect) -> None:
    await race_chunks(handles, expect, ROUNDS)


@verifies("CHUNK-03")
async def test_chunks_come_back_in_the_order_of_their_indices(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    for index in SCATTERED:
        await submissions.append_stream_chunk_segment(KEY, index, f"body {index}")

    expect.equal(
        await submissions.get_stream_chunk_segments(KEY),
        [StreamChunkSegment(index, f"body {index}") for index in sorted(SCATTERED)],
        "all chunks of the key",
    )


@verifies("CHUNK-03")
async def test_indices_may_be_far_apart(submissions: AgentSubmissionStore, expect: Expect) -> None:
    far = 2**31 - 1
    await submissions.append_stream_chunk_segment(KEY, far, "last")
    await submissions.append_stream_chunk_segment(KEY, 0, "first")

    expect.equal(
        await submissions.get_stream_chunk_segments(KEY),
        [StreamChunkSegment(0, "first"), StreamChunkSegment(far, "last")],
        "all chunks of the key",
    )


@verifies("CHUNK-03")
async def test_a_key_without_chunks_has_an_empty_list(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    expect.equal(await submissions.get_stream_chunk_segments(KEY), [], "an unknown key")

    await submissions.append_stream_chunk_segment(KEY, 0, BODY)
    expect.equal(await submissions.get_stream_chunk_segments(KEY[:-1]), [], "a prefix of a key")
    expect.equal(await submissions.get_stream_chunk_segments(""), [], "the empty key")


@verifies("CHUNK-04")
async def test_deleting_removes_every_chunk_of_the_key(
    submissions: AgentSubmissionStore, peer: Handle, expect: Expect
) -> None:
    for index in SCATTERED:
        await submissions.append_stream_chunk_segment(KEY, index, BODY)

    await submissions.delete_stream_chunk_segments(KEY)

    expect.equal(await submissions.get_stream_chunk_segments(KEY), [], "the chunks afterwards")
    expect.equal(await peer.submissions.get_stream_chunk_segments(KEY), [], "those for another")


@verifies("CHUNK-04")
async def test_deleting_leaves_the_chunks_of_alike_keys(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    for key in ALIKE_TEXTS:
        await submissions.append_stream_chunk_segment(key, 0, f"body of {key}")

    for key in ALIKE_TEXTS:
        expect.equal(
            await submissions.get_stream_chunk_segments(key),
            [StreamChunkSegment(0, f"body of {key}")],
            f"the chunks of {key!r} after the keys before it were deleted",
        )
        await submissions.delete_stream_chunk_segments(key)


@verifies("CHUNK-04")
async def test_deleting_an_unknown_key_changes_nothing(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    await submissions.append_stream_chunk_segment(KEY, 0, BODY)

    await submissions.delete_stream_chunk_segments("dispatch-2:turn-1:attempt-1")
    await submissions.delete_stream_chunk_segments("")

    expect.equal(
        await submissions.get_stream_chunk_segments(KEY),
        [StreamChunkSegment(0, BODY)],
        "the chunks of the other key",
    )


@verifies("CHUNK-04")
async def test_a_deleted_chunk_s_index_can_be_used_again(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    await submissions.append_stream_chunk_segment(KEY, 0, BODY)
    await submissions.append_stream_chunk_segment(KEY, 1, BODY)
    await submissions.delete_stream_chunk_segments(KEY)

    again = await submissions.append_stream_chunk_segment(KEY, 1, OTHER_BODY)

    expect.true(again, "an append after the deletion")
    expect.equal(
        await submissions.get_stream_chunk_segments(KEY),
        [StreamChunkSegment(1, OTHER_BODY)],
        "the chunks afterwards",
    )


@verifies("CHUNK-05")
async def test_bodies_come_back_as_they_were_given(
    submissions: AgentSubmissionStore, peer: Handle, expect: Expect
) -> None:
    # JSON that a store which parses bodies would write differently, and text that is none.
    bodies = (*AWKWARD_TEXTS, '{ "b" : 1.0, "a" : "\\u00e9", "a" : 1e2 }\n', "[1,", "0" * 1_000_000)
    for index, body in enumerate(bodies):
        await submissions.append_stream_chunk_segment(KEY, index, body)

    expect.equal(
        await peer.submissions.get_stream_chunk_segments(KEY),
        [StreamChunkSegment(index, body) for index, body in enumerate(bodies)],
        "the bodies",
    )


KEYS = count()


@verifies("CHUNK-05")
@examples(8)
@given(key=texts(), body=texts(200))
async def test_any_key_and_any_body_will_do(
    submissions: AgentSubmissionStore, expect: Expect, key: str, body: str
) -> None:
    key = f"{next(KEYS)}:{key}"
    expect.true(await submissions.append_stream_chunk_segment(key, 0, body), "a new chunk")

    expect.equal(
        await submissions.get_stream_chunk_segments(key),
        [StreamChunkSegment(0, body)],
        "the chunks of the key",
    )


@verifies("CHUNK-05")
async def test_chunks_make_no_submission_and_no_journal(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    expect.true(await submissions.append_stream_chunk_segment(KEY, 0, BODY), "without a submission")

    expect.none(await submissions.get_submission("dispatch-1"), "the submission that the key names")
    expect.none(await submissions.get_turn_journal("dispatch-1"), "its journal")
    expect.false(await submissions.has_unsettled_submissions(), "unsettled work")


@verifies("CHUNK-06")
async def test_indices_out_of_the_usual_range_are_kept_or_refused(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    for index in (-1, -(2**31)):
        chunk = StreamChunkSegment(index, BODY)
        await _expect_kept_or_refused(submissions, expect, chunk, "a negative index")
    for index in (2**31, MAX_INTEGER):
        chunk = StreamChunkSegment(index, BODY)
        await _expect_kept_or_refused(submissions, expect, chunk, "an index beyond 32 bits")


@verifies("CHUNK-06")
async def test_a_body_with_a_nul_is_kept_or_refused(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    for index, body in enumerate(("before\0after", "\0", "\0after"), start=1):
        chunk = StreamChunkSegment(index, body)
        await _expect_kept_or_refused(submissions, expect, chunk, "a body with a NUL")


async def _expect_kept_or_refused(
    submissions: AgentSubmissionStore, expect: Expect, chunk: StreamChunkSegment, what: str
) -> None:
    before = list(await submissions.get_stream_chunk_segments(KEY))
    appending = await attempted(
        partial(submissions.append_stream_chunk_segment, KEY, chunk.segment_index, chunk.body)
    )

    after = list(await submissions.get_stream_chunk_segments(KEY))
    expect.permitted(
        {
            "kept": appending.value is True
            and after == sorted([*before, chunk], key=lambda each: each.segment_index),
            "refused": not appending.value and after == before,
        },
        came_back=(appending.error or appending.value, after),
        about=what,
    )
