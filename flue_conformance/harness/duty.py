"""What workers serve: one installed adapter, as a run configured it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from flue_conformance.backends import Backend, Settings
from flue_conformance.backends.discovery import select, version_of


@dataclass(frozen=True, slots=True)
class Duty:
    """The adapter `NAME` or `NAME:ARGUMENT` under a run's settings; either may hold a password.

    A worker configures the backend and makes adapters by it; it never starts nor joins it, so a
    location says all that an adapter has to know.
    """

    selection: str = field(repr=False)
    settings: Settings = field(default_factory=Settings, repr=False)

    def backend(self) -> Backend:
        """Import the adapter and return its backend; raises `UsageProblem`."""
        return select([self.selection], self.settings)[0]

    def version(self) -> str:
        """Return the version of the distribution that offers the adapter."""
        return version_of(self.selection)

    def as_json(self) -> dict[str, Any]:
        """Return what another process makes the same duty of."""
        settings = asdict(self.settings) | {"rootdir": str(self.settings.rootdir)}
        return {"selection": self.selection, "settings": settings}

    @classmethod
    def of_json(cls, told: dict[str, Any]) -> Duty:
        """Return the duty that `as_json` told of."""
        settings = told["settings"] | {"rootdir": Path(told["settings"]["rootdir"])}
        return cls(told["selection"], Settings(**settings))
