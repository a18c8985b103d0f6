"""Killing or stopping a worker at a chosen boundary of a chosen request."""

from __future__ import annotations

import signal
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from flue_conformance.bridge import Moment


@dataclass(frozen=True, slots=True)
class Cut:
    """The `number`th time that `moment` comes for a request of `method`, `signal` is sent.

    `method` is a name on the wire, such as `submissions.claimSubmission`; without one all calls of
    stores count. The signal goes to the process group of the worker.

    A worker of ours sends it to itself, so that it has done exactly what the moment says: it has
    not begun the request; it has its result and nobody knows; it has answered, and begun nothing
    since that had not begun before; it has come to the `number`th place where some call goes on
    after a pause, such as between two transactions. For a worker that speaks the protocol only,
    this side does it: it kills in place of sending the request, before it hands on the answer
    (which is lost), or after; such a worker may have gone further than its caller saw, and no
    moment comes inside its calls.

    With `each_call` it counts anew in each request, and the signal is sent in each: a worker that
    is stopped so, and has one request at a time, stands still once a call.
    """

    moment: Moment
    number: int = 1
    method: str | None = None
    # Some systems have none, and no workers to send it to.
    signal: int = getattr(signal, "SIGKILL", signal.SIGTERM)
    each_call: bool = False

    def as_json(self) -> dict[str, Any]:
        """Return what another process makes the same cut of."""
        return asdict(self)

    @classmethod
    def of_json(cls, told: dict[str, Any]) -> Cut:
        """Return the cut that `as_json` told of."""
        return cls(**(told | {"moment": Moment(told["moment"])}))


class Cutter:
    """A boundary of a peer that does `act` where the cut says."""

    def __init__(self, cut: Cut, act: Callable[[], None]) -> None:
        self._cut = cut
        self._act = act
        self._count = 0

    def __call__(self, moment: Moment, method: str) -> None:
        """Count, and act when it is time."""
        if not self._is_meant(method):
            return
        if moment is Moment.BEFORE_REQUEST and self._cut.each_call:
            self._count = 0
        if moment is not self._cut.moment:
            return
        self._count += 1
        if self._count == self._cut.number:
            self._act()

    def _is_meant(self, method: str) -> bool:
        if self._cut.method is not None:
            return method == self._cut.method
        return method != "initialize" and not method.startswith(("adapter.", "callbacks."))
