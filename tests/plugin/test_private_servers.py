"""Rules about server faults are not run, with the reason, where there is no server to break."""

from __future__ import annotations

import pytest

from flue_conformance.backends import NotAvailable
from flue_conformance.plugin.private_servers import PrivateServers
from flue_conformance.plugin.redaction import Redaction
from flue_conformance.specs.support.ledger import Ledger
from flue_conformance.specs.support.limits import Limits
from flue_conformance.specs.support.site import Site

from .projects import Project

FAULTS = "flue.servers.durability"
RULES = "--flue-rule=DURABILITY-09,DURABILITY-11,DURABILITY-12,DURABILITY-13,DURABILITY-14"


def test_a_backend_without_a_private_server_says_so(project: Project) -> None:
    run = project.spawn_plain("--flue-adapter=served", RULES, FAULTS, "-rs")

    assert run.status == 5 or "passed" not in run.counts
    assert set(run.counts) == {"skipped"}
    assert "served has no private server (Backend.private_server)" in run.output


def test_what_the_machine_lacks_is_asked_for_once_and_told(project: Project) -> None:
    run = project.spawn_plain("--flue-adapter=unserved", RULES, FAULTS, "-rs")

    assert set(run.counts) == {"skipped"}
    assert "There is no crate to build a shelf of" in run.output
    assert project.events().count("private unserved") == 1


def test_the_quick_profile_starts_none(project: Project) -> None:
    run = project.spawn_plain("--flue-adapter=unserved", RULES, FAULTS, "--flue-profile=quick")

    assert set(run.counts) == {"skipped"}
    assert "private unserved" not in project.events()


class Recorded:
    """A server that notes what is asked of it."""

    def __init__(self, *, runs: bool) -> None:
        self.runs = runs
        self.asked: list[str] = []

    async def disconnect(self) -> None:
        self.asked.append("disconnect")
        if not self.runs:
            raise ConnectionRefusedError

    async def kill(self) -> None:
        raise NotAvailable("it is somebody's")

    async def replicate(self) -> None:
        raise NotAvailable("it is somebody's")

    async def destroy(self) -> None:
        self.asked.append("destroy")


class Backed:
    label = "recorded"

    def __init__(self) -> None:
        self.servers: list[Recorded] = []
        self.runs = True

    async def private_server(self) -> Recorded:
        self.servers.append(Recorded(runs=self.runs))
        return self.servers[-1]


class OnIt:
    def __init__(self) -> None:
        self.backend = Backed()


@pytest.mark.asyncio
async def test_one_server_serves_until_it_comes_back_broken() -> None:
    subject = OnIt()
    servers = PrivateServers("standard", Redaction())

    for _ in range(2):
        async with servers.lent(subject):  # type: ignore[arg-type] # enough of a subject
            pass
    assert len(subject.backend.servers) == 1

    subject.backend.servers[0].runs = False
    async with servers.lent(subject):  # type: ignore[arg-type] # likewise
        pass
    assert subject.backend.servers[0].asked[-1] == "destroy"
    async with servers.lent(subject):  # type: ignore[arg-type] # likewise
        pass
    assert len(subject.backend.servers) == 2


@pytest.mark.asyncio
async def test_what_cannot_be_done_to_a_server_from_here_is_not_run() -> None:
    subject = OnIt()
    servers = PrivateServers("standard", Redaction())

    with pytest.raises(pytest.skip.Exception, match="not run: it is somebody's"):
        async with servers.pair(subject):  # type: ignore[arg-type] # enough of a subject
            pass
    assert subject.backend.servers[0].asked == ["destroy"]

    async with servers.lent(subject) as server:  # type: ignore[arg-type] # likewise
        site = Site(server, subject, None, ledger=Ledger(), limits=Limits(), learn=str)  # type: ignore[arg-type] # likewise
        with pytest.raises(pytest.skip.Exception, match="not run: it is somebody's"):
            await site.kill()
