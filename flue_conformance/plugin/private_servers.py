"""Servers of the specs' own, which are killed, cut off and lost; never those of the run."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from flue_conformance.backends import Backend, NotAvailable, Server
from flue_conformance.plugin.blocking import undo
from flue_conformance.plugin.options import QUICK
from flue_conformance.plugin.outcomes import NOT_RUN
from flue_conformance.plugin.redaction import Redaction
from flue_conformance.specs.support.database import Subject

PRIVATE_SERVERS = pytest.StashKey["PrivateServers"]()
"""Where fixtures find the private servers of a run."""


class PrivateServers:
    """Keeps one server an adapter in this process, from the first spec that needs it to the end."""

    def __init__(self, profile: str, redact: Redaction) -> None:
        self.learn = redact.learn
        self._profile = profile
        self._redact = redact
        self._servers: dict[str, Server] = {}
        self._missing: dict[str, str] = {}

    @asynccontextmanager
    async def lent(self, subject: Subject) -> AsyncIterator[Server]:
        """Lend this process's server of an adapter; skips the spec where there is none.

        It runs when it is lent. One that does not run any more when it comes back is given up.
        """
        label = subject.backend.label
        if label not in self._servers:
            self._servers[label] = await self._started(subject.backend)
        server = self._servers[label]
        try:
            yield server
        finally:
            try:
                # It shows whether the server is as it was lent.
                await server.disconnect()
            except Exception:  # noqa: BLE001 - anybody's server
                await self._servers.pop(label).destroy()

    @asynccontextmanager
    async def pair(self, subject: Subject) -> AsyncIterator[tuple[Server, Server]]:
        """Lend a new server and its standby, to lose; skips the spec where there is none."""
        primary = await self._started(subject.backend)
        try:
            try:
                standby = await primary.replicate()
            except NotAvailable as problem:
                pytest.skip(f"{NOT_RUN}{self._redact(str(problem))}")
            if standby is None:
                pytest.skip(f"{NOT_RUN}{subject.backend.label} has no standby of its server")
            try:
                yield primary, standby
            finally:
                await standby.destroy()
        finally:
            await primary.destroy()

    def stop(self) -> None:
        """Destroy what is left."""
        while self._servers:
            label, server = self._servers.popitem()
            what = f"the private server of {label} could not be destroyed"
            undo(server.destroy(), what, self._redact)

    async def _started(self, backend: Backend) -> Server:
        if self._profile == QUICK:
            pytest.skip(f"{NOT_RUN}--flue-profile={QUICK} leaves out server faults")
        if backend.label not in self._missing:
            try:
                server = await backend.private_server()
            except NotAvailable as problem:
                self._missing[backend.label] = self._redact(str(problem))
            else:
                if server is not None:
                    return server
                reason = f"{backend.label} has no private server (Backend.private_server)"
                self._missing[backend.label] = reason
        pytest.skip(f"{NOT_RUN}{self._missing[backend.label]}")
