"""How long specs wait."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Time limits in seconds.

    `settle`: what must happen has happened by then. `quiet`: what must not happen has not happened
    until then. `poll`: how often a condition is looked at. `contention`: how long a call that meets
    contention is made again.
    """

    settle: float = 30.0
    quiet: float = 0.03
    poll: float = 0.01
    contention: float = 20.0

    @property
    def grace(self) -> float:
        """How much longer than `settle` a process may be without any progress."""
        return self.settle / 2

    def scaled(self, factor: float) -> Limits:
        """Return the limits of a machine that is `factor` times slower."""
        return Limits(
            self.settle * factor,
            self.quiet * factor,
            self.poll * factor,
            self.contention * factor,
        )
