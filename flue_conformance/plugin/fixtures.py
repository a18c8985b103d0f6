"""The fixtures of specs: one subject, one database, and handles on it.

Everything that a spec opens is closed after it, and its database dropped, also when it failed.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import pytest
import pytest_asyncio

from flue_conformance.backends import Planter, Server
from flue_conformance.backends.scratch import make_directory, remove_directories
from flue_conformance.contract import (
    AgentSubmissionStore,
    EventStreamStore,
    RunEventStore,
    RunRegistry,
    RunStore,
    SessionStore,
)
from flue_conformance.harness.power import strace_problem
from flue_conformance.plugin.databases import DATABASES
from flue_conformance.plugin.isolation import plain
from flue_conformance.plugin.needs import SAME_PROCESS
from flue_conformance.plugin.options import Options
from flue_conformance.plugin.outcomes import NOT_RUN
from flue_conformance.plugin.private_servers import PRIVATE_SERVERS
from flue_conformance.plugin.processes import PROCESSES
from flue_conformance.plugin.spec import spec_of
from flue_conformance.plugin.trial import trial_of
from flue_conformance.specs.support.database import Database, Handle, Subject
from flue_conformance.specs.support.expect import Expect
from flue_conformance.specs.support.ground import Ground
from flue_conformance.specs.support.ledger import Ledger
from flue_conformance.specs.support.limits import Limits
from flue_conformance.specs.support.power import Recorder
from flue_conformance.specs.support.racing import ROUNDS_APART
from flue_conformance.specs.support.site import Site
from flue_conformance.specs.support.standing import StandStill
from flue_conformance.specs.support.workers import Workers


@pytest.fixture
def subject(request: pytest.FixtureRequest) -> Subject:
    """Return the adapter and the edition under test; for rules of durability on durable storage.

    But for what a killed process leaves behind: it takes nothing with it that the kernel has.
    """
    chosen: Subject = request.param
    if request.node.nodeid.startswith(("flue.crashes.", "flue.histories.")):
        return chosen
    spec = spec_of(request.node)
    if spec is not None and SAME_PROCESS in spec.needs:
        chosen = chosen.sharing()
    durability = spec is not None and any(proof.rule.area == "durability" for proof in spec.proofs)
    return chosen.durable() if durability else chosen


@pytest.fixture
def limits(request: pytest.FixtureRequest) -> Limits:
    """Return how long the spec waits."""
    return request.config.stash[DATABASES].limits


@pytest.fixture
def ledger(request: pytest.FixtureRequest) -> Ledger:
    """Return what the spec calls, for the report of a failure."""
    return trial_of(request.node).ledger


@pytest.fixture(autouse=True)
def _spec(subject: Subject, ledger: Ledger) -> None:
    """Have each spec run on the subject and keep a ledger, whatever else it asks for."""


@pytest.fixture
def expect(ledger: Ledger) -> Expect:
    """Return what the spec expects with."""
    return Expect(ledger)


@pytest_asyncio.fixture(loop_scope="function")
async def database(request: pytest.FixtureRequest, subject: Subject) -> AsyncIterator[Database]:
    """Lend a fresh, migrated database; of an ephemeral backend each adapter migrates its own."""
    async with request.config.stash[DATABASES].migrated(subject, trial_of(request.node)) as fresh:
        yield fresh


@pytest_asyncio.fixture(loop_scope="function")
async def empty_database(
    request: pytest.FixtureRequest, subject: Subject
) -> AsyncIterator[Database]:
    """Lend a fresh database that nobody has migrated."""
    async with request.config.stash[DATABASES].empty(subject, trial_of(request.node)) as fresh:
        yield fresh


@pytest_asyncio.fixture(loop_scope="function")
async def handle(database: Database) -> Handle:
    """Return one open adapter on the database."""
    return await database.open()


@pytest.fixture
def sessions(handle: Handle) -> SessionStore:
    """Return the session store of the handle."""
    return handle.sessions


@pytest.fixture
def submissions(handle: Handle) -> AgentSubmissionStore:
    """Return the submission store of the handle."""
    return handle.submissions


@pytest.fixture
def runs(handle: Handle) -> RunStore:
    """Return the run store of the handle."""
    return handle.runs


@pytest.fixture
def registry(handle: Handle) -> RunRegistry:
    """Return the run registry of the handle."""
    return handle.registry


@pytest.fixture
def run_events(handle: Handle) -> RunEventStore:
    """Return the run events of the handle; edition 0.10."""
    return handle.run_events


@pytest.fixture
def streams(handle: Handle) -> EventStreamStore:
    """Return the event streams of the handle; edition 0.11."""
    return handle.streams


@pytest_asyncio.fixture(loop_scope="function")
async def peer(database: Database, handle: Handle) -> Handle:
    """Return another handle on the same database, by an adapter of its own where possible."""
    return await (database.open() if database.subject.persistent else handle.connect())


@pytest_asyncio.fixture(loop_scope="function")
async def handles(database: Database, handle: Handle) -> list[Handle]:
    """Return four handles on one database, for races; by two adapters where possible."""
    if database.subject.persistent:
        other = await database.open()
        return [handle, other, await handle.connect(), await other.connect()]
    return [handle, *[await handle.connect() for _ in range(3)]]


@pytest.fixture
def ground(database: Database, handle: Handle, peer: Handle) -> Ground:
    """Return where generated sequences are played, by two handles."""
    return Ground(database, [handle, peer])


@pytest.fixture
def workers(
    request: pytest.FixtureRequest, database: Database, ledger: Ledger, limits: Limits
) -> Iterator[Workers]:
    """Lend processes on the database."""
    yield from _lent(request, database, ledger, limits)


@pytest_asyncio.fixture(loop_scope="function")
async def site(request: pytest.FixtureRequest, subject: Subject) -> AsyncIterator[Site]:
    """Lend a server to break, with default settings; it runs again when it comes back."""
    async with request.config.stash[PRIVATE_SERVERS].lent(subject) as server:
        lent = _site(request, subject, server)
        yield lent
        await lent.end()


@pytest_asyncio.fixture(loop_scope="function")
async def primary_and_standby(
    request: pytest.FixtureRequest, subject: Subject
) -> AsyncIterator[tuple[Site, Server]]:
    """Lend a server to lose, and its synchronous standby."""
    async with request.config.stash[PRIVATE_SERVERS].pair(subject) as (primary, standby):
        lent = _site(request, subject, primary)
        yield lent, standby
        await lent.end()


def _site(request: pytest.FixtureRequest, subject: Subject, server: Server) -> Site:
    stash = request.config.stash
    return Site(
        server,
        subject,
        stash[PROCESSES].births(subject),
        ledger=trial_of(request.node).ledger,
        limits=stash[DATABASES].limits,
        learn=stash[PRIVATE_SERVERS].learn,
    )


@pytest.fixture
def empty_workers(
    request: pytest.FixtureRequest, empty_database: Database, ledger: Ledger, limits: Limits
) -> Iterator[Workers]:
    """Lend processes on a database that nobody has migrated."""
    yield from _lent(request, empty_database, ledger, limits)


def _lent(
    request: pytest.FixtureRequest, database: Database, ledger: Ledger, limits: Limits
) -> Iterator[Workers]:
    births = request.config.stash[PROCESSES].births(database.subject)
    lent = Workers(births, database, ledger, limits)
    yield lent
    lent.end()


@pytest_asyncio.fixture(loop_scope="function")
async def apart(workers: Workers) -> list[Handle]:
    """Return four handles by three processes on one database, for races."""
    first, second, third = await workers.open(3)
    return [first, second, third, await first.connect()]


@pytest.fixture
def effort(request: pytest.FixtureRequest) -> int:
    """Return how many times as much is tried as by default, where moments are random."""
    return Options.of(request.config).effort


@pytest.fixture
def rounds(effort: int) -> int:
    """Return how often processes race for the same thing."""
    return ROUNDS_APART * effort


@pytest.fixture
def stand_still(workers: Workers, expect: Expect, limits: Limits, rounds: int) -> StandStill:
    """Return what holds calls of one process open while another one acts."""
    return StandStill(workers, expect, limits, max(1, rounds // 8))


@pytest.fixture
def recorder(
    request: pytest.FixtureRequest, empty_database: Database, ledger: Ledger, limits: Limits
) -> Iterator[Recorder]:
    """Lend processes whose system calls are recorded; not run where that cannot be."""
    problem = strace_problem()
    if problem:
        pytest.skip(f"{NOT_RUN}{problem}")
    subject = empty_database.subject
    births = request.config.stash[PROCESSES].births(subject)
    # What is recorded is a process of its own anyway; images are opened in this one.
    here = replace(subject, backend=plain(subject.backend))
    folder = make_directory("power")
    lent = Recorder(
        births, here, empty=empty_database.location, folder=folder, ledger=ledger, limits=limits
    )
    try:
        yield lent
    finally:
        lent.end()
        remove_directories(str(folder))


@pytest.fixture
def planter(database: Database) -> Planter:
    """Return what damages stored records; without it, rules about those do not apply."""
    backend = database.subject.backend
    planter = backend.planter(database.location)
    if planter is None:
        pytest.skip(f"not applicable: {backend.label} has no planter of damaged records")
    return planter
