"""`Names`: what a new adapter is called, and where."""

from __future__ import annotations

import keyword
import re
from dataclasses import dataclass
from typing import Final, Self

_DISTRIBUTION: Final = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_PREFIX: Final = "flue-adapter-"


class InvalidName(Exception):  # noqa: N818 - named for what a person reads
    """A package cannot be called that; the message says how it can."""


@dataclass(frozen=True, slots=True)
class Names:
    """The names of one adapter, each as its place wants it."""

    distribution: str
    """What pip installs, such as `flue-adapter-redis`."""
    package: str
    """What Python imports, such as `flue_adapter_redis`."""
    adapter: str
    """What stands after `--flue-adapter=`, such as `redis`."""
    class_name: str
    """The adapter's class, such as `RedisAdapter`."""

    @classmethod
    def of(cls, distribution: str) -> Self:
        """Derive all names from the distribution's; raises `InvalidName`."""
        package = distribution.replace("-", "_")
        if not _DISTRIBUTION.fullmatch(distribution) or keyword.iskeyword(package):
            raise InvalidName(
                f"A package cannot be called {distribution!r}: lower-case letters, digits and "
                "single hyphens, a letter first, as in flue-adapter-redis."
            )
        adapter = distribution.removeprefix(_PREFIX)
        words = "".join(word.capitalize() for word in adapter.split("-") if word != "adapter")
        # A class cannot begin with a digit.
        class_name = f"{words}Adapter" if words[:1].isalpha() else f"Flue{words}Adapter"
        return cls(distribution, package, adapter, class_name)
