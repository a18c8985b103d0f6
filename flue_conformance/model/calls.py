"""Calls by name, and what the contract lets each of them do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from flue_conformance.model import (
    adapter,
    admission,
    chunks,
    claims,
    deletion,
    events,
    index,
    journals,
    leases,
    lifecycle,
    ordering,
    runs,
    sessions,
    streams,
)
from flue_conformance.model.relations import Moment
from flue_conformance.model.state import State
from flue_conformance.model.steps import Method, Steps

METHODS: Mapping[str, Method] = MappingProxyType(
    {
        "adapter.migrate": adapter.migrate,
        "sessions.save": sessions.save,
        "sessions.load": sessions.load,
        "sessions.delete": sessions.delete,
        "submissions.admit_dispatch": admission.admit_dispatch,
        "submissions.admit_direct": admission.admit_direct,
        "submissions.get_submission": ordering.get_submission,
        "submissions.has_unsettled_submissions": ordering.has_unsettled_submissions,
        "submissions.list_runnable_submissions": ordering.list_runnable_submissions,
        "submissions.list_running_submissions": ordering.list_running_submissions,
        "submissions.list_expired_submissions": leases.list_expired_submissions,
        "submissions.claim_submission": claims.claim_submission,
        "submissions.mark_submission_input_applied": lifecycle.mark_submission_input_applied,
        "submissions.request_submission_recovery": lifecycle.request_submission_recovery,
        "submissions.requeue_submission_before_input_applied": (
            lifecycle.requeue_submission_before_input_applied
        ),
        "submissions.complete_submission": lifecycle.complete_submission,
        "submissions.fail_submission": lifecycle.fail_submission,
        "submissions.renew_leases": leases.renew_leases,
        "submissions.begin_turn_journal": journals.begin_turn_journal,
        "submissions.get_turn_journal": journals.get_turn_journal,
        "submissions.update_turn_journal_phase": journals.update_turn_journal_phase,
        "submissions.commit_turn_journal": journals.commit_turn_journal,
        "submissions.mark_stream_consumed": journals.mark_stream_consumed,
        "submissions.replace_turn_journal_attempt": journals.replace_turn_journal_attempt,
        "submissions.append_stream_chunk_segment": chunks.append_stream_chunk_segment,
        "submissions.get_stream_chunk_segments": chunks.get_stream_chunk_segments,
        "submissions.delete_stream_chunk_segments": chunks.delete_stream_chunk_segments,
        "deletion.mark": deletion.mark,
        "deletion.clean": deletion.clean,
        "deletion.give_up": deletion.give_up,
        "runs.create_run": runs.create_run,
        "runs.end_run": runs.end_run,
        "runs.get_run": runs.get_run,
        "run_events.append_event": events.append_event,
        "run_events.get_events": events.get_events,
        "streams.create_stream": streams.create_stream,
        "streams.append_event": streams.append_event,
        "streams.read_events": streams.read_events,
        "streams.close_stream": streams.close_stream,
        "streams.get_stream_meta": streams.get_stream_meta,
        "streams.delete_stream": streams.delete_stream,
        "registry.record_run_start": index.record_run_start,
        "registry.record_run_end": index.record_run_end,
        "registry.lookup_run": index.lookup_run,
        "registry.list_runs": index.list_runs,
    }
)
"""What each call may do: the state, the moment and its arguments give its steps.

A deletion is two calls, to its callback and from there: others see what lies between.
"""

READS = frozenset(
    name
    for name in METHODS
    if name.partition(".")[2].startswith(("get_", "has_", "list_", "load", "lookup_", "read_"))
)
"""The calls that change nothing."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call, and when it was made."""

    name: str
    """The surface and the method, such as `submissions.claim_submission`."""
    arguments: tuple[object, ...] = field(compare=False)
    at: Moment
    spelled: str = ""
    """The arguments as text, by which calls are told apart."""

    @classmethod
    def of(cls, name: str, *arguments: object, at: Moment) -> Call:
        """Return the call."""
        return cls(name, arguments, at, repr(arguments))

    def __str__(self) -> str:
        return f"{self.name}({', '.join(map(repr, self.arguments))})"


def steps(state: State, call: Call) -> Steps:
    """Return all that the contract lets a call do."""
    return METHODS[call.name](state, call.at, *call.arguments)
