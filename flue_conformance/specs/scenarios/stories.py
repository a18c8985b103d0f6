"""The runtime's own sequences (section 5 of the contract), to be cut short anywhere."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from flue_conformance.contract import (
    DirectAgentSubmissionInput,
    DispatchInput,
    Stores,
    SubmissionClaimRef,
    TurnJournalUpdate,
    session_key,
)
from flue_conformance.harness.runtime import (
    LONG_PASSED,
    Coordinator,
    Effects,
    delete_tree,
    run_workflow,
)
from flue_conformance.specs.scenarios.snapshots import Sight
from flue_conformance.specs.scenarios.steps import queue_and_start
from flue_conformance.specs.scenarios.values import (
    attempt,
    direct_input,
    dispatch_input,
    session_data,
    turn,
)
from flue_conformance.specs.support.database import Handle


def first_of(token: str) -> str:
    """Return the id of the submission that is cut short."""
    return f"{token}-first"


def second_of(token: str) -> str:
    """Return the id of the submission that waits behind it."""
    return f"{token}-second"


def run_of(token: str) -> str:
    """Return the id of the run."""
    return f"workflow:release:{token}"


@dataclass(slots=True)
class Conversation:
    """Two submissions of one session are admitted, and the first one runs to its end."""

    direct: bool = False
    tools: tuple[str, ...] = ()
    streams: bool = False
    effects: Effects = field(default_factory=Effects)

    def sight(self, token: str) -> Sight:
        """Look at both submissions, the session, the events and the first turns' chunks."""
        first = first_of(token)
        turns = [f"{first}:{token}-attempt-1:turn-{number}" for number in (1, 2)]
        return Sight(
            token,
            submissions=(first, second_of(token)),
            stream_keys=turns,
            sessions=(session_key(token, "default"),),
            paths=(f"agents/{token}/{token}",) if self.streams else (),
        )

    async def prepare(self, handle: Handle, token: str) -> None:
        """Nothing comes before."""

    async def play(self, stores: Stores, token: str) -> None:
        """Admit both, scan, and claim and run what can be claimed."""
        coordinator = Coordinator(stores, self.effects, token, agents=[token])
        await self.admit(stores, token)
        if await stores.submissions.has_unsettled_submissions():
            await coordinator.recover()
            await coordinator.work(passes=1)

    async def admit(self, stores: Stores, token: str) -> None:
        """Ask for both; asking again changes nothing."""
        if self.direct:
            await stores.submissions.admit_direct(self._direct(token))
        else:
            tools: Any = {"tools": list(self.tools)}
            await stores.submissions.admit_dispatch(self._dispatch(first_of(token), token, tools))
        await stores.submissions.admit_dispatch(self._dispatch(second_of(token), token, None))

    def _direct(self, token: str) -> DirectAgentSubmissionInput:
        return direct_input(first_of(token), agent=token, id=token)

    def _dispatch(self, name: str, token: str, given: Any) -> DispatchInput:
        return dispatch_input(name, agent=token, id=token, input=given)


class Workflow:
    """A workflow run from its creation to its end."""

    def sight(self, token: str) -> Sight:
        """Look at its stream."""
        return Sight(token, paths=(f"runs/{run_of(token)}",))

    async def prepare(self, handle: Handle, token: str) -> None:
        """Nothing comes before."""

    async def play(self, stores: Stores, token: str) -> None:
        """Run it."""
        await run_workflow(stores, run_of(token))


class Renewal:
    """A heartbeat renews the leases of three submissions."""

    def sight(self, token: str) -> Sight:
        """Look at the three."""
        return Sight(token, submissions=self._names(token))

    async def prepare(self, handle: Handle, token: str) -> None:
        """Start the three under leases that have passed."""
        for name in self._names(token):
            await handle.submissions.admit_dispatch(dispatch_input(name, session=name))
            given = SubmissionClaimRef(name, "attempt-1", token, LONG_PASSED)
            await handle.submissions.claim_submission(given)

    async def play(self, stores: Stores, token: str) -> None:
        """Renew their leases twice, as one beat follows the other."""
        for _ in range(2):
            await stores.submissions.renew_leases(token, self._names(token))

    def _names(self, token: str) -> list[str]:
        return [f"{token}-{number}" for number in range(3)]


class Takeover:
    """Another attempt takes a submission over with its open journal, and settles it."""

    def sight(self, token: str) -> Sight:
        """Look at the submission and its journal."""
        return Sight(token, submissions=(first_of(token),))

    async def prepare(self, handle: Handle, token: str) -> None:
        """Start it, and begin a turn."""
        name = first_of(token)
        await queue_and_start(handle.submissions, name, session=name)
        await handle.submissions.begin_turn_journal(turn(name))

    async def play(self, stores: Stores, token: str) -> None:
        """Ask for the recovery, take it over twice, and fail it."""
        name, store = first_of(token), stores.submissions
        await store.request_submission_recovery(attempt(name))
        await store.replace_turn_journal_attempt(attempt(name), "attempt-2")
        await store.replace_turn_journal_attempt(attempt(name, "attempt-2"), "attempt-3")
        await store.fail_submission(attempt(name, "attempt-3"), RuntimeError("lost"))


@dataclass(slots=True)
class Deletion:
    """A session with the session of a task is deleted."""

    begun: set[str] = field(default_factory=set)
    """The tokens whose callback was called."""

    def sight(self, token: str) -> Sight:
        """Look at what was settled in the session, and at the records of both."""
        first = first_of(token)
        return Sight(
            token,
            submissions=(first, second_of(token)),
            stream_keys=(f"{first}-stream",),
            sessions=(session_key(token, "default"), session_key(token, "task:default:t1")),
        )

    async def prepare(self, handle: Handle, token: str) -> None:
        """Settle two dispatches of the session, one after a turn, and save the records."""
        store, first, second = handle.submissions, first_of(token), second_of(token)
        await queue_and_start(store, first, id=token)
        await store.begin_turn_journal(turn(first, session_key=session_key(token, "default")))
        streaming = TurnJournalUpdate(stream_key=f"{first}-stream")
        await store.update_turn_journal_phase(attempt(first), "provider_started", streaming)
        await store.append_stream_chunk_segment(f"{first}-stream", 0, "[]")
        await store.complete_submission(attempt(first))
        await queue_and_start(store, second, id=token)
        await store.fail_submission(attempt(second), RuntimeError("no"))
        await handle.sessions.save(session_key(token, "default"), session_data())
        task = session_data(metadata={})
        await handle.sessions.save(session_key(token, "task:default:t1"), task)

    async def play(self, stores: Stores, token: str) -> None:
        """Delete the session."""
        await delete_tree(stores, token, "default", begun=lambda: self.begun.add(token))
