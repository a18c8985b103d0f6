"""What section 3 says of states holds in every state that the model can reach."""

from __future__ import annotations

import pytest

from flue_conformance.model import READS, Call, State, Step
from flue_conformance.model.records import Journal, Submission

from .worlds import KEY, explored

World = list[tuple[State, Call, Step]]


@pytest.fixture(scope="module")
def world() -> World:
    """Returns every step from some thousand states."""
    found = list(explored(4_000))
    assert len({state for state, _, _ in found}) > 2_000
    return found


def submissions(state: State) -> list[Submission]:
    return list(state.submissions.values())


def test_at_most_one_submission_of_a_session_runs(world: World) -> None:
    # CLAIM-04
    for _, _, step in world:
        assert sum(each.status == "running" for each in submissions(step.state)) <= 1


def test_what_runs_is_the_first_that_is_unsettled(world: World) -> None:
    # ORDERING-16
    for _, _, step in world:
        for each in submissions(step.state):
            if each.status == "running":
                assert step.state.head(KEY) == each


def test_members_are_there_as_the_status_says(world: World) -> None:
    # Section 1.3, ORDERING-14.
    for _, _, step in world:
        for each in submissions(step.state):
            attempted = (each.attempt_id, each.owner_id, each.started_at)
            if each.status == "queued":
                assert attempted == (None, None, None)
                assert (each.lease_expires_at, each.input_applied_at) == (0, None)
                assert each.recovery_requested_at is None
            else:
                assert None not in attempted
            assert each.error is None or each.status == "settled"


def test_nothing_leaves_settled_but_by_deletion(world: World) -> None:
    # LIFECYCLE-10, LIFECYCLE-11
    for before, call, step in world:
        for each in submissions(before):
            if each.status == "settled" and call.name != "deletion.clean":
                assert step.state.submissions[each.submission_id] == each


def test_a_removed_dispatch_leaves_a_receipt_for_ever_and_a_prompt_none(world: World) -> None:
    # DELETION-07, ADMISSION-23
    for before, _, step in world:
        gone = before.submissions.keys() - step.state.submissions.keys()
        assert {name for name in gone if before.submissions[name].kind == "dispatch"} <= (
            step.state.receipts.keys()
        )
        assert before.receipts.keys() <= step.state.receipts.keys()
        assert "b" not in step.state.receipts


def test_what_has_a_receipt_is_never_queued_again(world: World) -> None:
    # DELETION-15
    for _, _, step in world:
        assert not step.state.receipts.keys() & {
            each.submission_id for each in submissions(step.state) if each.kind == "dispatch"
        }


def test_a_session_that_is_being_deleted_gets_no_work(world: World) -> None:
    # ADMISSION-20
    for before, _, step in world:
        if KEY in before.deleting:
            assert step.state.submissions.keys() <= before.submissions.keys()
            assert not any(each.unsettled for each in submissions(step.state))


def test_journals_only_go_on_and_commits_stay(world: World) -> None:
    # JOURNAL-03, JOURNAL-07, JOURNAL-10
    for before, call, step in world:
        for name, journal in before.journals.items():
            after = step.state.journals.get(name)
            if not isinstance(journal, Journal) or not isinstance(after, Journal):
                continue
            assert after == journal or after.revision == journal.revision + 1
            if journal.committed and call.name != "submissions.begin_turn_journal":
                assert after == journal


def test_what_is_refused_changes_nothing(world: World) -> None:
    # LIFECYCLE-01, CLAIM-02, JOURNAL-06, JOURNAL-17
    for before, call, step in world:
        refusable = call.name.startswith("submissions.") and "admit" not in call.name
        if refusable and step.result in (None, False):
            assert step.state == before


def test_reads_change_nothing_and_every_step_names_its_rules(world: World) -> None:
    for before, call, step in world:
        assert step.rules
        if call.name in READS:
            assert step.state == before


def test_what_can_be_claimed_is_the_queued_head_alone(world: World) -> None:
    # ORDERING-09
    for before, call, step in world:
        if call.name == "submissions.claim_submission" and step.result is not None:
            head = before.head(KEY)
            assert isinstance(step.result, Submission)
            assert head is not None
            assert (head.status, head.submission_id) == ("queued", step.result.submission_id)
