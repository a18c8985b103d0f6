"""Encoding: times, nulls and texts come back as they were given."""

from __future__ import annotations

import math
from functools import partial
from typing import Final

from hypothesis import given

from flue_conformance.backends import Planter
from flue_conformance.contract import (
    ABSENT,
    MAX_INTEGER,
    AdmittedSubmission,
    AgentSubmissionStore,
    DispatchConflict,
    JsonValue,
    ListRunsOpts,
    RetainedReceipt,
    RunPointer,
    RunRegistry,
    RunStore,
    SessionStore,
    StreamChunkSegment,
    SubmissionClaimRef,
    SubmissionDurability,
    SubmissionLease,
    TurnJournalUpdate,
    session_key,
)
from flue_conformance.specs.scenarios.acceptance_times import INSTANTS
from flue_conformance.specs.scenarios.admissions import as_stored
from flue_conformance.specs.scenarios.deleting import nothing
from flue_conformance.specs.scenarios.half_characters import HALF, REPLACED, uses
from flue_conformance.specs.scenarios.json_spellings import (
    DOCUMENT,
    ESCAPED,
    INDEXED,
    INDEXED_WRITTEN,
    NUMBERS,
    SAME_NUMBERS,
    TEXT,
    WRITTEN,
)
from flue_conformance.specs.scenarios.long_keys import long_key, long_session
from flue_conformance.specs.scenarios.malformed_rows import SUBMISSIONS
from flue_conformance.specs.scenarios.session_records import ALIKE_IDS, user_entry
from flue_conformance.specs.scenarios.steps import (
    begin_turn,
    queue,
    queue_and_start,
    queue_input,
    read,
    read_journal,
    start,
)
from flue_conformance.specs.scenarios.strategies import examples, texts
from flue_conformance.specs.scenarios.values import (
    ACCEPTED_AT,
    AWKWARD_TEXTS,
    attempt,
    create_run,
    direct_input,
    dispatch_input,
    end_run,
    event,
    fresh,
    owner,
    run_end,
    run_id,
    run_start,
    session_data,
    session_entries,
    turn,
)
from flue_conformance.specs.support.database import Handle
from flue_conformance.specs.support.expect import Expect
from flue_conformance.specs.support.racing import attempted
from flue_conformance.specs.support.verifies import verifies

KEY: Final = session_key("agent-1", "default")

# Control characters and those that no font has, and one that is two units in UTF-16.
IDS: Final = (*filter(None, AWKWARD_TEXTS), "\x01\x1f\x7f\x85", "\uffff\ufdd0\U0010ffff")

# Neither null nor absent, and still nothing to a careless test.
EMPTY_VALUES: Final[tuple[JsonValue, ...]] = (None, False, 0, "", [], {})

INTEGERS: Final = (1, 2**31 - 1, 2**31, 2**32 + 1, MAX_INTEGER - 1, MAX_INTEGER)

LONG: Final = "naïve 日本語 😀 " * 6000


@verifies("ENCODING-01")
async def test_instants_are_integers(submissions: AgentSubmissionStore, expect: Expect) -> None:
    running = await queue_and_start(submissions)
    await submissions.mark_submission_input_applied(running)
    await submissions.request_submission_recovery(running)
    await begin_turn(submissions)
    await submissions.update_turn_journal_phase(
        running, "provider_started", TurnJournalUpdate(stream_key="stream-1")
    )
    await submissions.mark_stream_consumed(running, "stream-1")
    found, journal = await read(submissions), await read_journal(submissions)

    instants = {
        "acceptedAt": found.accepted_at,
        "startedAt": found.started_at,
        "inputAppliedAt": found.input_applied_at,
        "recoveryRequestedAt": found.recovery_requested_at,
        "timeoutAt": found.timeout_at,
        "leaseExpiresAt": found.lease_expires_at,
        "a journal's createdAt": journal.created_at,
        "a journal's updatedAt": journal.updated_at,
        "a journal's streamConsumedAt": journal.stream_consumed_at,
    }
    for what, instant in instants.items():
        is_integer = isinstance(instant, int) and not isinstance(instant, bool)
        expect.that(is_integer, came_back=instant, expected="an integer", about=what)


@verifies("ENCODING-01")
async def test_acceptance_times_keep_their_spelling(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    for text in INSTANTS:
        dispatch = dispatch_input(fresh("dispatch"), acceptedAt=text)
        direct = direct_input(fresh("direct"), acceptedAt=text)
        admitted = await queue_input(submissions, dispatch)
        prompted = await submissions.admit_direct(direct)

        expect.equal(admitted.input["acceptedAt"], text, "the acceptance time of a dispatch")
        expect.equal(prompted.input["acceptedAt"], text, "the acceptance time of a direct prompt")
        found = await read(submissions, admitted.submission_id)
        expect.equal(found.input["acceptedAt"], text, "the acceptance time read afterwards")


@verifies("ENCODING-01")
async def test_times_of_a_session_keep_their_spelling(
    sessions: SessionStore, expect: Expect
) -> None:
    entry, *_ = session_entries()
    for text in INSTANTS:
        entries = [entry | {"timestamp": text}]
        saved = session_data(createdAt=text, updatedAt=text, entries=entries)
        await sessions.save(KEY, saved)

        expect.equal(await sessions.load(KEY), saved, f"a session with times spelled {text!r}")


@verifies("ENCODING-01")
async def test_times_of_a_run_keep_their_spelling(
    runs: RunStore, registry: RunRegistry, expect: Expect
) -> None:
    for number, text in enumerate(INSTANTS):
        run = run_id(number)
        await runs.create_run(create_run(run, started_at=text))
        await runs.end_run(end_run(run, ended_at=text))
        await registry.record_run_start(run_start(run, started_at=text))
        await registry.record_run_end(run_end(run, ended_at=text))

        for where, found in {
            "the run store": await runs.get_run(run),
            "the registry": await registry.lookup_run(run),
        }.items():
            times = found and (found.started_at, found.ended_at)
            expect.equal(times, (text, text), f"start and end of a run in {where}")


@verifies("ENCODING-02")
async def test_a_runs_payload_is_absent_null_or_a_value(runs: RunStore, expect: Expect) -> None:
    for number, payload in enumerate((ABSENT, *EMPTY_VALUES)):
        run = run_id(number)
        await runs.create_run(create_run(run, payload=payload))

        found = await runs.get_run(run)
        expect.equal(found and found.payload, payload, "the payload of an active run")
        await runs.end_run(end_run(run))
        found = await runs.get_run(run)
        expect.equal(found and found.payload, payload, "the payload of a run that ended")


@verifies("ENCODING-02")
async def test_a_runs_result_and_error_are_absent_null_or_values(
    runs: RunStore, expect: Expect
) -> None:
    endings: list[tuple[JsonValue, JsonValue]] = [(ABSENT, ABSENT)]
    endings += [(value, ABSENT) for value in EMPTY_VALUES]
    endings += [(ABSENT, value) for value in EMPTY_VALUES]
    endings += [(None, False), (False, None)]
    for number, (result, error) in enumerate(endings):
        run = run_id(number)
        await runs.create_run(create_run(run))
        await runs.end_run(end_run(run, result=result, error=error, is_error=bool(number % 2)))

        found = await runs.get_run(run)
        ending = found and [found.result, found.error]
        expect.equal(ending, [result, error], "result and error of a run")


@verifies("ENCODING-02")
async def test_a_journals_tool_request_is_absent_null_or_a_value(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    for number, request in enumerate((ABSENT, *EMPTY_VALUES)):
        name = f"dispatch-{number}"
        await queue_and_start(submissions, name, session=name)
        journal = await begin_turn(submissions, name, tool_request=request)
        expect.equal(journal.tool_request, request, "the tool request of a turn that began")

        await submissions.update_turn_journal_phase(attempt(name), "provider_started")
        journal = await read_journal(submissions, name)
        expect.equal(journal.tool_request, request, "the tool request after another update")


@verifies("ENCODING-03")
async def test_session_keys_are_compact_json(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    queued = await queue(submissions, id=TEXT, session=TEXT)

    key = f'agent-session:["{ESCAPED}","default","{ESCAPED}"]'
    expect.equal(queued.session_key, key, "a session key of names with all that is escaped")


@verifies("ENCODING-03")
async def test_the_order_of_members_tells_inputs_apart(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    await queue(submissions, input=DOCUMENT)

    other = dispatch_input(input=dict(reversed(DOCUMENT.items())))
    admission = await submissions.admit_dispatch(other)
    expect.equal(admission, DispatchConflict(), "the same members in another order")


@verifies("ENCODING-03")
async def test_stored_documents_are_compact_json_in_the_order_given(
    submissions: AgentSubmissionStore, planter: Planter, expect: Expect
) -> None:
    await queue_and_start(submissions, input=DOCUMENT)
    await begin_turn(submissions, tool_request=DOCUMENT)
    await submissions.admit_direct(direct_input(payload={"message": TEXT, "more": DOCUMENT}))

    dispatch = (
        '{"dispatchId":"dispatch-1","agent":"triage","id":"agent-1","session":"default",'
        f'"input":{WRITTEN},"acceptedAt":"{ACCEPTED_AT}",'
        '"kind":"dispatch","submissionId":"dispatch-1"}'
    )
    expect.equal(await _stored_payload(planter, "dispatch-1"), dispatch, "a stored dispatch")
    direct = (
        '{"kind":"direct","submissionId":"direct-1","agent":"triage","id":"agent-1",'
        f'"session":"default","payload":{{"message":"{ESCAPED}","more":{WRITTEN}}},'
        f'"acceptedAt":"{ACCEPTED_AT}"}}'
    )
    expect.equal(await _stored_payload(planter, "direct-1"), direct, "a stored direct prompt")
    journal, *_ = await planter.rows("flue_agent_turn_journals", submission_id="dispatch-1")
    expect.equal(journal["tool_request_json"], WRITTEN, "a stored tool request")


async def _stored_payload(planter: Planter, name: str) -> JsonValue:
    row, *_ = await planter.rows(SUBMISSIONS, submission_id=name)
    return row["payload"]


@verifies("ENCODING-04")
async def test_an_integer_and_a_float_of_one_value_are_one_number(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    for number, (integer, fractional) in enumerate(SAME_NUMBERS):
        name = f"dispatch-{number}"
        queued = await queue(submissions, name, input=[integer])
        replay = await submissions.admit_dispatch(dispatch_input(name, input=[fractional]))
        expect.equal(replay, AdmittedSubmission(queued), f"a dispatch of {integer}, replayed")

        name = f"direct-{number}"
        prompt = direct_input(name, payload={"message": "", "number": fractional})
        prompted = await submissions.admit_direct(prompt)
        again = direct_input(name, payload={"message": "", "number": integer})
        replayed = await submissions.admit_direct(again)
        expect.equal(replayed, prompted, f"a direct prompt of {fractional}, replayed")


@verifies("ENCODING-04")
async def test_numbers_that_are_not_finite_become_null_or_are_refused(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    for number in (math.nan, math.inf, -math.inf):
        name = f"dispatch of {number}"
        dispatching = await attempted(partial(queue, submissions, name, input=[number]))

        found = await submissions.get_submission(name)
        if dispatching.error:
            expect.none(found, f"the {name}, refused")
        else:
            null = as_stored(dispatch_input(name, input=[None]))
            expect.equal(found and found.input, null, f"the input of the {name}")


@verifies("ENCODING-04")
async def test_stored_numbers_are_written_as_javascript_writes_them(
    submissions: AgentSubmissionStore, planter: Planter, expect: Expect
) -> None:
    await queue(submissions, input=list(NUMBERS.values()))

    _, _, rest = str(await _stored_payload(planter, "dispatch-1")).partition('"input":[')
    stored, _, _ = rest.partition("]")
    expect.equal(stored.split(","), list(NUMBERS), "the numbers of a stored dispatch")


@verifies("ENCODING-04")
async def test_members_named_by_array_indices_come_first(
    submissions: AgentSubmissionStore, planter: Planter, expect: Expect
) -> None:
    queued = await queue(submissions, input=INDEXED)
    stored = str(await _stored_payload(planter, "dispatch-1"))
    expect.that(
        f'"input":{INDEXED_WRITTEN},' in stored,
        came_back=stored,
        expected=f'… "input":{INDEXED_WRITTEN}, …',
        about="a stored input with members named by array indices",
    )

    indices = {name: INDEXED[name] for name in ("9", "0", "b", "a", "10", "01")}
    replay = await submissions.admit_dispatch(dispatch_input(input=indices))
    expect.equal(replay, AdmittedSubmission(queued), "the same, indices in another place")


@verifies("ENCODING-05")
async def test_session_ids_come_back(sessions: SessionStore, expect: Expect) -> None:
    for name in IDS:
        await sessions.save(name, session_data(affinityKey=f"of {name}"))
    for name in IDS:
        saved = session_data(affinityKey=f"of {name}")
        expect.equal(await sessions.load(name), saved, f"the session {name!r}")


@verifies("ENCODING-05")
async def test_ids_of_entries_come_back(sessions: SessionStore, expect: Expect) -> None:
    entries = [user_entry(name) for name in dict.fromkeys([*IDS, *ALIKE_IDS])]
    for order in (entries, entries[::-1], entries[::2]):
        saved = session_data(entries=order)
        await sessions.save(KEY, saved)

        expect.equal(await sessions.load(KEY), saved, "entries whose ids are awkward or look alike")


@verifies("ENCODING-05")
async def test_dispatch_ids_come_back(submissions: AgentSubmissionStore, expect: Expect) -> None:
    for name in IDS:
        await _settle_dispatch(submissions, expect, name)
    await submissions.delete_session(KEY, nothing)
    for name in IDS:
        await _expect_receipt(submissions, expect, name)


async def _settle_dispatch(submissions: AgentSubmissionStore, expect: Expect, name: str) -> None:
    """Take a dispatch through its life, with `name` for all ids."""
    admitted = await queue(submissions, name)
    expect.equal(admitted.submission_id, name, "the id of a dispatch")
    expect.equal(await read(submissions, name), admitted, f"the dispatch {name!r}")
    replayed = await submissions.admit_dispatch(dispatch_input(name))
    expect.equal(replayed, AdmittedSubmission(admitted), f"a replay of {name!r}")

    await start(submissions, name, name, owner_id=name)
    await submissions.renew_leases(name, [name])
    running = await read(submissions, name)
    ids = (running.submission_id, running.attempt_id, running.owner_id)
    expect.equal(ids, (name, name, name), "submission, attempt and owner")
    done = await submissions.complete_submission(attempt(name, name))
    expect.true(done, f"completion of {name!r} by the attempt {name!r}")


async def _expect_receipt(submissions: AgentSubmissionStore, expect: Expect, name: str) -> None:
    admission = await submissions.admit_dispatch(dispatch_input(name))
    receipt = admission.receipt if isinstance(admission, RetainedReceipt) else None
    found = receipt and receipt.submission_id
    expect.equal(found, name, f"the receipt of the deleted dispatch {name!r}")


@verifies("ENCODING-05")
async def test_direct_ids_come_back(submissions: AgentSubmissionStore, expect: Expect) -> None:
    for name in IDS:
        admitted = await submissions.admit_direct(direct_input(name))

        expect.equal(admitted.submission_id, name, "the id of a direct prompt")
        expect.equal(await read(submissions, name), admitted, f"the direct prompt {name!r}")
        replayed = await submissions.admit_direct(direct_input(name))
        expect.equal(replayed, admitted, f"a replay of {name!r}")


@verifies("ENCODING-05")
async def test_ids_in_a_journal_come_back(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    for name in IDS:
        await _keep_journal(submissions, expect, name)


async def _keep_journal(submissions: AgentSubmissionStore, expect: Expect, name: str) -> None:
    """Keep a journal from beginning to commit, with `name` for all ids."""
    key = session_key("agent-1", name)
    await queue(submissions, name, session=name)
    await start(submissions, name, name)
    begun = turn(
        name, name, session_key=key, operation_id=name, turn_id=name, checkpoint_leaf_id=name
    )
    await submissions.begin_turn_journal(begun)
    ref = attempt(name, name)
    await submissions.update_turn_journal_phase(
        ref, "provider_started", TurnJournalUpdate(stream_key=name)
    )
    consumed = await submissions.mark_stream_consumed(ref, name)
    expect.true(consumed, f"consumption of the stream {name!r} by its attempt")
    await submissions.commit_turn_journal(ref, name)

    journal = await read_journal(submissions, name)
    ids = {
        "submissionId": journal.submission_id,
        "sessionKey": journal.session_key,
        "attemptId": journal.attempt_id,
        "operationId": journal.operation_id,
        "turnId": journal.turn_id,
        "checkpointLeafId": journal.checkpoint_leaf_id,
        "streamKey": journal.stream_key,
        "committedLeafId": journal.committed_leaf_id,
    }
    expected = dict.fromkeys(ids, name) | {"sessionKey": key}
    expect.equal(ids, expected, "the ids in a journal")


@verifies("ENCODING-05")
async def test_keys_and_bodies_of_chunks_come_back(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    for name in IDS:
        await submissions.append_stream_chunk_segment(name, 0, name)
        await submissions.append_stream_chunk_segment(name, 1, LONG)

        chunks = await submissions.get_stream_chunk_segments(name)
        expected = [StreamChunkSegment(0, name), StreamChunkSegment(1, LONG)]
        expect.equal(chunks, expected, f"the chunks of {name!r}")


@verifies("ENCODING-05")
async def test_error_texts_come_back(submissions: AgentSubmissionStore, expect: Expect) -> None:
    for number, text in enumerate((*IDS, LONG)):
        failing = await queue_and_start(submissions, f"dispatch-{number}")
        await submissions.fail_submission(failing, RuntimeError(text))

        found = await read(submissions, failing.submission_id)
        expect.equal(found.error, text, "the error of a failed submission")


@verifies("ENCODING-05")
async def test_run_ids_and_workflow_names_come_back(
    runs: RunStore, registry: RunRegistry, expect: Expect
) -> None:
    for name in IDS:
        await _record_run(runs, registry, expect, name)


async def _record_run(runs: RunStore, registry: RunRegistry, expect: Expect, name: str) -> None:
    """Record a run whose id and workflow are `name`."""
    await runs.create_run(create_run(name, workflow=name))
    await registry.record_run_start(run_start(name, workflow=name))

    found = await runs.get_run(name)
    run = found and (found.run_id, found.owner)
    expect.equal(run, (name, owner(name, name)), f"the run {name!r}")
    pointer = await registry.lookup_run(name)
    made = run_start(name, workflow=name)
    expected = RunPointer(name, made.owner, "active", made.started_at)
    expect.equal(pointer, expected, f"the registered run {name!r}")
    listed = await registry.list_runs(ListRunsOpts(workflow_name=name))
    expect.equal(listed.runs, [expected], f"the runs of the workflow {name!r}")


@verifies("ENCODING-05")
async def test_ids_of_events_come_back(handle: Handle, expect: Expect) -> None:
    for name in IDS:
        await _append_event(handle, expect, name)


async def _append_event(handle: Handle, expect: Expect, name: str) -> None:
    """Append an event to the run or the stream `name`, whichever the edition has."""
    if handle.stores.run_events is not None:
        await handle.runs.create_run(create_run(name))
        await handle.run_events.append_event(name, event(name, 0))

        events = await handle.run_events.get_events(name)
        expect.equal(events, [event(name, 0)], f"the events of the run {name!r}")
    if handle.stores.event_streams is not None:
        await handle.streams.create_stream(name)
        await handle.streams.append_event(name, {"of": name})

        page = await handle.streams.read_events(name)
        data = [each.data for each in page.events]
        expect.equal(data, [{"of": name}], f"the events of the stream {name!r}")


@verifies("ENCODING-05")
@examples(6)
@given(text=texts())
async def test_any_text_comes_back_from_every_column(
    handle: Handle, expect: Expect, text: str
) -> None:
    # Beginning and end stay as drawn: that is where texts get trimmed.
    name = f"{text}{fresh('-')}{text}"
    saved = session_data(affinityKey=name)
    await handle.sessions.save(name, saved)
    expect.equal(await handle.sessions.load(name), saved, f"the session {name!r}")

    submissions = handle.submissions
    await _settle_dispatch(submissions, expect, name)
    await submissions.delete_session(KEY, nothing)
    await _expect_receipt(submissions, expect, name)
    await _keep_journal(submissions, expect, f"{name} ")
    await submissions.append_stream_chunk_segment(name, 0, text)
    chunks = await submissions.get_stream_chunk_segments(name)
    expect.equal(chunks, [StreamChunkSegment(0, text)], f"the chunks of {name!r}")
    await submissions.fail_submission(attempt(f"{name} ", f"{name} "), RuntimeError(name))
    failed = await read(submissions, f"{name} ")
    expect.equal(failed.error, name, "the error of a failed submission")
    await _record_run(handle.runs, handle.registry, expect, name)
    await _append_event(handle, expect, f" {name}")


@verifies("ENCODING-06")
async def test_unpaired_surrogates_are_replaced_refused_or_kept(
    handle: Handle, expect: Expect
) -> None:
    for what, use in (await uses(handle)).items():
        storing = await attempted(use.store)

        stored = await use.stored()
        expect.permitted(
            {
                "replaced by U+FFFD": storing.error is None and stored == REPLACED,
                "refused": storing.error is not None and stored is None,
                # Who loses nothing makes no use of what the rule permits.
                "kept": storing.error is None and stored == HALF,
            },
            came_back=storing.error or stored,
            about=f"an unpaired surrogate in {what}",
        )


@verifies("ENCODING-07")
async def test_leases_keep_their_integers(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    for number, instant in enumerate(INTEGERS):
        name = f"dispatch-{number}"
        await queue(submissions, name, session=name)
        claimed = await submissions.claim_submission(
            SubmissionClaimRef(name, "attempt-1", "owner-1", instant)
        )
        expect.equal(claimed and claimed.lease_expires_at, instant, "the lease of a claim")
        found = await read(submissions, name)
        expect.equal(found.lease_expires_at, instant, "the lease read afterwards")

        await submissions.replace_turn_journal_attempt(
            attempt(name), "attempt-2", SubmissionLease("owner-2", instant - 1)
        )
        found = await read(submissions, name)
        expect.equal(found.lease_expires_at, instant - 1, "the lease after a replacement")


@verifies("ENCODING-07")
async def test_timeouts_keep_their_integers(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    for number, instant in enumerate((0, *INTEGERS)):
        name = f"dispatch-{number}"
        running = await queue_and_start(submissions, name, session=name)
        await submissions.mark_submission_input_applied(running, SubmissionDurability(3, instant))

        found = await read(submissions, name)
        expect.equal(found.timeout_at, instant, "the timeout of a submission")


@verifies("ENCODING-08")
async def test_keys_of_a_kibibyte_work_everywhere(handle: Handle, expect: Expect) -> None:
    # Alike but for the end, which a store that cuts keys short would lose.
    for ending in "12":
        name = long_key(ending)
        await handle.sessions.save(name, session_data(affinityKey=name))
        await _settle_dispatch(handle.submissions, expect, name)
        await _keep_journal(handle.submissions, expect, long_session(ending))
        await handle.submissions.append_stream_chunk_segment(name, 0, name)
        await _record_run(handle.runs, handle.registry, expect, name)
        await _append_event(handle, expect, long_key(f"event {ending}"))
    await handle.submissions.delete_session(KEY, nothing)

    for name in (long_key("1"), long_key("2")):
        saved = session_data(affinityKey=name)
        expect.equal(await handle.sessions.load(name), saved, "a session with a long id")
        chunks = await handle.submissions.get_stream_chunk_segments(name)
        expect.equal(chunks, [StreamChunkSegment(0, name)], "the chunks of a long key")
        await _expect_receipt(handle.submissions, expect, name)
