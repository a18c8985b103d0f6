"""How much of its state an adapter keeps, and through what."""

from __future__ import annotations

from enum import StrEnum


class Durability(StrEnum):
    """What a backend declares; the texts are those of the levels that a verdict awards."""

    EPHEMERAL = "ephemeral"
    """One process; the state is lost when it exits."""
    SINGLE_HOST = "single-host"
    """The state survives a crash or restart on the same host."""
    MULTI_REPLICA = "multi-replica"
    """Several processes or hosts work at once, and the state survives the loss of one."""

    @property
    def persistent(self) -> bool:
        """Whether state survives the adapter object that wrote it."""
        return self is not Durability.EPHEMERAL
