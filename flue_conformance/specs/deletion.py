"""Deletion: how a session's settled work goes, and what stays of it."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any, Final

from flue_conformance.backends import Planter
from flue_conformance.contract import (
    AdmittedSubmission,
    AgentSubmissionStore,
    SessionBusy,
    SessionDeleting,
    StreamChunkSegment,
    session_key,
)
from flue_conformance.specs.scenarios.acceptance_times import iso_text
from flue_conformance.specs.scenarios.callbacks import (
    Callback,
    any_entered,
    begin_deletion,
    entered,
    fails_at_once,
    fails_later,
    shared_deletion,
)
from flue_conformance.specs.scenarios.deleting import nothing, while_deleting
from flue_conformance.specs.scenarios.deletion_races import (
    race_new_work_with_deletions,
    race_replays_with_deletions,
    receipt,
)
from flue_conformance.specs.scenarios.images import twelve_images
from flue_conformance.specs.scenarios.malformed_rows import IMAGES, SUBMISSIONS
from flue_conformance.specs.scenarios.overlapping_deletions import (
    ended_or_quiet,
    overlapping_deletions,
)
from flue_conformance.specs.scenarios.steps import (
    queue,
    queue_and_settle,
    queue_and_start,
    read,
    start,
    stored,
)
from flue_conformance.specs.scenarios.traces import (
    GONE,
    settle_dispatch,
    settle_prompt,
    traces,
)
from flue_conformance.specs.scenarios.unsettled import UNSETTLED
from flue_conformance.specs.scenarios.values import (
    ACCEPTED_INSTANT,
    ALIKE_TEXTS,
    AWKWARD_TEXTS,
    attempt,
    direct_input,
    dispatch_input,
    image,
    now,
    session_data,
    turn,
)
from flue_conformance.specs.support.database import Database, Handle
from flue_conformance.specs.support.difference import first_difference
from flue_conformance.specs.support.expect import Expect
from flue_conformance.specs.support.limits import Limits
from flue_conformance.specs.support.racing import (
    ROUNDS,
    attempted,
)
from flue_conformance.specs.support.verifies import requires, verifies

KEY: Final = session_key("agent-1", "default")
MANY: Final = tuple(f"dispatch-{number}" for number in range(4))


@verifies("DELETION-01")
async def test_unsettled_work_stops_a_deletion(
    submissions: AgentSubmissionStore, peer: Handle, expect: Expect
) -> None:
    for work, make in UNSETTLED.items():
        await make(submissions, work)
        before = await stored(submissions, work)
        callback = Callback()

        deletion = submissions.delete_session(session_key("agent-1", work), callback)
        await expect.raises(deletion, SessionBusy, f"a deletion beside {work}")

        expect.equal(callback.calls, 0, "calls of the callback")
        expect.equal(await stored(submissions, work), before, f"{work} afterwards")
        admitted = await queue(peer.submissions, f"after {work}", session=work)
        expect.equal(admitted.status, "queued", "a new dispatch afterwards")
        await submissions.admit_direct(direct_input(f"prompt after {work}", session=work))


@verifies("DELETION-01")
async def test_one_unsettled_submission_keeps_all_settled_ones(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    for name in MANY:
        await settle_dispatch(submissions, name)
    await queue(submissions, "last")
    before = await traces(submissions, MANY)

    for _ in range(2):
        deletion = submissions.delete_session(KEY, nothing)
        await expect.raises(deletion, SessionBusy, "a deletion beside a queued dispatch")

    expect.equal(await traces(submissions, MANY), before, "the settled ones afterwards")
    replay = await submissions.admit_dispatch(dispatch_input(MANY[0]))
    expect.equal(replay.kind, "submission", "a replay afterwards")


@verifies("DELETION-01")
async def test_once_everything_is_settled_a_session_can_be_deleted(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    mine = await queue_and_start(submissions)
    deletion = submissions.delete_session(KEY, nothing)
    await expect.raises(deletion, SessionBusy, "a deletion beside a running dispatch")
    await submissions.complete_submission(mine)

    callback = Callback()
    await submissions.delete_session(KEY, callback)

    expect.equal(callback.calls, 1, "calls of the callback")
    expect.none(await submissions.get_submission("dispatch-1"), "the submission afterwards")


@verifies("DELETION-01")
async def test_unsettled_work_of_alike_sessions_does_not_stop_a_deletion(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    idle, *busy = ALIKE_TEXTS
    for session in busy:
        await queue(submissions, f"in {session}", session=session)
        await queue_and_start(submissions, f"of {session}", id=session, session=idle)
    await queue_and_settle(submissions, "settled", session=idle)

    callback = Callback()
    await submissions.delete_session(session_key("agent-1", idle), callback)

    expect.equal(callback.calls, 1, "calls of the callback")
    expect.none(await submissions.get_submission("settled"), "the session's submission")


@verifies("DELETION-02")
async def test_a_marker_is_there_before_the_callback_runs(
    submissions: AgentSubmissionStore, peer: Handle, expect: Expect
) -> None:
    await queue_and_settle(submissions)

    async def act() -> None:
        admission = peer.submissions.admit_dispatch(dispatch_input("dispatch-2"))
        await expect.raises(admission, SessionDeleting, "another's admission in the callback")

    await while_deleting(submissions, KEY, act)


@verifies("DELETION-02")
async def test_the_callback_runs_once_and_before_anything_is_removed(
    submissions: AgentSubmissionStore, peer: Handle, expect: Expect
) -> None:
    for name in MANY:
        await settle_dispatch(submissions, name)
    before = await traces(submissions, MANY)
    seen: list[object] = []

    async def act() -> None:
        seen.append(await traces(peer.submissions, MANY))

    callback = Callback(act)
    await submissions.delete_session(KEY, callback)

    expect.equal(callback.calls, 1, "calls of the callback")
    expect.equal(seen, [before], "the session's work, as the callback saw it")


@verifies("DELETION-02")
async def test_a_deletion_returns_when_everything_is_removed(
    submissions: AgentSubmissionStore, peer: Handle, expect: Expect
) -> None:
    for name in MANY:
        await settle_dispatch(submissions, name)

    await submissions.delete_session(KEY, nothing)

    expect.equal(await traces(peer.submissions, MANY), [GONE] * len(MANY), "for another")
    admitted = await queue(peer.submissions, "new")
    expect.equal(admitted.status, "queued", "another's admission right after")


@verifies("DELETION-03")
async def test_unknown_sessions_can_be_deleted(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    keys = [session_key("nobody", text) for text in AWKWARD_TEXTS]
    for key in (*keys, KEY):
        callback = Callback()
        await submissions.delete_session(key, callback)
        expect.equal(callback.calls, 1, f"calls of the callback for {key!r}")


@verifies("DELETION-03")
async def test_a_deleted_session_can_be_deleted_again(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    await queue_and_settle(submissions)
    await submissions.delete_session(KEY, nothing)

    callback = Callback()
    await submissions.delete_session(KEY, callback)

    expect.equal(callback.calls, 1, "calls of the second callback")


@verifies("DELETION-04")
async def test_the_callback_can_use_the_same_sessions(handle: Handle, expect: Expect) -> None:
    child = session_key("agent-1", "task:default:t1")
    await handle.sessions.save(KEY, session_data())
    await handle.sessions.save(child, session_data(entries=[]))
    await queue_and_settle(handle.submissions)

    async def act() -> None:
        expect.equal(await handle.sessions.load(child), session_data(entries=[]), "a load")
        await handle.sessions.delete(child)
        await handle.sessions.delete(KEY)
        await handle.sessions.save("elsewhere", session_data())

    await while_deleting(handle.submissions, KEY, act)

    for key in (child, KEY):
        expect.none(await handle.sessions.load(key), "what the callback deleted")
    expect.equal(await handle.sessions.load("elsewhere"), session_data(), "what it saved")


@verifies("DELETION-04")
async def test_the_callback_can_use_the_same_submissions(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    await settle_dispatch(submissions, "settled")
    running = await queue_and_start(submissions, "running", session="other")

    async def act() -> None:
        admitted = await queue(submissions, "new", session="new")
        prompted = await submissions.admit_direct(direct_input("prompt", session="prompt"))
        expect.equal(await read(submissions, "new"), admitted, "a dispatch to another session")
        expect.equal(await read(submissions, "prompt"), prompted, "a prompt to another session")
        await traces(submissions, ["settled", "running"])
        expect.equal(await submissions.has_unsettled_submissions(), True, "unsettled work")
        expect.equal(len(await submissions.list_runnable_submissions()), 2, "what can be claimed")
        expect.equal(len(await submissions.list_running_submissions()), 1, "what runs")
        expect.equal(len(await submissions.list_expired_submissions()), 0, "what expired")
        expect.true(await submissions.complete_submission(running), "a completion elsewhere")

    await while_deleting(submissions, KEY, act)

    for name in ("new", "prompt"):
        expect.equal((await read(submissions, name)).status, "queued", f"{name} afterwards")


@verifies("DELETION-04")
async def test_others_can_write_while_the_callback_runs(
    handle: Handle, peer: Handle, expect: Expect
) -> None:
    await queue_and_settle(handle.submissions)

    async def act() -> None:
        await peer.sessions.save(KEY, session_data())
        await queue_and_settle(peer.submissions, "elsewhere", session="other")
        callback = Callback()
        await peer.submissions.delete_session(session_key("agent-1", "other"), callback)
        expect.equal(callback.calls, 1, "calls of another deletion's callback")

    await while_deleting(handle.submissions, KEY, act)

    expect.equal(await peer.sessions.load(KEY), session_data(), "what another saved")
    expect.none(await handle.submissions.get_submission("elsewhere"), "what another deleted")


@verifies("DELETION-05")
async def test_the_old_submissions_are_readable_during_the_callback(
    submissions: AgentSubmissionStore, peer: Handle, expect: Expect
) -> None:
    for name in MANY:
        await settle_dispatch(submissions, name)
    before = await traces(submissions, MANY)

    async def act() -> None:
        expect.equal(await traces(submissions, MANY), before, "the session's work")
        expect.equal(await traces(peer.submissions, MANY), before, "the same, for another")

    await while_deleting(submissions, KEY, act)


@verifies("DELETION-05")
async def test_the_session_admits_nothing_during_the_callback(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    await queue_and_settle(submissions, "dispatch-1")
    await settle_prompt(submissions, "direct-1")

    async def act() -> None:
        for name in ("dispatch-1", "dispatch-2"):
            admission = submissions.admit_dispatch(dispatch_input(name))
            await expect.raises(admission, SessionDeleting, f"admission of {name}")
        for name in ("direct-1", "direct-2"):
            prompt = submissions.admit_direct(direct_input(name))
            await expect.raises(prompt, SessionDeleting, f"admission of {name}")

    await while_deleting(submissions, KEY, act)

    for name in ("dispatch-2", "direct-2"):
        expect.none(await submissions.get_submission(name), "what was refused")


@verifies("DELETION-06")
async def test_settled_work_is_removed_with_journals_and_chunks(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    for number, name in enumerate(MANY):
        await settle_dispatch(submissions, name, fail=number % 2 == 0, commit=number % 3 == 0)
    await settle_prompt(submissions, "prompt")

    await submissions.delete_session(KEY, nothing)

    names = (*MANY, "prompt")
    expect.equal(await traces(submissions, names), [GONE] * len(names), "what is left")


@verifies("DELETION-06")
async def test_a_long_history_is_removed(submissions: AgentSubmissionStore, expect: Expect) -> None:
    # More than a store may remove at once.
    names = [f"dispatch-{number}" for number in range(101)]
    for name in names:
        await queue_and_settle(submissions, name)

    await submissions.delete_session(KEY, nothing)

    seen = [*names[::10], *names[-3:]]
    expect.equal(await stored(submissions, *seen), [(None, None)] * len(seen), "what is left")
    for name in (names[0], names[-1]):
        replay = await submissions.admit_dispatch(dispatch_input(name))
        expect.equal(replay, receipt(name), f"a replay of {name}")


@verifies("DELETION-06")
async def test_work_that_was_accepted_up_to_now_is_removed(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    times = ("1970-01-01", "1970-01-01T00:00:00.001Z", "2001-09-09T01:46:40Z", iso_text(now()))
    for accepted_at in times:
        await queue_and_settle(submissions, accepted_at, acceptedAt=accepted_at)

    await submissions.delete_session(KEY, nothing)

    for accepted_at in times:
        expect.none(await submissions.get_submission(accepted_at), f"accepted at {accepted_at}")
        replay = await submissions.admit_dispatch(
            dispatch_input(accepted_at, acceptedAt=accepted_at)
        )
        expect.equal(
            replay.kind, "retained_receipt", f"a replay of what was accepted {accepted_at}"
        )


@verifies("DELETION-06")
async def test_the_work_of_alike_sessions_stays(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    for session in ALIKE_TEXTS:
        await settle_dispatch(submissions, session, session=session)
    before = await traces(submissions, ALIKE_TEXTS)

    for session, work in zip(ALIKE_TEXTS, before, strict=True):
        found = await traces(submissions, [session])
        expect.equal(found, [work], f"what is in {session!r} once those before it were deleted")
        await submissions.delete_session(session_key("agent-1", session), nothing)
        expect.equal(await traces(submissions, [session]), [GONE], f"what was in {session!r}")


@verifies("DELETION-06")
async def test_the_work_of_other_instances_stays(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    for instance in ALIKE_TEXTS:
        await settle_dispatch(submissions, instance, id=instance)
    deleted, *left = ALIKE_TEXTS
    before = await traces(submissions, left)

    await submissions.delete_session(session_key(deleted, "default"), nothing)

    expect.equal(await traces(submissions, [deleted]), [GONE], "what the instance had")
    expect.equal(await traces(submissions, left), before, "what the others have")


@verifies("DELETION-06")
async def test_chunks_that_no_removed_journal_names_stay(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    named, *unrelated = ALIKE_TEXTS
    unrelated += ["", "NULL", "None"]
    await settle_dispatch(submissions, named)
    # A journal that names no stream has no chunks.
    await queue_and_start(submissions, "silent")
    await submissions.begin_turn_journal(turn("silent"))
    await submissions.complete_submission(attempt("silent"))
    for key in unrelated:
        await submissions.append_stream_chunk_segment(key, 0, f"body of {key}")

    await submissions.delete_session(KEY, nothing)

    expect.equal(await submissions.get_stream_chunk_segments(named), [], "the named chunks")
    for key in unrelated:
        expect.equal(
            await submissions.get_stream_chunk_segments(key),
            [StreamChunkSegment(0, f"body of {key}")],
            f"the chunks of {key!r}",
        )


@verifies("DELETION-06")
async def test_nothing_of_a_removed_prompt_comes_back_with_its_id(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    # Images may be kept apart from the prompt: twelve at first, then one.
    images: list[Any] = twelve_images()
    await settle_prompt(submissions, "prompt", payload={"message": "Look.", "images": images})
    await submissions.delete_session(KEY, nothing)

    again = direct_input(
        "prompt", payload={"message": "Look again.", "images": [dict(image("eA=="))]}
    )
    await submissions.admit_direct(again)

    found = await read(submissions, "prompt")
    expect.equal(found.input, again, "the input of the new prompt")
    expect.equal((found.status, found.attempt_count), ("queued", 0), "its state")
    expect.none(await submissions.get_turn_journal("prompt"), "its journal")


@verifies("DELETION-06")
async def test_images_that_are_stored_apart_are_removed_too(
    submissions: AgentSubmissionStore, planter: Planter, expect: Expect
) -> None:
    images: list[Any] = twelve_images()
    for name in ("removed", "kept"):
        payload = {"message": "Look.", "images": images}
        await settle_prompt(submissions, name, session=name, payload=payload)
    [row] = await planter.rows(SUBMISSIONS, submission_id="removed")
    if images[0]["data"] in row["payload"]:
        return  # They lie in the submission and go with it.
    kept = await planter.rows(IMAGES, owner_id="kept")

    await submissions.delete_session(session_key("agent-1", "removed"), nothing)

    expect.equal(await planter.rows(IMAGES, owner_id="removed"), [], "what is left of the images")
    expect.equal(await planter.rows(IMAGES, owner_id="kept"), kept, "another session's images")


@verifies("DELETION-06")
async def test_new_work_that_races_with_a_deletion_is_refused_or_kept(
    handles: list[Handle], expect: Expect
) -> None:
    await race_new_work_with_deletions(handles, expect, ROUNDS)


@verifies("DELETION-07")
async def test_every_removed_dispatch_leaves_a_receipt(
    submissions: AgentSubmissionStore, peer: Handle, expect: Expect
) -> None:
    for number, name in enumerate(MANY):
        await settle_dispatch(submissions, name, fail=number % 2 == 0)

    await submissions.delete_session(KEY, nothing)

    for reader in (submissions, peer.submissions):
        for name in MANY:
            replay = await reader.admit_dispatch(dispatch_input(name))
            expect.equal(replay, receipt(name), f"a replay of {name}")
    expect.false(await submissions.has_unsettled_submissions(), "unsettled work afterwards")


@verifies("DELETION-07")
async def test_a_receipt_keeps_the_first_time_of_acceptance(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    times = {"1970-01-01": 0, "2026-06-03T12:20:30.4567+02:00": ACCEPTED_INSTANT}
    for accepted_at in times:
        await queue_and_settle(submissions, accepted_at, acceptedAt=accepted_at)

    await submissions.delete_session(KEY, nothing)

    for accepted_at, instant in times.items():
        replay = dispatch_input(accepted_at, acceptedAt="2026-06-03T23:59:59Z")
        expect.equal(
            await submissions.admit_dispatch(replay), receipt(accepted_at, instant), "a replay"
        )


@verifies("DELETION-07")
async def test_a_removed_prompt_leaves_no_receipt(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    for name in ("prompt-1", "prompt-2"):
        await settle_prompt(submissions, name)

    await submissions.delete_session(KEY, nothing)

    prompt = await submissions.admit_direct(direct_input("prompt-1"))
    expect.equal((prompt.status, prompt.attempt_count), ("queued", 0), "the same prompt again")
    dispatch = await submissions.admit_dispatch(dispatch_input("prompt-2"))
    expect.equal(dispatch.kind, "submission", "a dispatch by the id of a removed prompt")


@verifies("DELETION-07")
async def test_a_receipt_is_for_its_own_id_only(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    removed, *alike = ALIKE_TEXTS
    await queue_and_settle(submissions, removed)
    await submissions.delete_session(KEY, nothing)

    for name in alike:
        admission = await submissions.admit_dispatch(dispatch_input(name))
        expect.equal(admission.kind, "submission", f"a new dispatch {name!r}")
    replay = await submissions.admit_dispatch(dispatch_input(removed))
    expect.equal(replay, receipt(removed), f"a replay of {removed!r}")


@verifies("DELETION-07")
async def test_receipts_survive_later_deletions(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    await queue_and_settle(submissions, "first")
    await submissions.delete_session(KEY, nothing)

    await submissions.delete_session(KEY, nothing)
    await queue_and_settle(submissions, "second")
    # The receipt's id, as that of a prompt (ADMISSION-23), which leaves no receipt of its own.
    await settle_prompt(submissions, "first", acceptedAt="2026-06-04T00:00:00Z")
    await submissions.delete_session(KEY, nothing)
    await submissions.delete_session(session_key("agent-1", "other"), nothing)

    for name in ("first", "second"):
        replay = await submissions.admit_dispatch(dispatch_input(name))
        expect.equal(replay, receipt(name), f"a replay of the {name} dispatch")


@verifies("DELETION-07")
@requires("persistent")
async def test_receipts_survive_a_restart(database: Database, expect: Expect) -> None:
    handle = await database.open()
    await queue_and_settle(handle.submissions)
    await handle.submissions.delete_session(KEY, nothing)

    handle = await database.reopen(handle)

    replay = await handle.submissions.admit_dispatch(dispatch_input())
    expect.equal(replay, receipt("dispatch-1"), "a replay after the restart")


@verifies("DELETION-08")
async def test_a_dispatch_from_the_future_is_kept_or_leaves_a_receipt(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    an_hour = 3_600_000
    times = {"in an hour": now() + an_hour, "in 2100": 4_102_444_800_000}
    for name, instant in times.items():
        await settle_dispatch(submissions, name, acceptedAt=iso_text(instant))
    before = await traces(submissions, [*times])

    await submissions.delete_session(KEY, nothing)

    after = await traces(submissions, [*times])
    for (name, instant), was, left in zip(times.items(), before, after, strict=True):
        replay = await submissions.admit_dispatch(
            dispatch_input(name, acceptedAt=iso_text(instant))
        )
        (submission, _), _ = was
        expect.permitted(
            {
                "is kept without a receipt": _same(left, was)
                and _same(replay, submission and AdmittedSubmission(submission)),
                "is removed with a receipt": _same(left, GONE)
                and _same(replay, receipt(name, instant)),
            },
            came_back=(left, replay),
            about=f"a dispatch accepted {name}",
        )


@verifies("DELETION-08")
async def test_a_prompt_from_the_future_is_kept_or_removed_whole(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    await settle_prompt(submissions, "prompt", acceptedAt=iso_text(now() + 3_600_000))
    [before] = await traces(submissions, ["prompt"])

    await submissions.delete_session(KEY, nothing)

    [after] = await traces(submissions, ["prompt"])
    expect.permitted(
        {"is kept": _same(after, before), "is removed": _same(after, GONE)},
        came_back=after,
        about="a prompt accepted in an hour",
    )


@verifies("DELETION-09")
async def test_a_failing_callback_s_error_reaches_the_caller(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    await queue_and_settle(submissions)
    # Errors that an adapter may know from elsewhere are the callback's all the same.
    errors = (
        RuntimeError("out of reach"),
        KeyError("dispatch-1"),
        SessionDeleting("the child is being deleted"),
        TimeoutError(),
    )
    for error in errors:
        for callback in (fails_at_once(error), fails_later(error)):
            raised = await expect.raises(submissions.delete_session(KEY, callback))
            expect.that(
                type(raised) is type(error) and raised.args == error.args,
                came_back=raised,
                expected=repr(error),
                about="the callback's error",
            )


@verifies("DELETION-09")
async def test_a_failing_callback_leaves_everything_in_place(
    submissions: AgentSubmissionStore, peer: Handle, expect: Expect
) -> None:
    for name in MANY:
        await settle_dispatch(submissions, name)
    before = await traces(submissions, MANY)
    error = RuntimeError("out of reach")

    for number, callback in enumerate((fails_at_once(error), fails_later(error))):
        await expect.raises(submissions.delete_session(KEY, callback))

        expect.equal(await traces(submissions, MANY), before, "the session's work")
        replay = await submissions.admit_dispatch(dispatch_input(MANY[0]))
        expect.equal(replay.kind, "submission", "a replay afterwards")
        await queue_and_settle(peer.submissions, f"new-{number}")
        found = await read(submissions, f"new-{number}")
        expect.equal(found.status, "settled", "another's new dispatch afterwards")


@verifies("DELETION-09")
async def test_a_deletion_can_be_repeated_after_its_callback_failed(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    error = RuntimeError("out of reach")
    for number, failing in enumerate((fails_at_once(error), fails_later(error))):
        name = f"dispatch-{number}"
        await settle_dispatch(submissions, name)
        await expect.raises(submissions.delete_session(KEY, failing))

        callback = Callback()
        await submissions.delete_session(KEY, callback)

        expect.equal(callback.calls, 1, "calls of the second callback")
        expect.equal(await traces(submissions, [name]), [GONE], "what is left")
        replay = await submissions.admit_dispatch(dispatch_input(name))
        expect.equal(replay, receipt(name), "a replay afterwards")


@verifies("DELETION-10")
async def test_concurrent_deletions_share_one_callback_and_its_success(
    submissions: AgentSubmissionStore, limits: Limits, expect: Expect
) -> None:
    await queue_and_settle(submissions)
    go_on = asyncio.Event()
    callbacks = [Callback(go_on.wait) for _ in range(12)]

    outcomes = await shared_deletion(
        submissions, KEY, callbacks, go_on=go_on, limits=limits, expect=expect
    )

    expect.equal(outcomes, [None] * len(callbacks), "the outcomes")
    expect.none(await submissions.get_submission("dispatch-1"), "the submission afterwards")


@verifies("DELETION-10")
async def test_concurrent_deletions_share_one_callback_and_its_error(
    submissions: AgentSubmissionStore, limits: Limits, expect: Expect
) -> None:
    await queue_and_settle(submissions)
    go_on = asyncio.Event()

    async def fail() -> None:
        await go_on.wait()
        raise RuntimeError("out of reach")

    callbacks = [Callback(fail), *(Callback(go_on.wait) for _ in range(11))]

    outcomes = await shared_deletion(
        submissions, KEY, callbacks, go_on=go_on, limits=limits, expect=expect
    )

    expect.equal(
        [repr(outcome) for outcome in outcomes],
        [repr(RuntimeError("out of reach"))] * len(callbacks),
        "the outcomes",
    )
    found = await read(submissions)
    expect.equal(found.status, "settled", "the submission afterwards")


@verifies("DELETION-10")
async def test_deletions_that_begin_together_share_the_first_one_s_callback(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    for number in range(ROUNDS):
        name = f"dispatch-{number}"
        await queue_and_settle(submissions, name)
        go_on = asyncio.Event()
        callbacks = [Callback(go_on.wait) for _ in range(4)]
        deletions = [begin_deletion(submissions, KEY, callback) for callback in callbacks]
        try:
            # All have begun, and none can end.
            await any_entered(callbacks, deletions)
        finally:
            go_on.set()
            await asyncio.gather(*deletions)

        calls = [callback.calls for callback in callbacks]
        expect.equal(calls, [1, 0, 0, 0], "calls of the callbacks, the first caller's first")


@verifies("DELETION-10")
async def test_a_deletion_after_the_shared_one_starts_anew(
    submissions: AgentSubmissionStore, limits: Limits, expect: Expect
) -> None:
    for error in (None, RuntimeError("out of reach")):
        await queue_and_settle(submissions, f"before {error}")
        go_on = asyncio.Event()

        async def act(go_on: asyncio.Event = go_on, error: Exception | None = error) -> None:
            await go_on.wait()
            if error is not None:
                raise error

        callbacks = [Callback(act), Callback(act)]
        await shared_deletion(
            submissions, KEY, callbacks, go_on=go_on, limits=limits, expect=expect
        )
        await queue_and_settle(submissions, f"after {error}")

        callback = Callback()
        await submissions.delete_session(KEY, callback)

        expect.equal(callback.calls, 1, "calls of the new deletion's callback")
        expect.none(await submissions.get_submission(f"after {error}"), "the newer submission")


@verifies("DELETION-10")
async def test_deletions_of_different_sessions_are_not_shared(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    for session in ALIKE_TEXTS:
        await queue_and_settle(submissions, session, session=session)
    go_on = asyncio.Event()
    callbacks = {session: Callback(go_on.wait) for session in ALIKE_TEXTS}
    deletions = [
        begin_deletion(submissions, session_key("agent-1", session), callback)
        for session, callback in callbacks.items()
    ]
    try:
        for deletion, callback in zip(deletions, callbacks.values(), strict=True):
            await entered(callback, deletion)
    finally:
        go_on.set()
        await asyncio.gather(*deletions)

    for session, callback in callbacks.items():
        expect.equal(callback.calls, 1, f"calls of the callback of session {session!r}")
        expect.none(await submissions.get_submission(session), f"what was in {session!r}")


@verifies("DELETION-12")
async def test_overlapping_deletions_through_two_stores_end_after_a_cleanup(
    submissions: AgentSubmissionStore, peer: Handle, limits: Limits, expect: Expect
) -> None:
    async with overlapping_deletions(submissions, peer.submissions, limits) as overlaps:
        for overlap in overlaps:
            overlap.ending.let_go()
        await ended_or_quiet(overlaps, limits)
        for overlap in overlaps:
            if overlap.ending.task.done() and await overlap.ending.succeeded():
                left = await traces(submissions, [overlap.session])
                expect.equal(left, [GONE], f"what the first to end left, where {overlap.session}")

        for overlap in overlaps:
            overlap.held.let_go()
            for deletion in (overlap.held, overlap.ending):
                await deletion.succeeded()
            await _expect_deleted(expect, submissions, peer, overlap.session)


@verifies("DELETION-12")
async def test_a_failing_deletion_leaves_an_overlapping_one_its_marker(
    submissions: AgentSubmissionStore, peer: Handle, limits: Limits, expect: Expect
) -> None:
    async with overlapping_deletions(submissions, peer.submissions, limits) as overlaps:
        for overlap in overlaps:
            overlap.ending.let_go(RuntimeError("out of reach"))
        await ended_or_quiet(overlaps, limits)
        barred = {
            overlap.session: await _is_barred(submissions, peer, overlap.session)
            for overlap in overlaps
            if overlap.held.in_callback
        }
        # Of two deletions with one marker, either may count as the one that set it.
        expect.that(
            any(barred.values()) or not barred,
            came_back="admission to the session, whichever of its deletions failed",
            expected="an error of kind SessionDeleting while the other deletion's callback runs",
            about="admission to a session after one of two overlapping deletions failed",
        )
        for session in (session for session, holds in barred.items() if not holds):
            expect.finding(f"a failing deletion opens the session to admission, where {session}")

        for overlap in overlaps:
            overlap.held.let_go()
            if barred.get(overlap.session, True) and await overlap.held.succeeded():
                await _expect_deleted(expect, submissions, peer, overlap.session)
            if overlap.ending.callback.calls:
                raised = await expect.raises(overlap.ending.task, about="the deletion that failed")
                expect.equal(str(raised), "out of reach", "its error, which is the callback's")


@verifies("DELETION-13")
@requires("persistent")
async def test_a_marker_that_was_left_behind_blocks_until_the_session_is_deleted_again(
    database: Database, planter: Planter, expect: Expect
) -> None:
    handle = await database.open()
    await queue_and_settle(handle.submissions)
    await planter.insert("flue_agent_session_deletions", session_key=KEY, started_at=now() - 5000)

    for _ in range(2):
        handle = await database.reopen(handle)
        for name in ("dispatch-1", "dispatch-2"):
            admission = handle.submissions.admit_dispatch(dispatch_input(name))
            await expect.raises(admission, SessionDeleting, f"admission of {name} meanwhile")
        prompt = handle.submissions.admit_direct(direct_input())
        await expect.raises(prompt, SessionDeleting, "admission of a prompt meanwhile")
        elsewhere = await handle.submissions.admit_dispatch(dispatch_input("new", session="other"))
        expect.equal(elsewhere.kind, "submission", "admission to another session meanwhile")
    callback = Callback()
    await handle.submissions.delete_session(KEY, callback)

    expect.equal(callback.calls, 1, "calls of the callback")
    expect.none(await handle.submissions.get_submission("dispatch-1"), "the old submission")
    admitted = await queue(handle.submissions, "dispatch-2")
    expect.equal(admitted.status, "queued", "a new dispatch afterwards")
    handle = await database.reopen(handle)
    admitted = await queue(handle.submissions, "dispatch-3")
    expect.equal(admitted.status, "queued", "a new dispatch after another restart")


@verifies("DELETION-14")
@requires("persistent")
async def test_a_resumed_deletion_removes_what_was_accepted_after_its_marker(
    database: Database, planter: Planter, expect: Expect
) -> None:
    began = now() - 60_000
    ages = {"before the marker": began - 1, "after it": began + 30_000, "just now": now()}
    handle = await database.open()
    for name, instant in ages.items():
        await settle_dispatch(handle.submissions, name, acceptedAt=iso_text(instant))
        await settle_prompt(handle.submissions, f"prompt {name}", acceptedAt=iso_text(instant))
    await planter.insert("flue_agent_session_deletions", session_key=KEY, started_at=began)

    handle = await database.reopen(handle)
    await handle.submissions.delete_session(KEY, nothing)

    for name, instant in ages.items():
        left = await traces(handle.submissions, [name, f"prompt {name}"])
        expect.equal(left, [GONE, GONE], f"what was accepted {name}")
        replay = await handle.submissions.admit_dispatch(
            dispatch_input(name, acceptedAt=iso_text(instant))
        )
        expect.equal(replay, receipt(name, instant), f"a replay of what was accepted {name}")


@verifies("DELETION-15")
async def test_replays_that_race_with_a_deletion_queue_nothing(
    handles: list[Handle], expect: Expect
) -> None:
    await race_replays_with_deletions(handles, expect, ROUNDS)


@verifies("DELETION-16")
async def test_malformed_settled_submissions_are_removed_like_others(
    submissions: AgentSubmissionStore, planter: Planter, expect: Expect
) -> None:
    payloads = {"no JSON": "{", "no object": "null", "no members": "{}", "no text": ""}
    for damage, payload in payloads.items():
        for name in (f"dispatch with {damage}", f"prompt with {damage}"):
            settle = settle_prompt if name.startswith("prompt") else settle_dispatch
            await settle(submissions, name)
            await planter.update(SUBMISSIONS, {"submission_id": name}, payload=payload)
    await queue_and_settle(submissions, "healthy")

    await submissions.delete_session(KEY, nothing)

    expect.equal(await planter.rows(SUBMISSIONS), [], "the stored submissions")
    for name in (*(f"dispatch with {damage}" for damage in payloads), "healthy"):
        replay = await submissions.admit_dispatch(dispatch_input(name))
        expect.equal(replay, receipt(name), f"a replay of the {name}")
    for damage in payloads:
        prompt = await submissions.admit_direct(direct_input(f"prompt with {damage}"))
        expect.equal(prompt.status, "queued", f"the prompt with {damage}, admitted anew")


@verifies("DELETION-16")
async def test_a_malformed_submission_that_a_listing_settled_is_removed_too(
    submissions: AgentSubmissionStore, planter: Planter, expect: Expect
) -> None:
    await queue(submissions)
    await planter.update(SUBMISSIONS, {"submission_id": "dispatch-1"}, payload="{")
    await submissions.list_runnable_submissions()

    await submissions.delete_session(KEY, nothing)

    expect.none(await submissions.get_submission("dispatch-1"), "the submission afterwards")
    replay = await submissions.admit_dispatch(dispatch_input())
    expect.equal(replay, receipt("dispatch-1"), "a replay afterwards")


@verifies("DELETION-16")
async def test_a_malformed_queued_submission_stops_a_deletion(
    submissions: AgentSubmissionStore, planter: Planter, expect: Expect
) -> None:
    await queue_and_settle(submissions, "settled")
    await queue(submissions, "malformed")
    await planter.update(SUBMISSIONS, {"submission_id": "malformed"}, payload="{")
    callback = Callback()

    deletion = submissions.delete_session(KEY, callback)
    await expect.raises(deletion, SessionBusy, "a deletion beside a malformed queued dispatch")

    expect.equal(callback.calls, 0, "calls of the callback")
    expect.equal(len(await planter.rows(SUBMISSIONS)), 2, "stored submissions afterwards")
    admitted = await queue(submissions, "new")
    expect.equal(admitted.status, "queued", "a new dispatch afterwards")


@verifies("DELETION-17")
async def test_a_deleted_session_works_as_before(
    submissions: AgentSubmissionStore, peer: Handle, expect: Expect
) -> None:
    for number in range(3):
        await submissions.delete_session(KEY, nothing)

        queued = await queue(peer.submissions, f"dispatch-{number}")
        expect.equal((queued.status, queued.attempt_count), ("queued", 0), "a new dispatch")
        # The same prompt each time: prompts leave no receipt.
        prompt = await submissions.admit_direct(direct_input("prompt"))
        expect.equal((prompt.status, prompt.attempt_count), ("queued", 0), "a new prompt")
        runnable = await submissions.list_runnable_submissions()
        expect.equal(runnable, [queued], "what can be claimed")
        for name in (queued.submission_id, "prompt"):
            claimed = await start(submissions, name)
            expect.equal(claimed.attempt_count, 1, f"the attempts at {name}")
            expect.true(await submissions.complete_submission(attempt(name)), "its completion")


def _same(found: object, expected: object) -> bool:
    return first_difference(found, expected) is None


async def _is_barred(submissions: AgentSubmissionStore, peer: Handle, session: str) -> bool:
    """Tell whether neither store admits to the session, which is being deleted."""
    dispatch = dispatch_input(f"new, {session}", session=session)
    admissions = [
        await attempted(partial(store.admit_dispatch, dispatch))
        for store in (submissions, peer.submissions)
    ]
    return all(admission.error is not None for admission in admissions)


async def _expect_deleted(
    expect: Expect, submissions: AgentSubmissionStore, peer: Handle, session: str
) -> None:
    """Expect that a session's dispatch of the same name is gone, and that admission works."""
    expect.equal(await traces(submissions, [session]), [GONE], f"what is left, where {session}")
    for number, store in enumerate((submissions, peer.submissions)):
        replay = await store.admit_dispatch(dispatch_input(session, session=session))
        expect.equal(replay, receipt(session), f"a replay, where {session}")
        admitted = await queue(store, f"new {number}, {session}", session=session)
        expect.equal(admitted.status, "queued", f"a new dispatch, where {session}")
