"""A database with something of everything, and what can be read of it again."""

from __future__ import annotations

from flue_conformance.contract import (
    AgentSubmissionStore,
    DispatchInput,
    ListRunsOpts,
    SubmissionDurability,
    TurnJournalUpdate,
    session_key,
)
from flue_conformance.specs.scenarios.deleting import nothing
from flue_conformance.specs.scenarios.steps import (
    begin_turn,
    queue,
    queue_and_settle,
    queue_and_start,
)
from flue_conformance.specs.scenarios.values import (
    create_run,
    direct_input,
    dispatch_input,
    end_run,
    event,
    run_end,
    run_start,
    session_data,
)
from flue_conformance.specs.support.broken import BrokenRule
from flue_conformance.specs.support.database import Handle


async def fill(handle: Handle, name: str = "a") -> None:
    """Store something through every surface, under ids that begin with `name`.

    Raises `BrokenRule` when one of the calls did not do its part.
    """
    await handle.sessions.save(f"{name}-session", session_data())
    await _fill_submissions(handle.submissions, name)
    await _fill_runs(handle, name)
    if handle.stores.run_events is not None:
        for index in (0, 1, 10):
            await handle.run_events.append_event(f"{name}-ended", event(f"{name}-ended", index))
    if handle.stores.event_streams is not None:
        for path in (f"{name}/open", f"{name}/closed"):
            await handle.streams.create_stream(path)
            await handle.streams.append_event(path, {"of": path})
            await handle.streams.append_event(path, None)
        await handle.streams.close_stream(f"{name}/closed")


async def work_and_sessions(handle: Handle, name: str = "a") -> dict[str, object]:
    """Return what every handle of a filled database can see."""
    submissions = handle.submissions
    names = ("settled", "failed", "running", "waiting", "direct")
    seen: dict[str, object] = {
        "session": await handle.sessions.load(f"{name}-session"),
        "no session": await handle.sessions.load(f"{name}-none"),
        "chunks": await submissions.get_stream_chunk_segments(f"{name}-stream"),
        "journal": await submissions.get_turn_journal(f"{name}-running"),
        # A replay changes nothing, it shows the receipt.
        "receipt": await submissions.admit_dispatch(_forgotten(name)),
        "runnable": await submissions.list_runnable_submissions(),
        "running": await submissions.list_running_submissions(),
        "expired": await submissions.list_expired_submissions(),
        "unsettled": await submissions.has_unsettled_submissions(),
    }
    for each in names:
        seen[f"submission {each}"] = await submissions.get_submission(f"{name}-{each}")
    if handle.stores.event_streams is not None:
        for path in (f"{name}/open", f"{name}/closed"):
            seen[f"meta of {path}"] = await handle.streams.get_stream_meta(path)
            seen[f"events of {path}"] = await handle.streams.read_events(path)
    return seen


async def runs_and_pointers(handle: Handle, name: str = "a") -> dict[str, object]:
    """Return what the stores that filled a database can see of its runs."""
    seen: dict[str, object] = {}
    for run in (f"{name}-ended", f"{name}-active"):
        seen[f"run {run}"] = await handle.runs.get_run(run)
        seen[f"pointer {run}"] = await handle.registry.lookup_run(run)
        if handle.stores.run_events is not None:
            seen[f"events of {run}"] = await handle.run_events.get_events(run)
    seen["listing"] = await handle.registry.list_runs(ListRunsOpts(workflow_name=name))
    return seen


async def everything(handle: Handle, name: str = "a") -> dict[str, object]:
    """Return what the stores that filled a database can see of it."""
    return await work_and_sessions(handle, name) | await runs_and_pointers(handle, name)


async def known_as(handle: Handle, name: str) -> dict[str, object]:
    """Return what can be read under one id, whatever it is the id of."""
    submissions = handle.submissions
    seen: dict[str, object] = {
        "session": await handle.sessions.load(name),
        "submission": await submissions.get_submission(name),
        "journal": await submissions.get_turn_journal(name),
        "chunks": await submissions.get_stream_chunk_segments(name),
        "run": await handle.runs.get_run(name),
        "pointer": await handle.registry.lookup_run(name),
    }
    if handle.stores.run_events is not None:
        seen["run events"] = await handle.run_events.get_events(name)
    if handle.stores.event_streams is not None:
        seen["stream"] = await handle.streams.get_stream_meta(name)
    return seen


async def emptiness(handle: Handle) -> dict[str, object]:
    """Return what can be read of a database without knowing what is in it."""
    submissions = handle.submissions
    seen: dict[str, object] = {
        "session": await handle.sessions.load("a-session"),
        "submission": await submissions.get_submission("a-running"),
        "journal": await submissions.get_turn_journal("a-running"),
        "chunks": await submissions.get_stream_chunk_segments("a-stream"),
        "runnable": await submissions.list_runnable_submissions(),
        "running": await submissions.list_running_submissions(),
        "expired": await submissions.list_expired_submissions(),
        "unsettled": await submissions.has_unsettled_submissions(),
        "run": await handle.runs.get_run("a-ended"),
        "pointer": await handle.registry.lookup_run("a-ended"),
        "listing": (await handle.registry.list_runs()).runs,
    }
    if handle.stores.run_events is not None:
        seen["run events"] = await handle.run_events.get_events("a-ended")
    if handle.stores.event_streams is not None:
        seen["stream"] = await handle.streams.get_stream_meta("a/open")
        seen["stream events"] = (await handle.streams.read_events("a/open")).events
    return seen


def _forgotten(name: str) -> DispatchInput:
    return dispatch_input(f"{name}-forgotten", session=f"{name} forgotten")


async def _fill_submissions(submissions: AgentSubmissionStore, name: str) -> None:
    await queue_and_settle(submissions, f"{name}-forgotten", session=f"{name} forgotten")
    await submissions.delete_session(session_key("agent-1", f"{name} forgotten"), nothing)
    await queue_and_settle(submissions, f"{name}-settled", session=f"{name} settled")
    failed = await queue_and_start(submissions, f"{name}-failed", session=f"{name} settled")
    _applied(await submissions.fail_submission(failed, RuntimeError("no")), "failure")

    running = await queue_and_start(submissions, f"{name}-running", session=f"{name} work")
    limits = SubmissionDurability(max_retry=3, timeout_at=9_999_999_999_999)
    _applied(await submissions.mark_submission_input_applied(running, limits), "input mark")
    await begin_turn(submissions, f"{name}-running", tool_request=None)
    update = TurnJournalUpdate(checkpoint_leaf_id="0000000a", stream_key=f"{name}-stream")
    _applied(
        await submissions.update_turn_journal_phase(running, "provider_started", update),
        "journal update",
    )
    for index in (0, 2, 10):
        stored = await submissions.append_stream_chunk_segment(
            f"{name}-stream", index, f"[{index}]"
        )
        _applied(stored, "chunk append")
    await queue(submissions, f"{name}-waiting", session=f"{name} work")
    await submissions.admit_direct(direct_input(f"{name}-direct", session=f"{name} direct"))


async def _fill_runs(handle: Handle, name: str) -> None:
    for run in (f"{name}-ended", f"{name}-active"):
        await handle.runs.create_run(create_run(run, workflow=name, payload={"of": run}))
        await handle.registry.record_run_start(run_start(run, workflow=name))
    await handle.runs.end_run(end_run(f"{name}-ended", result=None))
    await handle.registry.record_run_end(run_end(f"{name}-ended"))


def _applied(outcome: bool, what: str) -> None:
    if not outcome:
        raise BrokenRule(about=f"{what} by the owning attempt", came_back="False", expected="True")
