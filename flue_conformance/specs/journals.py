"""Journals: how far a submission's turn came, and who may take it further."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from functools import partial
from itertools import count, product
from typing import Any, Final

from hypothesis import given

from flue_conformance.contract import (
    ABSENT,
    MAX_INTEGER,
    AgentSubmission,
    AgentSubmissionStore,
    AgentTurnJournal,
    CreateTurnJournalInput,
    JsonValue,
    SubmissionAttemptRef,
    SubmissionDurability,
    SubmissionLease,
    TurnJournalUpdate,
    TurnPhase,
    session_key,
)
from flue_conformance.specs.scenarios.attempt_races import (
    race_replacements,
    race_replacements_with_endings,
)
from flue_conformance.specs.scenarios.clock import clock_moves_on, clock_ticks
from flue_conformance.specs.scenarios.fencing import JOURNAL_CALLS, SUBMISSION_CALLS
from flue_conformance.specs.scenarios.interrupting import cancelled_after
from flue_conformance.specs.scenarios.journal_steps import (
    FULL_UPDATE,
    STREAM_KEY,
    TOOL_REQUEST,
    consumed_journal,
    expect_begun,
    expect_changed,
    streaming_journal,
)
from flue_conformance.specs.scenarios.steps import (
    State,
    begin_turn,
    queue,
    queue_and_settle,
    queue_and_start,
    read,
    read_journal,
    start,
    stored,
)
from flue_conformance.specs.scenarios.strategies import examples, json_values
from flue_conformance.specs.scenarios.suspensions import cancelled_at
from flue_conformance.specs.scenarios.takeovers import (
    attempts,
    journal_once_submission_moved,
    submission_once_journal_moved,
    updates_until,
)
from flue_conformance.specs.scenarios.values import (
    ALIKE_TEXTS,
    AWKWARD_TEXTS,
    attempt,
    direct_input,
    image,
    now,
    turn,
)
from flue_conformance.specs.support.database import Handle
from flue_conformance.specs.support.expect import Expect
from flue_conformance.specs.support.limits import Limits
from flue_conformance.specs.support.racing import (
    ROUNDS,
    attempted,
    only_winner,
    outlasting,
    together,
)
from flue_conformance.specs.support.verifies import verifies

SUSPENSIONS = 30
"""At how many of the places where a call waits it is cut off, at most."""
OPEN_PHASES: Final[tuple[TurnPhase, ...]] = (
    "before_provider",
    "provider_started",
    "tool_request_recorded",
)


@verifies("JOURNAL-01")
async def test_there_is_no_journal_before_a_turn_begins(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    expect.none(await submissions.get_turn_journal("nobody"), "the journal of an unknown id")
    await queue(submissions)
    expect.none(await submissions.get_turn_journal("dispatch-1"), "that of a queued submission")
    await start(submissions)
    expect.none(await submissions.get_turn_journal("dispatch-1"), "that of a running one")
    await submissions.complete_submission(attempt())
    expect.none(await submissions.get_turn_journal("dispatch-1"), "that of a settled one")


@verifies("JOURNAL-01")
async def test_the_journal_of_an_alike_id_is_another_s(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    name, *alike = ALIKE_TEXTS
    await queue_and_start(submissions, name)
    await begin_turn(submissions, name)

    for other in (*alike, ""):
        expect.none(await submissions.get_turn_journal(other), f"the journal of {other!r}")


@verifies("JOURNAL-02")
async def test_a_first_turn_begins_a_journal(
    submissions: AgentSubmissionStore, peer: Handle, expect: Expect
) -> None:
    for phase in OPEN_PHASES:
        await queue_and_start(submissions, phase, session=phase)
        given_turn = turn(phase, phase=phase, session_key=session_key("agent-1", phase))

        since = now()
        begun = await submissions.begin_turn_journal(given_turn)
        until = now()

        expect.true(begun, "the first begin")
        journal = await read_journal(peer.submissions, phase)
        expect.near(journal.created_at, since, until, "the creation")
        expect.equal(journal.updated_at, journal.created_at, "the update, beside the creation")
        expect_begun(expect, journal, given_turn, revision=1)


@verifies("JOURNAL-02")
async def test_a_journal_begins_with_what_it_was_given(
    submissions: AgentSubmissionStore, peer: Handle, expect: Expect
) -> None:
    prompt = await submissions.admit_direct(direct_input("prompt", session="ä \u2028"))
    await start(submissions, "prompt")
    given_turn = turn(
        "prompt",
        session_key=prompt.session_key,
        kind="direct",
        operation_id="Operation-é",
        turn_id="turn:1",
        phase="tool_request_recorded",
        checkpoint_leaf_id="0000000a",
        tool_request=TOOL_REQUEST,
    )

    await submissions.begin_turn_journal(given_turn)

    journal = await read_journal(peer.submissions, "prompt")
    expect_begun(expect, journal, given_turn, revision=1)


@verifies("JOURNAL-02")
async def test_a_journal_s_ids_may_be_any_text(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    for number, text in enumerate((*AWKWARD_TEXTS, *ALIKE_TEXTS)):
        name = f"dispatch-{number}"
        # An attempt without a name would be none.
        mine = text or "attempt-1"
        queued = await queue(submissions, name, session=name)
        await start(submissions, name, mine)
        given_turn = turn(
            name,
            mine,
            session_key=queued.session_key,
            operation_id=text,
            turn_id=text,
            checkpoint_leaf_id=text,
            tool_request=text,
        )

        await submissions.begin_turn_journal(given_turn)

        expect_begun(expect, await read_journal(submissions, name), given_turn, revision=1)


NAMES = count()


@verifies("JOURNAL-02")
@examples(8)
@given(request=json_values())
async def test_a_tool_request_may_be_any_json(
    submissions: AgentSubmissionStore, expect: Expect, request: JsonValue
) -> None:
    name = f"dispatch-{next(NAMES)}"
    await queue_and_start(submissions, name, session=name)

    journal = await begin_turn(submissions, name, tool_request=request)

    expect.equal(journal.tool_request, request, "the tool request")


@verifies("JOURNAL-03")
async def test_a_further_turn_replaces_an_open_journal(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    mine = await queue_and_start(submissions)
    before = await consumed_journal(submissions, mine)
    further = turn(operation_id="operation-2", turn_id="turn-2")

    begun = await submissions.begin_turn_journal(further)

    expect.true(begun, "a further begin")
    journal = await read_journal(submissions)
    expect_begun(expect, journal, further, revision=before.revision + 1)


@verifies("JOURNAL-03")
async def test_a_further_turn_replaces_a_committed_journal(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    mine = await queue_and_start(submissions)
    await consumed_journal(submissions, mine)
    await submissions.commit_turn_journal(mine, "0000000a")
    before = await read_journal(submissions)
    further = turn(turn_id="turn-2", phase="provider_started")

    begun = await submissions.begin_turn_journal(further)

    expect.true(begun, "a further begin")
    journal = await read_journal(submissions)
    expect_begun(expect, journal, further, revision=before.revision + 1)
    expect.true(
        await submissions.update_turn_journal_phase(mine, "before_provider"),
        "an update of the new turn",
    )


@verifies("JOURNAL-03")
async def test_a_further_turn_brings_its_own_checkpoint_and_tool_request(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    mine = await queue_and_start(submissions)
    before = await consumed_journal(submissions, mine)
    further = turn(checkpoint_leaf_id="", tool_request={"toolCalls": []})

    await submissions.begin_turn_journal(further)

    journal = await read_journal(submissions)
    expect_begun(expect, journal, further, revision=before.revision + 1)


@verifies("JOURNAL-03")
async def test_the_next_attempt_s_turn_replaces_the_journal(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    mine = await queue_and_start(submissions)
    await consumed_journal(submissions, mine)
    await submissions.replace_turn_journal_attempt(mine, "attempt-2")
    before = await read_journal(submissions)
    further = turn(attempt_id="attempt-2", turn_id="turn-2")

    begun = await submissions.begin_turn_journal(further)

    expect.true(begun, "the next attempt's begin")
    journal = await read_journal(submissions)
    expect_begun(expect, journal, further, revision=before.revision + 1)


@verifies("JOURNAL-03")
async def test_a_turn_after_a_requeue_replaces_the_journal(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    mine = await queue_and_start(submissions)
    before = await consumed_journal(submissions, mine)
    await submissions.requeue_submission_before_input_applied(mine)
    await start(submissions, attempt_id="attempt-2")
    further = turn(attempt_id="attempt-2", turn_id="turn-2")

    begun = await submissions.begin_turn_journal(further)

    expect.true(begun, "a begin by the next attempt")
    journal = await read_journal(submissions)
    expect_begun(expect, journal, further, revision=before.revision + 1)


@verifies("JOURNAL-03")
async def test_revisions_go_on_counting_over_many_turns(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    mine = await queue_and_start(submissions)
    revision = (await begin_turn(submissions)).revision

    for number in range(2, 14):
        journal = await begin_turn(submissions, turn_id=f"turn-{number}")
        expect.equal(journal.revision, revision + 1, f"the revision of turn {number}")
        await submissions.commit_turn_journal(mine, "0000000a")
        revision = journal.revision + 1


@verifies("JOURNAL-04")
async def test_a_further_turn_keeps_when_and_for_whom_the_journal_began(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    mine = await queue_and_start(submissions)
    first = await begin_turn(submissions)
    await clock_ticks()

    await begin_turn(submissions, turn_id="turn-2")
    _expect_beginning_kept(expect, await read_journal(submissions), first)
    await submissions.commit_turn_journal(mine, "0000000a")
    await begin_turn(submissions, turn_id="turn-3")
    _expect_beginning_kept(expect, await read_journal(submissions), first)
    # A stricter store may refuse a turn that is not the submission's.
    strange = turn(session_key=session_key("agent-1", "other"), kind="direct")
    await attempted(partial(submissions.begin_turn_journal, strange))
    _expect_beginning_kept(expect, await read_journal(submissions), first)


def _expect_beginning_kept(
    expect: Expect, journal: AgentTurnJournal, first: AgentTurnJournal
) -> None:
    kept = (journal.created_at, journal.session_key, journal.kind)
    began = (first.created_at, first.session_key, first.kind)
    expect.equal(kept, began, "creation, session key and kind of the journal")


@verifies("JOURNAL-05")
async def test_a_turn_that_nobody_owns_begins_or_is_refused(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    await queue(submissions, "queued", session="queued")
    await queue_and_settle(submissions, "settled", session="settled")
    requeued = await queue_and_start(submissions, "requeued", session="requeued")
    await submissions.requeue_submission_before_input_applied(requeued)

    for name in ("unknown", "queued", "settled", "requeued"):
        late = turn(name, turn_id="late", session_key=session_key("agent-1", name))
        about = f"a turn whose submission is {name}"
        await _expect_begun_or_refused(submissions, expect, late, about)


@verifies("JOURNAL-05")
async def test_a_turn_of_a_replaced_attempt_begins_or_is_refused(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    mine = await queue_and_start(submissions)
    await submissions.replace_turn_journal_attempt(mine, "attempt-2")
    await begin_turn(submissions, attempt_id="attempt-2")

    late = turn(turn_id="late")
    await _expect_begun_or_refused(submissions, expect, late, "a turn of an attempt replaced")


async def _expect_begun_or_refused(
    submissions: AgentSubmissionStore, expect: Expect, late: CreateTurnJournalInput, about: str
) -> None:
    before = await submissions.get_turn_journal(late.submission_id)
    begun = await submissions.begin_turn_journal(late)
    journal = await submissions.get_turn_journal(late.submission_id)

    named = journal and (journal.attempt_id, journal.turn_id)
    expect.permitted(
        {
            "begins": begun and named == (late.attempt_id, late.turn_id),
            "is refused": not begun and journal == before,
        },
        came_back=(begun, journal),
        about=about,
    )


@verifies("JOURNAL-06")
async def test_without_a_journal_there_is_nothing_to_update(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    await queue_and_start(submissions)

    for name in ("dispatch-1", "nobody"):
        for options in (None, FULL_UPDATE):
            updated = await submissions.update_turn_journal_phase(
                attempt(name), "provider_started", options
            )
            expect.false(updated, f"an update without a journal, with options {options}")
        expect.none(await submissions.get_turn_journal(name), "the journal afterwards")


@verifies("JOURNAL-06")
async def test_an_update_by_another_attempt_is_refused(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    mine, *alike = ALIKE_TEXTS
    await queue_and_start(submissions, attempt_id=mine)
    before = await begin_turn(submissions, attempt_id=mine)

    for other in (*alike, ""):
        updated = await submissions.update_turn_journal_phase(
            attempt(attempt_id=other), "provider_started", FULL_UPDATE
        )
        expect.false(updated, f"an update by {other!r} instead of {mine!r}")
    expect.equal(await read_journal(submissions), before, "the journal afterwards")


@verifies("JOURNAL-06")
async def test_an_update_of_a_committed_journal_is_refused(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    mine = await queue_and_start(submissions)
    await begin_turn(submissions)
    await submissions.commit_turn_journal(mine, "0000000a")
    before = await read_journal(submissions)

    for phase in OPEN_PHASES:
        updated = await submissions.update_turn_journal_phase(mine, phase, FULL_UPDATE)
        expect.false(updated, f"an update to {phase} after the commit")
    expect.equal(await read_journal(submissions), before, "the journal afterwards")


@verifies("JOURNAL-06")
async def test_an_update_does_not_ask_whether_the_submission_is_running(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    requeued = await queue_and_start(submissions, "requeued", session="one")
    completed = await queue_and_start(submissions, "completed", session="two")
    failed = await queue_and_start(submissions, "failed", session="three")
    for mine in (requeued, completed, failed):
        await begin_turn(submissions, mine.submission_id)
    await submissions.requeue_submission_before_input_applied(requeued)
    await submissions.complete_submission(completed)
    await submissions.fail_submission(failed, RuntimeError("refused"))

    for mine in (requeued, completed, failed):
        updated = await submissions.update_turn_journal_phase(mine, "provider_started")
        expect.true(updated, f"an update of the {mine.submission_id} submission's journal")


@verifies("JOURNAL-07")
async def test_an_update_sets_any_phase_from_any_other(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    mine = await queue_and_start(submissions)
    before = await begin_turn(submissions)

    for first, then in product(OPEN_PHASES, repeat=2):
        for phase in (first, then):
            updated = await submissions.update_turn_journal_phase(mine, phase)
            expect.true(updated, f"an update to {phase}")
            journal = await read_journal(submissions)
            expect_changed(expect, journal, before, phase=phase)
            before = journal


@verifies("JOURNAL-07")
async def test_an_update_renews_the_time_of_the_last_one(
    submissions: AgentSubmissionStore, peer: Handle, expect: Expect
) -> None:
    mine = await queue_and_start(submissions)
    before = await begin_turn(submissions)
    await clock_moves_on()

    since = now()
    await submissions.update_turn_journal_phase(mine, before.phase)
    until = now()

    journal = await read_journal(peer.submissions)
    expect.near(journal.updated_at, since, until, "the update")
    expect.later(journal.updated_at, before.updated_at, "the update")
    expect.equal(journal.created_at, before.created_at, "the creation")


@verifies("JOURNAL-07")
async def test_an_option_that_is_left_out_leaves_its_member(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    mine = await queue_and_start(submissions)
    before = await consumed_journal(submissions, mine)

    for options in (None, TurnJournalUpdate()):
        await submissions.update_turn_journal_phase(mine, "before_provider", options)

        journal = await read_journal(submissions)
        expect_changed(expect, journal, before, phase="before_provider")
        before = journal


@verifies("JOURNAL-07")
async def test_each_option_replaces_its_member_alone(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    mine = await queue_and_start(submissions)
    before = await begin_turn(submissions)
    # Each member is first set, then replaced, at last by a value that is easily taken for none.
    changes: list[dict[str, Any]] = [
        {"checkpoint_leaf_id": "00000002"},
        {"tool_request": TOOL_REQUEST},
        {"stream_key": STREAM_KEY},
        {"checkpoint_leaf_id": "0000000c"},
        {"tool_request": {"toolCalls": []}},
        {"stream_key": "dispatch-1:turn-2:attempt-1"},
        {"checkpoint_leaf_id": "00000002", "stream_key": "é\u0301"},
        {"tool_request": []},
        {"tool_request": 0},
        {"tool_request": False},
        {"tool_request": ""},
        {"checkpoint_leaf_id": ""},
        {"stream_key": ""},
    ]

    for change in changes:
        options = TurnJournalUpdate(**change)
        updated = await submissions.update_turn_journal_phase(mine, before.phase, options)
        expect.true(updated, f"an update with {options}")
        journal = await read_journal(submissions)
        expect_changed(expect, journal, before, **change)
        before = journal


@verifies("JOURNAL-07")
@examples(8)
@given(request=json_values().filter(lambda value: value is not None))
async def test_an_update_takes_any_tool_request(
    submissions: AgentSubmissionStore, expect: Expect, request: JsonValue
) -> None:
    name = f"dispatch-{next(NAMES)}"
    mine = await queue_and_start(submissions, name, session=name)
    await begin_turn(submissions, name, tool_request=TOOL_REQUEST)

    await submissions.update_turn_journal_phase(
        mine, "tool_request_recorded", TurnJournalUpdate(tool_request=request)
    )

    journal = await read_journal(submissions, name)
    expect.equal(journal.tool_request, request, "the tool request")


@verifies("JOURNAL-08")
async def test_a_tool_request_that_is_null_is_not_one_left_out(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    mine = await queue_and_start(submissions)
    journal = await begin_turn(submissions)
    expect.equal(journal.tool_request, ABSENT, "the tool request of a turn begun without one")

    null = TurnJournalUpdate(tool_request=None)
    for options, kept in ((null, None), (FULL_UPDATE, TOOL_REQUEST), (null, None), (None, None)):
        await submissions.update_turn_journal_phase(mine, "tool_request_recorded", options)
        journal = await read_journal(submissions)
        expect.equal(journal.tool_request, kept, f"the tool request after {options}")

    journal = await begin_turn(submissions, turn_id="turn-2")
    expect.equal(journal.tool_request, ABSENT, "the tool request of a further turn without one")
    journal = await begin_turn(submissions, turn_id="turn-3", tool_request=None)
    expect.equal(journal.tool_request, None, "the tool request of a turn begun with null")


@verifies("JOURNAL-09")
async def test_a_commit_closes_the_journal_at_its_leaf(
    submissions: AgentSubmissionStore, peer: Handle, expect: Expect
) -> None:
    for number, leaf in enumerate(("0000000a", *AWKWARD_TEXTS)):
        name = f"dispatch-{number}"
        mine = await queue_and_start(submissions, name, session=name)
        before = await consumed_journal(submissions, mine)

        committed = await submissions.commit_turn_journal(mine, leaf)

        expect.true(committed, "the commit")
        journal = await read_journal(peer.submissions, name)
        expect_changed(
            expect, journal, before, phase="committed", committed=True, committed_leaf_id=leaf
        )


@verifies("JOURNAL-09")
async def test_a_commit_is_possible_in_every_phase(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    for phase in OPEN_PHASES:
        mine = await queue_and_start(submissions, phase, session=phase)
        before = await begin_turn(submissions, phase, phase=phase)

        expect.true(await submissions.commit_turn_journal(mine, "0000000a"), f"a commit in {phase}")
        expect_changed(
            expect,
            await read_journal(submissions, phase),
            before,
            phase="committed",
            committed=True,
            committed_leaf_id="0000000a",
        )


@verifies("JOURNAL-09")
async def test_without_a_journal_there_is_nothing_to_commit(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    await queue_and_start(submissions)

    for name in ("dispatch-1", "nobody"):
        committed = await submissions.commit_turn_journal(attempt(name), "0000000a")
        expect.false(committed, f"a commit without a journal: {name}")
        expect.none(await submissions.get_turn_journal(name), "the journal afterwards")


@verifies("JOURNAL-09")
async def test_a_commit_by_another_attempt_is_refused(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    mine, *alike = ALIKE_TEXTS
    await queue_and_start(submissions, attempt_id=mine)
    before = await begin_turn(submissions, attempt_id=mine)

    for other in (*alike, ""):
        committed = await submissions.commit_turn_journal(attempt(attempt_id=other), "0000000a")
        expect.false(committed, f"a commit by {other!r} instead of {mine!r}")
    expect.equal(await read_journal(submissions), before, "the journal afterwards")


@verifies("JOURNAL-09")
async def test_a_commit_does_not_ask_whether_the_submission_is_running(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    requeued = await queue_and_start(submissions, "requeued", session="one")
    completed = await queue_and_start(submissions, "completed", session="two")
    for mine in (requeued, completed):
        await begin_turn(submissions, mine.submission_id)
    await submissions.requeue_submission_before_input_applied(requeued)
    await submissions.complete_submission(completed)

    for mine in (requeued, completed):
        committed = await submissions.commit_turn_journal(mine, "0000000a")
        expect.true(committed, f"a commit of the {mine.submission_id} submission's journal")


@verifies("JOURNAL-10")
async def test_nothing_changes_a_commit(submissions: AgentSubmissionStore, expect: Expect) -> None:
    mine = await queue_and_start(submissions)
    await begin_turn(submissions)
    await submissions.update_turn_journal_phase(mine, "provider_started", FULL_UPDATE)
    await submissions.commit_turn_journal(mine, "0000000a")
    before = await read_journal(submissions)
    await clock_ticks()

    for what, call in JOURNAL_CALLS.items():
        expect.false(await call(submissions, mine), f"{what} after the commit")
    again = await submissions.commit_turn_journal(mine, "0000000a")
    expect.false(again, "the same commit again")
    expect.equal(await read_journal(submissions), before, "the journal afterwards")


@verifies("JOURNAL-10")
async def test_nothing_changes_a_commit_of_a_consumed_stream(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    mine = await queue_and_start(submissions)
    await consumed_journal(submissions, mine)
    await submissions.commit_turn_journal(mine, "")
    before = await read_journal(submissions)

    for what, call in JOURNAL_CALLS.items():
        expect.false(await call(submissions, mine), f"{what} after the commit")
    expect.equal(await read_journal(submissions), before, "the journal afterwards")


@verifies("JOURNAL-11")
async def test_consumption_is_stamped_and_changes_nothing_else(
    submissions: AgentSubmissionStore, peer: Handle, expect: Expect
) -> None:
    for number, key in enumerate(filter(None, (STREAM_KEY, *AWKWARD_TEXTS))):
        name = f"dispatch-{number}"
        mine = await queue_and_start(submissions, name, session=name)
        before = await streaming_journal(submissions, mine, key)

        since = now()
        consumed = await submissions.mark_stream_consumed(mine, key)
        until = now()

        expect.true(consumed, f"the first mark for {key!r}")
        journal = await read_journal(peer.submissions, name)
        expect.near(journal.stream_consumed_at, since, until, "the stamp")
        expect_changed(expect, journal, before, stream_consumed_at=journal.stream_consumed_at)


@verifies("JOURNAL-11")
async def test_consumption_is_stamped_once(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    mine = await queue_and_start(submissions)
    before = await consumed_journal(submissions, mine)
    await clock_ticks()

    for _ in range(2):
        expect.false(await submissions.mark_stream_consumed(mine, STREAM_KEY), "another mark")
    expect.equal(await read_journal(submissions), before, "the journal afterwards")


@verifies("JOURNAL-11")
async def test_one_of_racing_consumption_marks_counts(
    submissions: AgentSubmissionStore, handles: list[Handle], expect: Expect
) -> None:
    mine = await queue_and_start(submissions)
    for number in range(ROUNDS):
        await begin_turn(submissions, turn_id=f"turn-{number}")
        before = await streaming_journal(submissions, mine)

        racers = await together(
            [
                partial(handle.submissions.mark_stream_consumed, mine, STREAM_KEY)
                for handle in handles
            ]
        )

        only_winner(racers, bool, "marks that returned true")
        journal = await read_journal(submissions)
        expect.equal(journal.revision, before.revision + 1, "the revision after the race")


@verifies("JOURNAL-11")
async def test_consumption_of_another_stream_is_refused(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    key, *alike = ALIKE_TEXTS
    mine = await queue_and_start(submissions)
    before = await streaming_journal(submissions, mine, key)

    for other in (*alike, "", STREAM_KEY):
        consumed = await submissions.mark_stream_consumed(mine, other)
        expect.false(consumed, f"a mark for {other!r} instead of {key!r}")
    expect.equal(await read_journal(submissions), before, "the journal afterwards")


@verifies("JOURNAL-11")
async def test_consumption_of_an_earlier_stream_is_refused(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    mine = await queue_and_start(submissions)
    await streaming_journal(submissions, mine, "earlier")
    before = await streaming_journal(submissions, mine, "current")

    expect.false(await submissions.mark_stream_consumed(mine, "earlier"), "the earlier key")
    expect.equal(await read_journal(submissions), before, "the journal afterwards")


@verifies("JOURNAL-11")
async def test_a_journal_without_a_stream_has_nothing_to_consume(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    mine = await queue_and_start(submissions)
    expect.false(await submissions.mark_stream_consumed(mine, STREAM_KEY), "without a journal")
    expect.none(await submissions.get_turn_journal("dispatch-1"), "the journal afterwards")

    before = await begin_turn(submissions)
    for key in (STREAM_KEY, "", "NULL", "null"):
        expect.false(await submissions.mark_stream_consumed(mine, key), f"a mark for {key!r}")
    expect.equal(await read_journal(submissions), before, "the journal afterwards")


@verifies("JOURNAL-11")
async def test_consumption_by_another_attempt_is_refused(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    mine, *alike = ALIKE_TEXTS
    running = await queue_and_start(submissions, attempt_id=mine)
    before = await streaming_journal(submissions, running, STREAM_KEY)

    for other in (*alike, ""):
        consumed = await submissions.mark_stream_consumed(attempt(attempt_id=other), STREAM_KEY)
        expect.false(consumed, f"a mark by {other!r} instead of {mine!r}")
    expect.equal(await read_journal(submissions), before, "the journal afterwards")


@verifies("JOURNAL-11")
async def test_each_turn_s_stream_can_be_consumed(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    mine = await queue_and_start(submissions)
    await consumed_journal(submissions, mine)
    await begin_turn(submissions, turn_id="turn-2")
    before = await streaming_journal(submissions, mine)

    expect.true(await submissions.mark_stream_consumed(mine, STREAM_KEY), "the next turn's mark")

    journal = await read_journal(submissions)
    expect_changed(expect, journal, before, stream_consumed_at=journal.stream_consumed_at)


@verifies("JOURNAL-12")
async def test_a_journal_is_consumed_once_whatever_its_stream(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    mine = await queue_and_start(submissions)
    consumed = await consumed_journal(submissions, mine)
    before = await streaming_journal(submissions, mine, "another stream")
    expect.equal(before.stream_consumed_at, consumed.stream_consumed_at, "the stamp, kept")

    for key in ("another stream", STREAM_KEY):
        expect.false(await submissions.mark_stream_consumed(mine, key), f"a mark for {key!r}")
    expect.equal(await read_journal(submissions), before, "the journal afterwards")

    await begin_turn(submissions, turn_id="turn-2")
    await streaming_journal(submissions, mine, "another stream")
    marked = await submissions.mark_stream_consumed(mine, "another stream")
    expect.true(marked, "a mark for that stream in the next turn")


@verifies("JOURNAL-13")
async def test_a_replacement_gives_the_submission_its_next_attempt(
    submissions: AgentSubmissionStore, peer: Handle, expect: Expect
) -> None:
    mine = await queue_and_start(submissions)
    await submissions.mark_submission_input_applied(mine, SubmissionDurability(0, 0))
    await submissions.request_submission_recovery(mine)
    before = await read(submissions)
    await clock_moves_on()

    since = now()
    replaced = await submissions.replace_turn_journal_attempt(mine, "attempt-2")
    until = now()

    _expect_replaced(expect, replaced, before, "attempt-2", since=since, until=until)
    expect.later(replaced and replaced.started_at, before.started_at, "the start")
    expect.equal(await read(submissions), replaced, "the submission, read afterwards")
    expect.equal(await read(peer.submissions), replaced, "the submission, read by another")


@verifies("JOURNAL-13")
async def test_a_replacement_before_the_input_mark_keeps_the_claim_s_durability(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    images: list[Any] = [image("aGVq" * 5_000), image("")]
    payload = {"message": "Look.", "images": images}
    await submissions.admit_direct(direct_input("prompt", payload=payload))
    before = await start(submissions, "prompt", lease_ms=-60_000)
    await clock_moves_on()

    since = now()
    replaced = await submissions.replace_turn_journal_attempt(attempt("prompt"), "Försök-2")

    _expect_replaced(expect, replaced, before, "Försök-2", since=since, until=now())
    expect.later(replaced and replaced.started_at, before.started_at, "the start")
    expect.equal(await read(submissions, "prompt"), replaced, "the submission, read afterwards")


@verifies("JOURNAL-13")
async def test_attempts_are_counted_over_many_replacements(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    await queue(submissions)
    before = await start(submissions, attempt_id="attempt-1")

    for number in range(2, 14):
        since = now()
        replaced = await submissions.replace_turn_journal_attempt(
            attempt(attempt_id=f"attempt-{number - 1}"), f"attempt-{number}"
        )
        _expect_replaced(expect, replaced, before, f"attempt-{number}", since=since, until=now())
        before = await read(submissions)


@verifies("JOURNAL-14")
async def test_a_lease_given_with_a_replacement_is_stored(
    submissions: AgentSubmissionStore, peer: Handle, expect: Expect
) -> None:
    leases = (0, 1, -1, now() - 1, now() + 60_000, MAX_INTEGER, -MAX_INTEGER)
    owners = (*AWKWARD_TEXTS, *ALIKE_TEXTS)
    mine = await queue_and_start(submissions)

    for number, owner_id in enumerate(owners, start=2):
        lease = SubmissionLease(owner_id, leases[number % len(leases)])
        replaced = await submissions.replace_turn_journal_attempt(mine, f"attempt-{number}", lease)
        mine = attempt(attempt_id=f"attempt-{number}")

        for found in (replaced, await read(peer.submissions)):
            kept = found and (found.owner_id, found.lease_expires_at)
            expect.equal(kept, (lease.owner_id, lease.lease_expires_at), "owner and expiry")


@verifies("JOURNAL-14")
async def test_a_replacement_without_a_lease_keeps_owner_and_expiry(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    for lease_ms in (30_000, -60_000, -2 * now()):
        name = f"lease {lease_ms}"
        await queue(submissions, name, session=name)
        before = await start(submissions, name, owner_id="Ägare", lease_ms=lease_ms)

        await submissions.replace_turn_journal_attempt(attempt(name), "attempt-2")

        found = await read(submissions, name)
        expect.equal(found.owner_id, before.owner_id, "the owner afterwards")
        expect.equal(found.lease_expires_at, before.lease_expires_at, "the expiry afterwards")


@verifies("JOURNAL-15")
async def test_an_open_journal_moves_to_the_next_attempt(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    for phase in OPEN_PHASES:
        mine = await queue_and_start(submissions, phase, session=phase)
        await consumed_journal(submissions, mine)
        await submissions.update_turn_journal_phase(mine, phase)
        before = await read_journal(submissions, phase)

        await submissions.replace_turn_journal_attempt(mine, "attempt-2")

        journal = await read_journal(submissions, phase)
        expect_changed(expect, journal, before, attempt_id="attempt-2")


@verifies("JOURNAL-15")
async def test_a_journal_as_it_began_moves_to_the_next_attempt(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    mine = await queue_and_start(submissions)
    before = await begin_turn(submissions)
    lease = SubmissionLease("owner-2", now() + 30_000)

    await submissions.replace_turn_journal_attempt(mine, "attempt-2", lease)

    journal = await read_journal(submissions)
    expect_changed(expect, journal, before, attempt_id="attempt-2")


@verifies("JOURNAL-15")
async def test_the_next_attempt_goes_on_with_the_journal(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    mine = await queue_and_start(submissions)
    await streaming_journal(submissions, mine)
    await submissions.replace_turn_journal_attempt(mine, "attempt-2")

    taken = attempt(attempt_id="attempt-2")
    consumed = await submissions.mark_stream_consumed(taken, STREAM_KEY)
    expect.true(consumed, "the next attempt's consumption mark")
    updated = await submissions.update_turn_journal_phase(taken, "before_provider")
    expect.true(updated, "the next attempt's update")
    expect.true(await submissions.commit_turn_journal(taken, "0000000a"), "its commit")


@verifies("JOURNAL-15")
async def test_a_committed_journal_stays_with_its_attempt(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    mine = await queue_and_start(submissions)
    await streaming_journal(submissions, mine)
    await submissions.commit_turn_journal(mine, "0000000a")
    before = await read_journal(submissions)

    replaced = await submissions.replace_turn_journal_attempt(mine, "attempt-2")

    expect.equal(replaced and replaced.attempt_id, "attempt-2", "the submission's attempt")
    expect.equal(await read_journal(submissions), before, "the journal afterwards")


@verifies("JOURNAL-15")
async def test_a_journal_of_another_attempt_stays_with_it(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    # A requeue leaves the journal to the attempt that began it (LIFECYCLE-08).
    first = await queue_and_start(submissions)
    before = await streaming_journal(submissions, first, STREAM_KEY)
    await submissions.requeue_submission_before_input_applied(first)
    await start(submissions, attempt_id="attempt-2")

    replaced = await submissions.replace_turn_journal_attempt(
        attempt(attempt_id="attempt-2"), "attempt-3"
    )

    expect.equal(replaced and replaced.attempt_id, "attempt-3", "the submission's attempt")
    expect.equal(await read_journal(submissions), before, "the journal afterwards")


@verifies("JOURNAL-15")
async def test_submission_and_journal_move_in_one_step(
    submissions: AgentSubmissionStore, handles: list[Handle], expect: Expect
) -> None:
    replacer, updater, forward, backward = (handle.submissions for handle in handles)
    for number in range(ROUNDS):
        name = f"dispatch-{number}"
        mine = await queue_and_start(submissions, name, session=name)
        before = await begin_turn(submissions, name)
        moving = asyncio.create_task(
            outlasting(partial(replacer.replace_turn_journal_attempt, mine, "attempt-2"))
        )
        updates, *seen = await asyncio.gather(
            updates_until(moving, updater, mine),
            journal_once_submission_moved(moving, forward, name),
            submission_once_journal_moved(moving, backward, name),
        )
        await moving

        expect.equal(seen, ["attempt-2"] * 2, "each, read after the other was seen to have moved")
        journal = await read_journal(submissions, name)
        expect.equal(journal.attempt_id, "attempt-2", "the journal's attempt afterwards")
        if updates is not None:
            revision = before.revision + updates + 1
            expect.equal(journal.revision, revision, f"the revision after {updates} updates")


@verifies("JOURNAL-15")
async def test_a_cancelled_replacement_moves_both_or_neither(
    submissions: AgentSubmissionStore, limits: Limits, expect: Expect
) -> None:
    duration = 0.0
    for number in range(ROUNDS):
        name = f"dispatch-{number}"
        mine = await queue_and_start(submissions, name, session=name)
        await begin_turn(submissions, name)
        replacement = partial(submissions.replace_turn_journal_attempt, mine, "attempt-2")

        # The first ones show how long a replacement takes, the others are cut off on the way.
        if number < 2:
            began = time.monotonic()
            await replacement()
            duration = time.monotonic() - began
        else:
            await cancelled_after(replacement, duration * number / ROUNDS)

        await _expect_moved_together(submissions, limits, expect, name)


@verifies("JOURNAL-15")
async def test_a_replacement_cut_off_where_it_waits_moves_both_or_neither(
    submissions: AgentSubmissionStore, limits: Limits, expect: Expect
) -> None:
    # Repeatedly, because what was begun by then may end before the cancellation arrives.
    for suspension, again in product(range(1, SUSPENSIONS + 1), range(4)):
        name = f"dispatch-{suspension}-{again}"
        mine = await queue_and_start(submissions, name, session=name)
        await begin_turn(submissions, name)

        was_cut_off = await cancelled_at(
            partial(submissions.replace_turn_journal_attempt, mine, "attempt-2"), suspension
        )

        await _expect_moved_together(submissions, limits, expect, name)
        if not was_cut_off:
            break


@verifies("JOURNAL-16")
async def test_a_submission_without_a_journal_can_be_replaced(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    await queue(submissions)
    before = await start(submissions)

    since = now()
    replaced = await submissions.replace_turn_journal_attempt(attempt(), "attempt-2")

    _expect_replaced(expect, replaced, before, "attempt-2", since=since, until=now())
    expect.equal(await read(submissions), replaced, "the submission, read afterwards")
    expect.none(await submissions.get_turn_journal("dispatch-1"), "the journal afterwards")


@verifies("JOURNAL-17")
async def test_a_submission_that_is_not_running_cannot_be_replaced(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    await queue(submissions, "queued", session="one")
    requeued = await queue_and_start(submissions, "requeued", session="two")
    await begin_turn(submissions, "requeued")
    await submissions.requeue_submission_before_input_applied(requeued)
    settled = await queue_and_start(submissions, "settled", session="three")
    await begin_turn(submissions, "settled")
    await submissions.complete_submission(settled)
    await queue_and_settle(submissions, "without a journal", session="four")

    names = ("queued", "requeued", "settled", "without a journal", "nobody")
    await _expect_irreplaceable(submissions, expect, [attempt(name) for name in names])


@verifies("JOURNAL-17")
async def test_a_repeated_replacement_finds_the_attempt_gone(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    mine = await queue_and_start(submissions)
    await begin_turn(submissions)
    lease = SubmissionLease("owner-2", now() + 60_000)
    await submissions.replace_turn_journal_attempt(mine, "attempt-2", lease)
    before = await stored(submissions, "dispatch-1")

    again = await submissions.replace_turn_journal_attempt(mine, "attempt-2", lease)

    expect.none(again, "the same replacement again")
    expect.equal(await stored(submissions, "dispatch-1"), before, "submission and journal")


@verifies("JOURNAL-17")
async def test_another_attempt_cannot_be_replaced(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    mine, *alike = ALIKE_TEXTS
    await queue_and_start(submissions, attempt_id=mine)
    await begin_turn(submissions, attempt_id=mine)

    others = [attempt(attempt_id=other) for other in (*alike, "")]
    await _expect_irreplaceable(submissions, expect, others)


@verifies("JOURNAL-17")
async def test_an_attempt_at_an_alike_submission_cannot_be_replaced(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    name, *alike = ALIKE_TEXTS
    await queue_and_start(submissions, name)
    await begin_turn(submissions, name)
    before = await stored(submissions, name)

    await _expect_irreplaceable(submissions, expect, [attempt(other) for other in alike])
    expect.equal(await stored(submissions, name), before, f"{name!r} afterwards")


@verifies("JOURNAL-17")
async def test_one_of_racing_replacements_gets_the_submission(
    handles: list[Handle], expect: Expect
) -> None:
    await race_replacements(handles, expect, ROUNDS)


@verifies("JOURNAL-17")
async def test_of_a_replacement_and_an_ending_one_applies(handles: list[Handle]) -> None:
    await race_replacements_with_endings(handles, ROUNDS)


@verifies("JOURNAL-18")
async def test_a_spent_retry_budget_does_not_stop_a_replacement(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    for max_retry in (0, 1, 2):
        name = f"retries {max_retry}"
        mine = await queue_and_start(submissions, name, session=name)
        await submissions.mark_submission_input_applied(mine, SubmissionDurability(max_retry, 0))

        for number in range(2, 6):
            replaced = await submissions.replace_turn_journal_attempt(mine, f"attempt-{number}")
            expect.equal(
                replaced and replaced.attempt_count, number, f"the attempts, {max_retry} permitted"
            )
            mine = attempt(name, f"attempt-{number}")


@verifies("JOURNAL-18")
async def test_a_passed_timeout_does_not_stop_a_replacement(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    mine = await queue_and_start(submissions)
    await submissions.mark_submission_input_applied(mine, SubmissionDurability(10, now() - 60_000))

    replaced = await submissions.replace_turn_journal_attempt(mine, "attempt-2")

    expect.equal(replaced and replaced.attempt_id, "attempt-2", "the attempt after the timeout")


@verifies("JOURNAL-19")
async def test_a_replaced_attempt_cannot_move_the_submission(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    mine = await queue_and_start(submissions)
    await begin_turn(submissions)
    # The owner and its lease stay: the attempt alone is what changed.
    await submissions.replace_turn_journal_attempt(mine, "attempt-2")
    before = await stored(submissions, "dispatch-1")

    for what, call in SUBMISSION_CALLS.items():
        expect.false(await call(submissions, mine), f"{what} by the replaced attempt")
    expect.none(
        await submissions.replace_turn_journal_attempt(mine, "attempt-3"), "a second replacement"
    )
    expect.equal(await stored(submissions, "dispatch-1"), before, "submission and journal")


@verifies("JOURNAL-19")
async def test_a_replaced_attempt_cannot_write_the_journal(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    mine = await queue_and_start(submissions)
    await streaming_journal(submissions, mine)
    await submissions.mark_submission_input_applied(mine)
    await submissions.replace_turn_journal_attempt(
        mine, "attempt-2", SubmissionLease("owner-2", now() + 30_000)
    )
    before = await stored(submissions, "dispatch-1")

    for what, call in JOURNAL_CALLS.items():
        expect.false(await call(submissions, mine), f"{what} by the replaced attempt")
    expect.equal(await stored(submissions, "dispatch-1"), before, "submission and journal")


@verifies("JOURNAL-19")
async def test_a_replaced_attempt_cannot_write_the_next_one_s_turn(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    mine = await queue_and_start(submissions)
    await submissions.replace_turn_journal_attempt(mine, "attempt-2")
    taken = attempt(attempt_id="attempt-2")
    await begin_turn(submissions, attempt_id="attempt-2")
    await streaming_journal(submissions, taken, STREAM_KEY)
    before = await stored(submissions, "dispatch-1")

    for what, call in JOURNAL_CALLS.items():
        expect.false(await call(submissions, mine), f"{what} by the replaced attempt")
    expect.equal(await stored(submissions, "dispatch-1"), before, "submission and journal")


@verifies("JOURNAL-20")
async def test_journals_of_different_submissions_are_independent(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    # The same attempt, operation and turn everywhere: the submission alone tells journals apart.
    for name in ALIKE_TEXTS:
        await queue_and_start(submissions, name, session=name)
        await streaming_journal(submissions, attempt(name), STREAM_KEY)
    untouched = await stored(submissions, *ALIKE_TEXTS)
    moved: list[State] = []

    for name, before in zip(ALIKE_TEXTS, untouched, strict=True):
        expect.equal(await stored(submissions, name), [before], f"{name!r} before its own turn")
        await submissions.update_turn_journal_phase(attempt(name), "before_provider")
        await submissions.mark_stream_consumed(attempt(name), STREAM_KEY)
        await submissions.commit_turn_journal(attempt(name), "0000000a")
        await begin_turn(submissions, name, turn_id="turn-2")
        await submissions.replace_turn_journal_attempt(attempt(name), "attempt-2")
        moved += await stored(submissions, name)

    expect.equal(await stored(submissions, *ALIKE_TEXTS), moved, "all in the end")


@verifies("JOURNAL-20")
async def test_journals_of_one_session_are_independent(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    first = await queue_and_start(submissions, "first")
    await streaming_journal(submissions, first, STREAM_KEY)
    await submissions.complete_submission(first)
    before = await stored(submissions, "first")

    second = await queue_and_start(submissions, "second")
    expect.none(await submissions.get_turn_journal("second"), "the second one's journal at first")
    await consumed_journal(submissions, second)
    await submissions.commit_turn_journal(second, "0000000a")
    await submissions.fail_submission(second, RuntimeError("refused"))

    expect.equal(await stored(submissions, "first"), before, "the first one afterwards")


@verifies("JOURNAL-20")
async def test_a_submission_has_one_journal(
    submissions: AgentSubmissionStore, peer: Handle, expect: Expect
) -> None:
    await queue_and_start(submissions)
    for number in range(12):
        given_turn = turn(operation_id=f"operation-{number}", turn_id=f"turn-{number}")
        await submissions.begin_turn_journal(given_turn)

        for reader in (submissions, peer.submissions):
            journal = await read_journal(reader)
            expect.equal(journal.turn_id, given_turn.turn_id, "the turn of the one journal")


async def _expect_moved_together(
    submissions: AgentSubmissionStore, limits: Limits, expect: Expect, name: str
) -> None:
    moved = await attempts(submissions, name)
    # What its caller no longer waits for may have come between the looks at one and the other.
    for _ in range(2):
        if len(set(moved)) > 1:
            await asyncio.sleep(limits.poll)
            moved = await attempts(submissions, name)
    expect.equal(moved[0], moved[1], "the attempts of the submission and of its journal")


async def _expect_irreplaceable(
    submissions: AgentSubmissionStore, expect: Expect, attempts: list[SubmissionAttemptRef]
) -> None:
    lease = SubmissionLease("owner-2", now() + 60_000)
    names = {mine.submission_id for mine in attempts}
    before = await stored(submissions, *names)
    for mine in attempts:
        for given_lease in (None, lease):
            replaced = await submissions.replace_turn_journal_attempt(mine, "next", given_lease)
            expect.none(replaced, f"a replacement of {mine}")
    expect.equal(await stored(submissions, *names), before, "submissions and journals afterwards")


def _expect_replaced(
    expect: Expect,
    replaced: AgentSubmission | None,
    before: AgentSubmission,
    attempt_id: str,
    *,
    since: int,
    until: int,
) -> None:
    if replaced is None:
        expect.that(False, came_back=None, expected="the submission", about="a replacement")
        return
    expect.near(replaced.started_at, since, until, "the start of the next attempt")
    expected = replace(
        before,
        attempt_id=attempt_id,
        attempt_count=before.attempt_count + 1,
        started_at=replaced.started_at,
        recovery_requested_at=None,
    )
    expect.equal(replaced, expected, "the submission under its next attempt")
