"""Moves that bring one text, one time, one instant and one document through every column."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, TypeAlias, cast

from flue_conformance.contract import (
    ABSENT,
    MAX_INTEGER,
    CreateRunInput,
    CreateTurnJournalInput,
    EndRunInput,
    ListRunsOpts,
    RecordRunEndInput,
    RecordRunStartInput,
    RunOwner,
    SubmissionAttemptRef,
    SubmissionClaimRef,
    SubmissionDurability,
    TurnJournalUpdate,
)
from flue_conformance.specs.generated.choices import Choices
from flue_conformance.specs.generated.deletion import interrupt_deletion, make_deletion
from flue_conformance.specs.generated.moves.surfaces import look_everywhere
from flue_conformance.specs.generated.player import Player
from flue_conformance.specs.generated.pools import DOCUMENTS, TEXTS, TIMES, entry
from flue_conformance.specs.scenarios.deleting import nothing
from flue_conformance.specs.scenarios.values import dispatch_input, session_data

_TEXTS: Final = (*TEXTS, 'O\'Brien "q" \\', "ÅÄÖ ß", "\ttabs\t", "a\U00010348b", " before")
_LONG: Final = "x" * 70_000
_INSTANTS: Final = (
    MAX_INTEGER,
    253_402_300_800_000,  # The year 10000.
    2**31 * 1000,
    500,
    0,
    1,
    -5,
    9_007_199_254_740_989,
)
_NULLS: Final[tuple[Any, ...]] = (None, 0, "", False, [], {}, ABSENT)


@dataclass(frozen=True, slots=True)
class Values:
    """What is written into every column that takes it."""

    text: str
    time: str
    instant: int
    document: Any
    """A JSON value, or `ABSENT`."""


def _values(choices: Choices) -> Values:
    document = choices.mostly(DOCUMENTS, _NULLS, 2)
    return Values(choices.among(_TEXTS), choices.among(TIMES), choices.among(_INSTANTS), document)


async def live(player: Player, choices: Choices) -> None:
    """Have a submission lead its life, from its admission to its end."""
    values = _values(choices)
    await _live(player, choices, values, choices.among(_LIVES))


async def _live(
    player: Player, choices: Choices, values: Values, passages: Sequence[Passage]
) -> None:
    life = _Life(player, values, choices.among((0, 1)), len(player.state.lanes))
    await life.begin()
    for passage in passages:
        await passage(life, choices)
        await player.look(1 - life.handle)


class _Life:
    """One submission, whose every column has the values."""

    def __init__(self, player: Player, values: Values, handle: int, number: int) -> None:
        self.player = player
        self.values = values
        self.handle = handle
        self.name = player.key(f"{number}.{values.text}")
        self.session = f"{number}.{values.text}"
        self.attempt = SubmissionAttemptRef(self.name, f"t{values.text}")
        self.stream = player.key(f"k{values.text}")

    async def call(self, method: str, *arguments: Any) -> Any:
        return await self.player.call(f"submissions.{method}", *arguments, handle=self.handle)

    async def begin(self) -> None:
        """Admit and claim."""
        values = self.values
        given: Any = dispatch_input(
            self.name,
            id=self.player.key("columns"),
            session=self.session,
            agent=values.text or "triage",
            acceptedAt=values.time,
            input=None if values.document is ABSENT else values.document,
        )
        await self.call("admit_dispatch", given)
        claim = SubmissionClaimRef(self.name, f"t{values.text}", values.text, values.instant)
        await self.call("claim_submission", claim)
        await self.player.look(1 - self.handle)

    async def mark(self, choices: Choices) -> None:
        """Mark the input as applied, and request recovery."""
        del choices
        durability = SubmissionDurability(3, self.values.instant)
        await self.call("mark_submission_input_applied", self.attempt, durability)
        await self.call("request_submission_recovery", self.attempt)

    async def turn(self, choices: Choices) -> None:
        """Begin a turn, stream, and consume the stream."""
        text = self.values.text
        begun = CreateTurnJournalInput(
            submission_id=self.name,
            session_key=self.player.state.submissions[self.name].session_key,
            kind="dispatch",
            attempt_id=self.attempt.attempt_id,
            operation_id=text,
            turn_id=text,
            phase="before_provider",
            checkpoint_leaf_id=text,
            tool_request=self.values.document,
        )
        await self.call("begin_turn_journal", begun)
        await self.player.look(1 - self.handle)
        update = TurnJournalUpdate(stream_key=self.stream)
        await self.call("update_turn_journal_phase", self.attempt, "provider_started", update)
        index = choices.among((0, 1))
        await self.call("append_stream_chunk_segment", self.stream, index, text)
        await self.call("mark_stream_consumed", self.attempt, self.stream)

    async def commit(self, choices: Choices) -> None:
        """Commit the turn."""
        del choices
        await self.call("commit_turn_journal", self.attempt, self.values.text)

    async def fail(self, choices: Choices) -> None:
        """Fail, rarely with a long text."""
        text = choices.mostly((self.values.text,), (_LONG, f"{_LONG}日"), 6)
        await self.call("fail_submission", self.attempt, RuntimeError(text))

    async def complete(self, choices: Choices) -> None:
        """Complete."""
        del choices
        await self.call("complete_submission", self.attempt)

    async def delete(self, choices: Choices) -> None:
        """Delete the session, perhaps after a deletion that was cancelled."""
        player = self.player
        key = player.state.submissions[self.name].session_key
        if player.deleting or player.state.head(key) is not None:
            return
        if choices.rarely(3):
            await interrupt_deletion(player, key, self.handle)
        else:
            await make_deletion(player, key, nothing, handle=self.handle)
        await look_everywhere(player, 1 - self.handle)


Passage: TypeAlias = Callable[[_Life, Choices], Awaitable[None]]
_LIVES: Final[Sequence[Sequence[Passage]]] = (
    (_Life.mark, _Life.turn, _Life.commit, _Life.fail),
    (_Life.turn, _Life.mark, _Life.complete, _Life.delete),
    (_Life.mark,),
    (_Life.turn,),
    (_Life.fail, _Life.delete),
    (_Life.turn, _Life.commit, _Life.fail, _Life.delete),
)


async def keep_a_record(player: Player, choices: Choices) -> None:
    """Save a session's record whose members have the values, and load it."""
    await _keep_a_record(player, choices, _values(choices))


async def _keep_a_record(player: Player, choices: Choices, values: Values) -> None:
    handle = choices.among((0, 1))
    other = values.text.swapcase()
    entries = [entry(1, values.text), entry(2, other), entry(3, "three")]
    entries[0] |= {"id": f"e{values.text}", "timestamp": values.time}
    entries[1] |= {"id": f"e{other}x", "parentId": entries[0]["id"]}
    entries[2] |= {"id": f"E{values.text}", "note": values.document}
    if values.document is ABSENT:
        del entries[2]["note"]
    record = session_data(
        entries=cast("Any", entries),
        affinityKey=values.text,
        leafId=values.text,
        createdAt=values.time,
        updatedAt=choices.among(TIMES),
        metadata={values.text: entries[2].get("note")},
    )
    name = player.key(f"s{values.text}")
    for reader in (0, 1):
        await player.call("sessions.load", name, handle=reader)
    await player.call("sessions.save", name, record, handle=handle)
    await player.call("sessions.load", name, handle=1 - handle)


async def keep_a_run(player: Player, choices: Choices) -> None:
    """Record a run, and index it, with the values."""
    values = _values(choices)
    await _keep_a_run(player, choices, values, choices.among((values.document, None, ABSENT)))


async def _keep_a_run(player: Player, choices: Choices, values: Values, payload: Any) -> None:
    number = len(player.state.runs)
    run, workflow = player.key(f"r{number}{values.text}"), player.key(values.text)
    owner = RunOwner(workflow, run)
    started, index = values.time, "registry.lookup_run"
    await player.call("runs.get_run", run)
    await player.call("runs.create_run", CreateRunInput(run, owner, started, payload))
    await player.call("runs.get_run", run)
    await player.call("registry.record_run_start", RecordRunStartInput(run, owner, started))
    await player.call(index, run)
    ended, errored = choices.among(TIMES), choices.among((False, True))
    result = choices.among((values.document, *_NULLS))
    error = choices.among((ABSENT, None, values.document))
    end = EndRunInput(run, ended, errored, 5, result, error)
    await player.call("runs.end_run", end)
    await player.call("registry.record_run_end", RecordRunEndInput(run, ended, 5, errored))
    await player.call("runs.get_run", run)
    await player.call(index, run)
    listed = ListRunsOpts(workflow_name=workflow, limit=choices.among((None, 1)))
    await player.call("registry.list_runs", listed)


async def tell_events(player: Player, choices: Choices) -> None:
    """Append an event with the values, to what the edition has for events, and read it."""
    await _tell_events(player, choices, _values(choices))


async def _tell_events(player: Player, choices: Choices, values: Values) -> None:
    handle = choices.among((0, 1))
    document = None if values.document is ABSENT else values.document
    path = player.key(values.text)
    event = {"type": "log", "timestamp": values.time, values.text: values.text, "data": document}
    if player.state.edition == "0.10":
        at = sum(run == path for run, _ in player.state.events)
        event |= {"runId": path, "eventIndex": at}
        await player.call("run_events.append_event", path, event)
        await player.call("run_events.get_events", path)
        return
    await player.call("streams.create_stream", path, handle=handle)
    await player.call("streams.append_event", path, event, handle=handle)
    await player.call("streams.append_event", path, document, handle=handle)
    await player.call("streams.read_events", path, handle=1 - handle)


async def _write(player: Player, choices: Choices, *, number: int) -> None:
    """Bring a text through every column, with other values beside it."""
    documents = (*_NULLS, *DOCUMENTS)
    values = Values(
        _TEXTS[number],
        TIMES[number % len(TIMES)],
        _INSTANTS[number % len(_INSTANTS)],
        documents[number % len(documents)],
    )
    await _live(player, choices, values, _LIVES[0])
    await _keep_a_record(player, choices, values)
    await _keep_a_run(player, choices, values, values.document)
    await _tell_events(player, choices, values)


WRITE_EACH_TEXT: Final = tuple(partial(_write, number=number) for number in range(len(_TEXTS)))
"""A move for each text, to be made once each."""

MOVES = (live, live, keep_a_record, keep_a_run, tell_events)
