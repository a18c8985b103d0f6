"""`Shrinking`: how long a shorter sequence is looked for that fails as well."""

from __future__ import annotations

import time
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Final

_LONG_ENOUGH_S: Final = 10.0


@dataclass(slots=True)
class Shrinking:
    """Leaves out what hypothesis tries once that takes too long; what failed, it may try again."""

    _failed: set[Hashable] = field(default_factory=set)
    _until: float | None = None
    """When it has taken long enough; None before the first failure."""

    def failed(self, tried: Hashable) -> None:
        """Note what failed."""
        self._failed.add(tried)
        if self._until is None:
            self._until = time.monotonic() + _LONG_ENOUGH_S

    def leaves_out(self, tried: Hashable) -> bool:
        """Return whether something is not worth a try any more."""
        over = self._until is not None and time.monotonic() > self._until
        return over and tried not in self._failed
