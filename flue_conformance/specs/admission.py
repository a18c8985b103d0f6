"""Admission: inputs become queued submissions, each id once."""

from __future__ import annotations

import copy
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from hypothesis import given

from flue_conformance.contract import (
    MAX_IMAGE_CHARACTERS,
    AdmittedSubmission,
    AgentDispatchReceipt,
    AgentSubmission,
    AgentSubmissionStore,
    ContractError,
    DirectAgentSubmissionInput,
    DirectConflict,
    DispatchConflict,
    ImageTooLarge,
    InvalidAcceptedAt,
    JsonValue,
    MalformedRecord,
    RetainedReceipt,
    SessionDeleting,
    SessionStore,
    StoredDispatchInput,
    json_equal,
    session_key,
)
from flue_conformance.rules import CATALOGUE
from flue_conformance.specs.scenarios.acceptance_times import (
    INSTANTS,
    UNREADABLE,
    acceptance_times,
)
from flue_conformance.specs.scenarios.admission_races import (
    race_different_inputs,
    race_different_messages,
    race_dispatches_to_different_sessions,
    race_identical_dispatches,
    race_identical_prompts,
    race_prompts_to_different_sessions,
)
from flue_conformance.specs.scenarios.admissions import as_admitted, as_stored, queues
from flue_conformance.specs.scenarios.conflicting_inputs import (
    OTHER_DIRECTS,
    OTHER_DISPATCHES,
    PAYLOAD,
    VALUE,
    respelled,
)
from flue_conformance.specs.scenarios.deleting import nothing, while_deleting
from flue_conformance.specs.scenarios.images import PIECE_EDGES, image_data, twelve_images
from flue_conformance.specs.scenarios.malformed_inputs import (
    DIRECTS,
    DISPATCHES,
    IMAGES,
    PAYLOAD_SESSIONS,
    spoiled,
    too_large_an_image,
)
from flue_conformance.specs.scenarios.steps import (
    queue,
    queue_and_settle,
    queue_and_start,
    queue_input,
    read,
    start,
    stored,
)
from flue_conformance.specs.scenarios.strategies import examples, json_texts, json_values
from flue_conformance.specs.scenarios.tampering import tamper
from flue_conformance.specs.scenarios.values import (
    ACCEPTED_AT,
    ACCEPTED_INSTANT,
    ALIKE_TEXTS,
    AWKWARD_TEXTS,
    attempt,
    direct_input,
    dispatch_input,
    fresh,
    image,
    session_data,
)
from flue_conformance.specs.support.database import Handle, Subject
from flue_conformance.specs.support.difference import first_difference
from flue_conformance.specs.support.expect import Expect
from flue_conformance.specs.support.racing import ROUNDS, Racer, attempted
from flue_conformance.specs.support.verifies import requires, verifies

KEY: Final = session_key("agent-1", "default")


@verifies("ADMISSION-01")
async def test_a_fresh_dispatch_is_queued_with_defaults(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    admission = await submissions.admit_dispatch(dispatch_input())
    admitted = await read(submissions)
    queued = as_admitted(
        admitted,
        submission_id="dispatch-1",
        kind="dispatch",
        input=as_stored(dispatch_input()),
    )

    expect.equal(admission, AdmittedSubmission(queued), "a fresh admission")
    expect.equal(admitted, queued, "the submission read afterwards")
    expect.that(admitted.sequence > 0, came_back=admitted.sequence, expected="a sequence from 1 on")


@verifies("ADMISSION-02")
async def test_a_dispatch_is_stored_with_its_kind_and_id(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    dispatch = dispatch_input("dispatch-7", trace={"parent": None, "depth": 0})
    admitted = await queue_input(submissions, dispatch)

    expect.equal(admitted.submission_id, "dispatch-7", "the submission's id")
    expect.equal(admitted.input, as_stored(dispatch), "the submission's input")


@verifies("ADMISSION-02")
@examples(8)
@given(value=json_values())
async def test_any_json_input_comes_back(
    submissions: AgentSubmissionStore, expect: Expect, value: JsonValue
) -> None:
    dispatch = dispatch_input(fresh("dispatch"), input=value)
    admitted = await queue_input(submissions, dispatch)
    found = await read(submissions, dispatch["dispatchId"])

    expect.equal(admitted.input, as_stored(dispatch), "the admitted input")
    expect.equal(found.input, as_stored(dispatch), "the input read afterwards")


@verifies("ADMISSION-03")
async def test_the_session_key_is_made_of_instance_and_session(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    dispatch = await queue(submissions, "dispatch-1", id="agent-7", session="main")
    direct = await submissions.admit_direct(direct_input(id="agent-7", session="main"))

    key = 'agent-session:["agent-7","default","main"]'
    expect.equal(dispatch.session_key, key, "the session key of a dispatch")
    expect.equal(direct.session_key, key, "the session key of a direct prompt")


@verifies("ADMISSION-03")
async def test_the_session_key_holds_awkward_names(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    keys = {
        'quote " backslash \\ slash /': r"quote \" backslash \\ slash /",
        "\b\t\n\v\f\r\x00\x1f\x7f": r"\b\t\n\u000b\f\r\u0000\u001f" + "\x7f",
        "\u2028\u2029é日本語😀": "\u2028\u2029é日本語😀",
        "\ud83d": r"\ud83d",
        'a","default","b': r"a\",\"default\",\"b",
    }
    for name, escaped in keys.items():
        dispatch = await queue(submissions, fresh("dispatch"), id=name, session=name)

        key = f'agent-session:["{escaped}","default","{escaped}"]'
        expect.equal(dispatch.session_key, key, f"the session key of {name!r}")


@verifies("ADMISSION-03")
async def test_awkward_names_come_back_in_the_key(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    for name in filter(None, AWKWARD_TEXTS):
        dispatch = await queue(submissions, fresh("dispatch"), id=name, session="default")
        direct = direct_input(fresh("direct"), id="agent-1", session=name)
        admitted = await submissions.admit_direct(direct)

        expect.equal(dispatch.session_key, session_key(name, "default"), f"instance {name!r}")
        expect.equal(admitted.session_key, session_key("agent-1", name), f"session {name!r}")


@verifies("ADMISSION-03")
@examples(8)
@given(instance=json_texts(), session=json_texts())
async def test_any_names_come_back_in_the_key(
    submissions: AgentSubmissionStore, expect: Expect, instance: str, session: str
) -> None:
    # An adapter may refuse empty names (ADMISSION-27).
    instance, session = f"agent {instance}", f"{session} session"
    dispatch = await queue(submissions, fresh("dispatch"), id=instance, session=session)

    key = session_key(instance, session)
    expect.equal(dispatch.session_key, key, f"instance {instance!r}, session {session!r}")


@verifies("ADMISSION-04")
async def test_acceptance_times_are_truncated_to_milliseconds(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    for text, instant in INSTANTS.items():
        dispatch = await queue(submissions, fresh("dispatch"), acceptedAt=text)
        direct = await submissions.admit_direct(direct_input(fresh("direct"), acceptedAt=text))
        found = await read(submissions, dispatch.submission_id)

        expect.equal(dispatch.accepted_at, instant, f"a dispatch accepted at {text!r}")
        expect.equal(direct.accepted_at, instant, f"a direct prompt accepted at {text!r}")
        expect.equal(found.accepted_at, instant, f"{text!r} read afterwards")


@verifies("ADMISSION-04")
@examples(8)
@given(accepted=acceptance_times())
async def test_any_acceptance_time_is_truncated_to_milliseconds(
    submissions: AgentSubmissionStore, expect: Expect, accepted: tuple[str, int]
) -> None:
    text, instant = accepted
    dispatch = await queue(submissions, fresh("dispatch"), acceptedAt=text)

    expect.equal(dispatch.accepted_at, instant, f"a dispatch accepted at {text!r}")


async def _expect_replay_returns_it(submissions: AgentSubmissionStore, expect: Expect) -> None:
    before, queued = await read(submissions), await queues(submissions)
    for _ in range(2):
        admission = await submissions.admit_dispatch(dispatch_input())

        expect.equal(admission, AdmittedSubmission(before), f"a replay while {before.status}")
        expect.equal(await read(submissions), before, "the submission after a replay")
        expect.equal(await queues(submissions), queued, "what can run and runs after a replay")


@verifies("ADMISSION-05")
async def test_a_replay_of_a_queued_dispatch_returns_it(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    await queue(submissions)
    await queue(submissions, "dispatch-2")

    await _expect_replay_returns_it(submissions, expect)


@verifies("ADMISSION-05")
async def test_a_replay_of_a_running_dispatch_returns_it(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    running = await queue_and_start(submissions)
    await submissions.mark_submission_input_applied(running)
    await submissions.request_submission_recovery(running)

    await _expect_replay_returns_it(submissions, expect)


@verifies("ADMISSION-05")
async def test_a_replay_of_a_requeued_dispatch_returns_it(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    running = await queue_and_start(submissions)
    await submissions.requeue_submission_before_input_applied(running)

    await _expect_replay_returns_it(submissions, expect)


@verifies("ADMISSION-05")
async def test_a_replay_of_a_completed_dispatch_returns_it(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    await queue_and_settle(submissions)
    await queue(submissions, "dispatch-2")

    await _expect_replay_returns_it(submissions, expect)


@verifies("ADMISSION-05")
async def test_a_replay_of_a_failed_dispatch_returns_it(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    running = await queue_and_start(submissions)
    await submissions.fail_submission(running, RuntimeError("the model gave up"))

    await _expect_replay_returns_it(submissions, expect)
    expect.false(await submissions.has_unsettled_submissions(), "unsettled work after a replay")


@verifies("ADMISSION-06")
async def test_another_value_under_a_dispatch_id_is_a_conflict(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    await queue(submissions, input=VALUE)
    before = await read(submissions)
    for what, changes in OTHER_DISPATCHES.items():
        admission = await submissions.admit_dispatch(dispatch_input(**changes))

        expect.equal(admission, DispatchConflict(), f"the same dispatch but for {what}")
        expect.equal(await read(submissions), before, f"the submission after {what}")
    same = await submissions.admit_dispatch(dispatch_input(input=VALUE))
    expect.equal(same, AdmittedSubmission(before), "an identical replay after conflicts")


@verifies("ADMISSION-06")
async def test_a_conflict_leaves_a_running_submission_alone(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    running = await queue_and_start(submissions)
    await submissions.mark_submission_input_applied(running)

    await _expect_conflict_changes_nothing(submissions, expect)


@verifies("ADMISSION-06")
async def test_a_conflict_leaves_a_settled_submission_alone(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    await queue_and_settle(submissions)

    await _expect_conflict_changes_nothing(submissions, expect)
    expect.false(await submissions.has_unsettled_submissions(), "unsettled work after a conflict")


async def _expect_conflict_changes_nothing(
    submissions: AgentSubmissionStore, expect: Expect, **changes: JsonValue
) -> None:
    before, queued = await stored(submissions, "dispatch-1"), await queues(submissions)
    admission = await submissions.admit_dispatch(dispatch_input(**(changes or {"input": "other"})))

    expect.equal(admission, DispatchConflict(), "another value under the id")
    expect.equal(await stored(submissions, "dispatch-1"), before, "the submission afterwards")
    expect.equal(await queues(submissions), queued, "what can run and runs afterwards")


@verifies("ADMISSION-07")
async def test_a_dispatch_in_another_text_is_a_conflict(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    admitted = await queue(submissions)
    others = respelled(dispatch_input()) | {
        "one more member": dispatch_input(priority=1),
        "one more member that is null": dispatch_input(priority=None),
    }
    for what, other in others.items():
        admission = await submissions.admit_dispatch(other)
        expect.equal(admission, DispatchConflict(), f"the same dispatch with {what}")

    same = await submissions.admit_dispatch(dispatch_input())
    expect.equal(same, AdmittedSubmission(admitted), "an identical replay after conflicts")


@verifies("ADMISSION-07")
async def test_a_direct_prompt_in_another_text_raises(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    admitted = await submissions.admit_direct(direct_input(payload=PAYLOAD))
    others = respelled(direct_input(payload=PAYLOAD)) | {
        "one more member": direct_input(payload=PAYLOAD | {"more": 1}),
        "one more member that is null": direct_input(payload=PAYLOAD | {"more": None}),
    }
    for what, other in others.items():
        await expect.raises(
            submissions.admit_direct(other),
            DirectConflict,
            f"the same direct prompt with {what}",
        )

    same = await submissions.admit_direct(direct_input(payload=PAYLOAD))
    expect.equal(same, admitted, "an identical replay after conflicts")


@verifies("ADMISSION-08")
async def test_a_dispatch_id_of_another_session_is_a_conflict(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    await queue(submissions)

    await _expect_conflict_changes_nothing(submissions, expect, session="Default")


@verifies("ADMISSION-08")
async def test_a_dispatch_id_of_another_instance_is_a_conflict(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    await queue_and_settle(submissions)

    await _expect_conflict_changes_nothing(submissions, expect, id="agent-2")


@verifies("ADMISSION-09")
async def test_a_fresh_direct_prompt_is_queued_with_defaults(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    admitted = await submissions.admit_direct(direct_input())
    queued = as_admitted(
        admitted, submission_id="direct-1", kind="direct", input=dict(direct_input())
    )

    expect.equal(admitted, queued, "a fresh admission")
    expect.equal(await read(submissions, "direct-1"), queued, "the submission read afterwards")


@verifies("ADMISSION-09")
async def test_a_replayed_direct_prompt_returns_the_first_one(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    async def replay() -> None:
        before, queued = await read(submissions, "direct-1"), await queues(submissions)
        again = await submissions.admit_direct(direct_input())

        expect.equal(again, before, f"a replay while {before.status}")
        expect.equal(await read(submissions, "direct-1"), before, "the submission after a replay")
        expect.equal(await queues(submissions), queued, "what can run and runs after a replay")

    await submissions.admit_direct(direct_input())
    await queue(submissions, "dispatch-2")
    await replay()
    await start(submissions, "direct-1")
    await submissions.mark_submission_input_applied(attempt("direct-1"))
    await replay()
    await submissions.fail_submission(attempt("direct-1"), RuntimeError("no answer"))
    await replay()


@verifies("ADMISSION-10")
async def test_another_value_under_a_direct_id_raises(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    await submissions.admit_direct(direct_input(payload=PAYLOAD))
    before, queued = await read(submissions, "direct-1"), await queues(submissions)
    for what, changes in OTHER_DIRECTS.items():
        await expect.raises(
            submissions.admit_direct(direct_input(**changes)),
            DirectConflict,
            f"the same direct prompt but for {what}",
        )
        expect.equal(await read(submissions, "direct-1"), before, f"the submission after {what}")
    expect.equal(await queues(submissions), queued, "what can run and runs afterwards")


@verifies("ADMISSION-10")
async def test_a_direct_conflict_leaves_what_runs_or_is_settled_alone(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    async def conflict() -> None:
        before = await stored(submissions, "direct-1")
        other = direct_input(payload={"message": "And now?"})
        await expect.raises(submissions.admit_direct(other), DirectConflict, "another message")
        expect.equal(await stored(submissions, "direct-1"), before, "the submission afterwards")

    await submissions.admit_direct(direct_input())
    await start(submissions, "direct-1")
    await conflict()
    await submissions.complete_submission(attempt("direct-1"))
    await conflict()
    expect.false(await submissions.has_unsettled_submissions(), "unsettled work afterwards")


@verifies("ADMISSION-11")
async def test_a_dispatch_under_a_direct_id_is_a_conflict(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    async def conflict() -> None:
        before, queued = await read(submissions, "one-id"), await queues(submissions)
        for session in ("default", "other"):
            admission = await submissions.admit_dispatch(dispatch_input("one-id", session=session))
            expect.equal(admission, DispatchConflict(), "a dispatch with a direct prompt's id")
        expect.equal(await read(submissions, "one-id"), before, "the direct prompt afterwards")
        expect.equal(await queues(submissions), queued, "what can run and runs afterwards")

    await submissions.admit_direct(direct_input("one-id"))
    await conflict()
    await start(submissions, "one-id")
    await submissions.complete_submission(attempt("one-id"))
    await conflict()


@verifies("ADMISSION-11")
async def test_a_direct_prompt_under_a_dispatch_id_raises(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    async def conflict() -> None:
        before, queued = await read(submissions, "one-id"), await queues(submissions)
        for session in ("default", "other"):
            direct = direct_input("one-id", session=session)
            about = "a direct prompt with a dispatch's id"
            await expect.raises(submissions.admit_direct(direct), DirectConflict, about)
        expect.equal(await read(submissions, "one-id"), before, "the dispatch afterwards")
        expect.equal(await queues(submissions), queued, "what can run and runs afterwards")

    await queue(submissions, "one-id")
    await conflict()
    await start(submissions, "one-id")
    await submissions.complete_submission(attempt("one-id"))
    await conflict()


@verifies("ADMISSION-12")
async def test_an_unreadable_acceptance_time_raises_and_stores_nothing(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    for text in UNREADABLE:
        await expect.raises(
            submissions.admit_dispatch(dispatch_input(acceptedAt=text)),
            InvalidAcceptedAt,
            f"a dispatch accepted at {text!r}",
        )
        await expect.raises(
            submissions.admit_direct(direct_input(acceptedAt=text)),
            InvalidAcceptedAt,
            f"a direct prompt accepted at {text!r}",
        )
        for submission_id in ("dispatch-1", "direct-1"):
            expect.none(await submissions.get_submission(submission_id), f"after {text!r}")
    expect.false(await submissions.has_unsettled_submissions(), "unsettled work afterwards")


@verifies("ADMISSION-12")
async def test_an_unreadable_acceptance_time_raises_before_a_conflict(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    await queue(submissions)
    before = await read(submissions)
    for changes in ({}, {"input": "other"}, {"session": "other"}):
        dispatch = dispatch_input(acceptedAt="yesterday", **changes)
        await expect.raises(
            submissions.admit_dispatch(dispatch), InvalidAcceptedAt, "a replay accepted yesterday"
        )
    direct = direct_input("dispatch-1", acceptedAt="yesterday")
    await expect.raises(
        submissions.admit_direct(direct), InvalidAcceptedAt, "a direct prompt accepted yesterday"
    )
    expect.equal(await read(submissions), before, "the submission afterwards")


@verifies("ADMISSION-12")
async def test_an_unreadable_acceptance_time_raises_before_a_receipt(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    await queue_and_settle(submissions)
    await submissions.delete_session(KEY, nothing)

    await expect.raises(
        submissions.admit_dispatch(dispatch_input(acceptedAt="yesterday")),
        InvalidAcceptedAt,
        "a dispatch with a receipt, accepted yesterday",
    )


async def _expect_refused(
    submissions: AgentSubmissionStore,
    expect: Expect,
    direct: DirectAgentSubmissionInput,
    what: str,
    kind: type[ContractError] | None = None,
) -> None:
    await expect.raises(submissions.admit_direct(direct), kind, what)

    await _expect_no_row(submissions, expect, direct["submissionId"], what)


async def _expect_no_row(
    submissions: AgentSubmissionStore, expect: Expect, submission_id: str, what: str
) -> None:
    expect.none(await submissions.get_submission(submission_id), f"the id after {what}")
    expect.false(await submissions.has_unsettled_submissions(), f"unsettled work after {what}")


@verifies("ADMISSION-13")
async def test_an_invalid_dispatch_raises_and_stores_nothing(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    for what, changes in DISPATCHES.items():
        dispatch = spoiled(dispatch_input(), changes)
        await expect.raises(submissions.admit_dispatch(dispatch), about=f"a dispatch with {what}")
        await _expect_no_row(submissions, expect, "dispatch-1", what)
    await queue(submissions)


@verifies("ADMISSION-13")
async def test_an_invalid_direct_prompt_raises_and_stores_nothing(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    for what, changes in DIRECTS.items():
        direct = spoiled(direct_input(), changes)
        await _expect_refused(submissions, expect, direct, what)
    await submissions.admit_direct(direct_input())


@verifies("ADMISSION-14")
async def test_a_null_input_is_admitted_and_returned(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    dispatch = dispatch_input(input=None)
    admitted = await queue_input(submissions, dispatch)

    expect.equal(admitted.input, as_stored(dispatch), "the admitted input")
    expect.equal(await read(submissions), admitted, "the submission read afterwards")
    replayed = await submissions.admit_dispatch(dispatch)
    expect.equal(replayed, AdmittedSubmission(admitted), "a replay of null")
    claimed = await start(submissions)
    expect.equal(claimed.input, as_stored(dispatch), "the input of the claimed submission")


@verifies("ADMISSION-15")
async def test_unknown_members_of_a_direct_payload_come_back(
    submissions: AgentSubmissionStore, expect: Expect, subject: Subject
) -> None:
    payload = {"message": "", "attachments": [{"name": None}], "": {}, "Message": 0, "kind": "x"}
    if not CATALOGUE["ADMISSION-18"].holds_in(subject.edition):
        payload["images"] = "not validated"
    direct = direct_input(payload=payload)
    admitted = await submissions.admit_direct(direct)

    expect.equal(admitted.input, direct, "the admitted input")
    expect.equal(await read(submissions, "direct-1"), admitted, "the submission read afterwards")


@verifies("ADMISSION-16")
async def test_a_payload_session_that_is_no_text_raises(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    for what, changes in PAYLOAD_SESSIONS.items():
        direct = spoiled(direct_input(), changes)
        await _expect_refused(submissions, expect, direct, what, MalformedRecord)
    await submissions.admit_direct(direct_input(payload={"message": "Go on.", "session": "main"}))


@verifies("ADMISSION-17")
async def test_a_payload_session_of_any_type_is_kept_and_ignored(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    for value in (None, 0, True, ["main"], {"name": "main"}, "main", ""):
        payload = {"message": "Go on.", "session": value}
        direct = direct_input(fresh("direct"), payload=payload)
        admitted = await submissions.admit_direct(direct)

        expect.equal(admitted.input, direct, f"the input with a payload session {value!r}")
        expect.equal(admitted.session_key, KEY, f"the session key beside {value!r}")


def _showing(*images: object) -> dict[str, object]:
    return {"message": "What do they show?", "images": list(images)}


@verifies("ADMISSION-18")
async def test_images_that_are_none_raise_and_store_nothing(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    for what, changes in IMAGES.items():
        direct = spoiled(direct_input(), changes)
        await _expect_refused(submissions, expect, direct, what, MalformedRecord)
    await submissions.admit_direct(direct_input())


@verifies("ADMISSION-18")
async def test_an_image_over_the_limit_raises_and_stores_nothing(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    direct = spoiled(direct_input(), too_large_an_image())
    await _expect_refused(
        submissions, expect, direct, "an image one character over the limit", ImageTooLarge
    )
    await submissions.admit_direct(direct_input())


@verifies("ADMISSION-18")
async def test_twelve_images_come_back_wherever_the_submission_does(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    direct = direct_input(payload=_showing(*twelve_images()))
    admitted = await submissions.admit_direct(direct)
    came_back = {
        "the admission": admitted,
        "a replay": await submissions.admit_direct(direct),
        "a read": await read(submissions, "direct-1"),
        "the runnable ones": (await submissions.list_runnable_submissions())[0],
        "the claim": await start(submissions, "direct-1", lease_ms=-1000),
        "the running ones": (await submissions.list_running_submissions())[0],
        "the expired ones": (await submissions.list_expired_submissions())[0],
        "the replacement": await submissions.replace_turn_journal_attempt(
            attempt("direct-1"), "attempt-2"
        ),
    }
    for where, submission in came_back.items():
        same = submission is not None and json_equal(submission.input, direct)
        expect.true(same, f"the input with its images from {where} equals the one given")


@verifies("ADMISSION-18")
async def test_images_of_every_length_come_back(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    # The last looks like what the shared SQL store leaves in an image's place.
    texts = [*(image_data(length) for length in (0, 1, *PIECE_EDGES)), "__flue_image_chunks__:0"]
    direct = direct_input(payload=_showing(*(image(text, "") for text in texts)))
    await submissions.admit_direct(direct)

    found = await read(submissions, "direct-1")
    expect.true(json_equal(found.input, direct), "images of many lengths come back equal")


@verifies("ADMISSION-18")
async def test_an_image_of_the_greatest_length_comes_back(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    direct = direct_input(payload=_showing(image(image_data(MAX_IMAGE_CHARACTERS)), image()))
    admitted = await submissions.admit_direct(direct)

    expect.true(json_equal(admitted.input, direct), "an image of 14 MiB comes back equal")


@verifies("ADMISSION-18")
async def test_an_empty_list_of_images_comes_back(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    direct = direct_input(payload=_showing())
    admitted = await submissions.admit_direct(direct)

    expect.equal(admitted.input, direct, "the admitted input")


@verifies("ADMISSION-19")
async def test_a_replay_with_other_image_bytes_raises(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    long, short = image_data(PIECE_EDGES[-1] + 5), image_data(40)
    direct = direct_input(payload=_showing(image(long), image(short)))
    await submissions.admit_direct(direct)
    others = {
        "the last character of a long image": (long[:-1] + "=", short),
        "the first character of a long image": ("=" + long[1:], short),
        "one character of the second image": (long, "=" + short[1:]),
        "a shorter image": (long, short[:-1]),
        "an empty image": (long, ""),
        "the images swapped": (short, long),
    }
    for what, texts in others.items():
        other = direct_input(payload=_showing(*map(image, texts)))
        await expect.raises(
            submissions.admit_direct(other), DirectConflict, f"a replay but for {what}"
        )
    same = await submissions.admit_direct(copy.deepcopy(direct))
    expect.true(json_equal(same.input, direct), "an identical replay returns the first input")


@verifies("ADMISSION-20")
async def test_admission_raises_while_its_session_is_deleted(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    await queue_and_settle(submissions, "dispatch-1")
    await submissions.admit_direct(direct_input("direct-1"))
    await start(submissions, "direct-1")
    await submissions.complete_submission(attempt("direct-1"))

    await while_deleting(submissions, KEY, lambda: _expect_closed(submissions, expect))

    for submission_id in ("dispatch-2", "direct-2"):
        expect.none(await submissions.get_submission(submission_id), "what was refused")
    expect.false(await submissions.has_unsettled_submissions(), "unsettled work afterwards")


async def _expect_closed(submissions: AgentSubmissionStore, expect: Expect) -> None:
    for dispatch_id, what in {"dispatch-1": "a replayed", "dispatch-2": "a new"}.items():
        await expect.raises(
            submissions.admit_dispatch(dispatch_input(dispatch_id)),
            SessionDeleting,
            f"{what} dispatch while its session is deleted",
        )
    for direct_id, what in {"direct-1": "a replayed", "direct-2": "a new"}.items():
        await expect.raises(
            submissions.admit_direct(direct_input(direct_id)),
            SessionDeleting,
            f"{what} direct prompt while its session is deleted",
        )


@verifies("ADMISSION-20")
async def test_admission_through_other_stores_raises_while_its_session_is_deleted(
    handle: Handle, peer: Handle, expect: Expect
) -> None:
    await queue_and_settle(handle.submissions, "dispatch-1")
    another = await handle.connect()

    async def act() -> None:
        await _expect_closed(peer.submissions, expect)
        await _expect_closed(another.submissions, expect)

    await while_deleting(handle.submissions, KEY, act)


@verifies("ADMISSION-20")
async def test_admission_to_other_sessions_works_while_one_is_deleted(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    deleted, *others = ALIKE_TEXTS

    async def act() -> None:
        for name in others:
            await queue(submissions, f"dispatch to session {name}", session=name)
            await submissions.admit_direct(direct_input(f"prompt to session {name}", session=name))
        await queue(submissions, "dispatch to agent-2", id="agent-2", session=deleted)
        prompt = direct_input("prompt to agent-2", id="agent-2", session=deleted)
        await submissions.admit_direct(prompt)

    await while_deleting(submissions, session_key("agent-1", deleted), act)

    for name in others:
        found = await read(submissions, f"dispatch to session {name}")
        expect.equal(found.status, "queued", f"a dispatch to session {name!r} afterwards")


async def _settle_and_delete(
    submissions: AgentSubmissionStore, dispatch_id: str = "dispatch-1", **changes: JsonValue
) -> None:
    await queue_and_settle(submissions, dispatch_id, **changes)
    await submissions.delete_session(KEY, nothing)


def _receipt(dispatch_id: str = "dispatch-1", at: int = ACCEPTED_INSTANT) -> RetainedReceipt:
    return RetainedReceipt(AgentDispatchReceipt(dispatch_id, at))


@verifies("ADMISSION-21")
async def test_a_deleted_dispatch_is_answered_with_its_receipt(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    await queue_and_settle(submissions, "completed")
    failing = await queue_and_start(submissions, "failed", acceptedAt="2026-06-03T12:20:30.4569Z")
    await submissions.fail_submission(failing, RuntimeError("no answer"))
    await submissions.delete_session(KEY, nothing)

    completed = await submissions.admit_dispatch(dispatch_input("completed"))
    expect.equal(completed, _receipt("completed"), "a completed dispatch admitted again")
    failed = await submissions.admit_dispatch(dispatch_input("failed"))
    expect.equal(failed, _receipt("failed", 1_780_489_230_456), "a failed dispatch, likewise")
    expect.none(await submissions.get_submission("completed"), "the deleted submission")
    expect.false(await submissions.has_unsettled_submissions(), "unsettled work afterwards")


@verifies("ADMISSION-21")
async def test_each_of_many_deleted_dispatches_has_its_own_receipt(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    for text in INSTANTS:
        # A submission from the future may outlive the deletion (DELETION-08).
        if text < ACCEPTED_AT:
            await queue_and_settle(submissions, f"accepted at {text}", acceptedAt=text)
    await submissions.delete_session(KEY, nothing)

    for text, instant in INSTANTS.items():
        if text < ACCEPTED_AT:
            dispatch_id = f"accepted at {text}"
            admission = await submissions.admit_dispatch(dispatch_input(dispatch_id))
            expect.equal(admission, _receipt(dispatch_id, instant), f"one accepted at {text!r}")


@verifies("ADMISSION-22")
async def test_a_receipt_answers_whatever_the_replay_carries(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    await _settle_and_delete(submissions)
    replays: dict[str, dict[str, JsonValue]] = {
        "an identical replay": {},
        "another input": {"input": None},
        "another session": {"session": "other"},
        "another instance": {"id": "agent-2"},
        "another agent": {"agent": "release"},
        "another acceptance time": {"acceptedAt": "2026-06-04"},
    }
    for what, changes in replays.items():
        admission = await submissions.admit_dispatch(dispatch_input(**changes))
        expect.equal(admission, _receipt(), what)
    expect.false(await submissions.has_unsettled_submissions(), "unsettled work afterwards")


@verifies("ADMISSION-22")
async def test_a_receipt_answers_although_a_prompt_has_its_id_by_now(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    await _settle_and_delete(submissions, "one-id")
    prompted = await submissions.admit_direct(direct_input("one-id"))

    admission = await submissions.admit_dispatch(dispatch_input("one-id"))
    expect.equal(admission, _receipt("one-id"), "a replay beside a prompt with its id")
    expect.equal(await read(submissions, "one-id"), prompted, "the prompt after the replay")


@verifies("ADMISSION-22")
async def test_a_receipt_answers_while_its_session_is_deleted_again(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    await _settle_and_delete(submissions)
    await queue_and_settle(submissions, "dispatch-2")

    async def act() -> None:
        admission = await submissions.admit_dispatch(dispatch_input())
        expect.equal(admission, _receipt(), "a replay during the next deletion")
        other = await submissions.admit_dispatch(dispatch_input(input="other"))
        expect.equal(other, _receipt(), "another input during the next deletion")
        await expect.raises(
            submissions.admit_dispatch(dispatch_input(acceptedAt="yesterday")),
            InvalidAcceptedAt,
            "a replay accepted yesterday, during the next deletion",
        )

    await while_deleting(submissions, KEY, act)

    for dispatch_id in ("dispatch-1", "dispatch-2"):
        admission = await submissions.admit_dispatch(dispatch_input(dispatch_id))
        expect.equal(admission, _receipt(dispatch_id), "a replay after the next deletion")


@verifies("ADMISSION-23")
async def test_a_deleted_direct_id_can_be_admitted_anew(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    for session in ("default", "other"):
        await submissions.admit_direct(direct_input())
        await start(submissions, "direct-1")
        await submissions.complete_submission(attempt("direct-1"))
        await submissions.delete_session(KEY, nothing)
        anew = direct_input(payload={"message": "Once more."}, session=session)
        admitted = await submissions.admit_direct(anew)

        queued = as_admitted(
            admitted,
            submission_id="direct-1",
            session_key=session_key("agent-1", session),
            kind="direct",
            input=anew,
        )
        expect.equal(admitted, queued, f"the id admitted anew to session {session!r}")
        await start(submissions, "direct-1")
        await submissions.complete_submission(attempt("direct-1"))
        await submissions.delete_session(session_key("agent-1", session), nothing)


@verifies("ADMISSION-23")
async def test_a_direct_prompt_is_admitted_under_an_id_with_a_receipt(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    await _settle_and_delete(submissions, "one-id")
    admitted = await submissions.admit_direct(direct_input("one-id"))

    queued = as_admitted(
        admitted, submission_id="one-id", kind="direct", input=direct_input("one-id")
    )
    expect.equal(admitted, queued, "a direct prompt with the id of a deleted dispatch")
    expect.equal(await read(submissions, "one-id"), queued, "the submission read afterwards")


@verifies("ADMISSION-24")
async def test_concurrent_identical_dispatches_make_one_submission(
    handles: list[Handle], expect: Expect
) -> None:
    await race_identical_dispatches(handles, expect, ROUNDS)


@verifies("ADMISSION-24")
async def test_concurrent_identical_direct_prompts_make_one_submission(
    handles: list[Handle], expect: Expect
) -> None:
    await race_identical_prompts(handles, expect, ROUNDS)


@verifies("ADMISSION-25")
async def test_one_of_concurrent_dispatches_with_different_inputs_is_admitted(
    handles: list[Handle], expect: Expect
) -> None:
    await race_different_inputs(handles, expect, ROUNDS)


@verifies("ADMISSION-25")
async def test_one_of_concurrent_dispatches_to_different_sessions_is_admitted(
    handles: list[Handle], expect: Expect
) -> None:
    await race_dispatches_to_different_sessions(handles, expect, ROUNDS)


@verifies("ADMISSION-25")
async def test_one_of_concurrent_direct_prompts_with_different_messages_is_admitted(
    handles: list[Handle], expect: Expect
) -> None:
    await race_different_messages(handles, expect, ROUNDS)


@verifies("ADMISSION-25")
async def test_one_of_concurrent_direct_prompts_to_different_sessions_is_admitted(
    handles: list[Handle], expect: Expect
) -> None:
    await race_prompts_to_different_sessions(handles, expect, ROUNDS)


@verifies("ADMISSION-26")
async def test_admission_neither_needs_nor_makes_a_session_record(
    sessions: SessionStore, submissions: AgentSubmissionStore, expect: Expect
) -> None:
    await queue(submissions)
    await submissions.admit_direct(direct_input())

    for name in (KEY, "default", "agent-1", "dispatch-1", "direct-1"):
        expect.none(await sessions.load(name), f"a session record {name!r} after admission")


@verifies("ADMISSION-26")
async def test_admission_leaves_a_session_record_alone(
    sessions: SessionStore, submissions: AgentSubmissionStore, expect: Expect
) -> None:
    await sessions.save(KEY, session_data())
    await queue(submissions)
    await submissions.admit_direct(direct_input())
    await queue(submissions)

    expect.equal(await sessions.load(KEY), session_data(), "the session record after admission")


@verifies("ADMISSION-27")
async def test_empty_names_are_admitted_or_refused(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    for member in ("session", "id", "agent"):
        await _expect_admitted_or_refused(
            submissions, expect, f"no {member}", f"with an empty {member}", **{member: ""}
        )


@verifies("ADMISSION-28")
async def test_ids_with_an_unpaired_surrogate_are_refused_or_kept(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    for name in ("half \ud83d", "\ude00\ud83d"):
        await _expect_admitted_or_refused(
            submissions, expect, name, "whose id has an unpaired surrogate"
        )


@verifies("ADMISSION-28")
async def test_ids_with_a_nul_work_or_are_refused(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    # What a truncated id could be taken for.
    await queue(submissions, "nul")
    for name in ("nul\0", "nul\0one", "nul\0two", "\0nul"):
        await _expect_admitted_or_refused(submissions, expect, name, "whose id has a NUL")


async def _expect_admitted_or_refused(
    submissions: AgentSubmissionStore, expect: Expect, name: str, what: str, **changes: JsonValue
) -> None:
    """Admit a dispatch and a direct prompt that a store may refuse, each to its own session."""
    dispatch = dispatch_input(name, **({"id": name, "session": "dispatch"} | changes))
    direct = direct_input(f"{name} too", **({"id": f"{name} too", "session": "direct"} | changes))
    dispatching = await attempted(partial(queue_input, submissions, dispatch))
    await _expect_as_given_or_nowhere(
        submissions, expect, dispatching, as_stored(dispatch), f"a dispatch {what}"
    )
    prompting = await attempted(partial(submissions.admit_direct, direct))
    await _expect_as_given_or_nowhere(
        submissions, expect, prompting, direct, f"a direct prompt {what}"
    )


async def _expect_as_given_or_nowhere(
    submissions: AgentSubmissionStore,
    expect: Expect,
    admitting: Racer[AgentSubmission],
    given: StoredDispatchInput | DirectAgentSubmissionInput,
    what: str,
) -> None:
    name, key = given["submissionId"], session_key(given["id"], given["session"])
    reading = await attempted(partial(submissions.get_submission, name))
    heads = await submissions.list_runnable_submissions()
    as_given = admitting.value and as_admitted(
        admitting.value, submission_id=name, session_key=key, kind=given["kind"], input=given
    )
    is_given = as_given and not first_difference([admitting.value, reading.value], [as_given] * 2)
    is_nowhere = not reading.value and key not in {head.session_key for head in heads}
    expect.permitted(
        {
            "admitted": bool(is_given),
            "refused": admitting.error is not None and is_nowhere,
        },
        came_back=admitting.error or [admitting.value, reading.value],
        about=what,
    )


@verifies("ADMISSION-29")
@requires("same process")
async def test_changing_the_callers_dispatch_changes_no_submission(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    mine = dispatch_input()
    admitted = replace(await queue_input(submissions, mine), input=as_stored(dispatch_input()))
    tamper(mine)

    expect.equal(await read(submissions), admitted, "the submission after the caller's change")
    again = await submissions.admit_dispatch(dispatch_input())
    expect.equal(again, AdmittedSubmission(admitted), "a replay of what was admitted")


@verifies("ADMISSION-29")
@requires("same process")
async def test_changing_the_callers_direct_prompt_changes_no_submission(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    payload = {"message": "Go on.", "context": {"files": ["a.py"]}}
    mine = direct_input(payload=copy.deepcopy(payload))
    admitted = replace(await submissions.admit_direct(mine), input=direct_input(payload=payload))
    tamper(mine)

    found = await read(submissions, "direct-1")
    expect.equal(found, admitted, "the submission after the caller's change")


@verifies("ADMISSION-29")
@requires("same process")
async def test_changing_a_returned_input_changes_no_submission(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    before = replace(await queue(submissions), input=as_stored(dispatch_input()))
    ways: dict[str, Callable[[], Awaitable[AgentSubmission]]] = {
        "a replay": lambda: queue(submissions),
        "a read": lambda: read(submissions),
        "the runnable one": lambda: _only(submissions.list_runnable_submissions),
    }
    for _ in range(2):
        for what, way in ways.items():
            came_back = await way()
            expect.equal(came_back, before, f"{what} after changes of what came back before")
            tamper(came_back.input)


@verifies("ADMISSION-29")
@requires("same process")
async def test_changing_a_claimed_input_changes_no_submission(
    submissions: AgentSubmissionStore, expect: Expect
) -> None:
    await queue(submissions)
    claimed = await start(submissions)
    before = replace(claimed, input=as_stored(dispatch_input()))
    tamper(claimed.input)

    for _ in range(2):
        expect.equal(await read(submissions), before, "the submission after changes of others")
        tamper((await _only(submissions.list_running_submissions)).input)


async def _only(listing: Callable[[], Awaitable[Sequence[AgentSubmission]]]) -> AgentSubmission:
    submission, *_ = await listing()
    return submission
