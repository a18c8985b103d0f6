"""The documents that a call was given, to tell whether it changed them."""

from __future__ import annotations

import marshal
from collections.abc import Iterable
from typing import Any

from flue_conformance.specs.support.shown import shown


class Given:
    """The documents among the arguments of one call, as they were when it began."""

    __slots__ = ("_kept",)

    def __init__(self, arguments: Iterable[object]) -> None:
        self._kept: list[tuple[Any, bytes]] = []
        for argument in arguments:
            if type(argument) in (dict, list):
                self._keep(argument)
            else:
                # Records keep their members in slots; nothing else that is passed has any.
                for name in getattr(type(argument), "__slots__", ()):
                    member = getattr(argument, name, None)
                    if type(member) in (dict, list):
                        self._keep(member)

    def changed(self, but_for: Iterable[object]) -> str | None:
        """Return what a document became if it changed, `but_for` those that the spec changes."""
        for document, before in self._kept:
            if _print(document) != before and all(document is not known for known in but_for):
                return shown(document)
        return None

    def _keep(self, document: object) -> None:
        printed = _print(document)
        if printed is not None:
            self._kept.append((document, printed))


def _print(document: Any) -> bytes | None:
    """Return text that equal documents share; None for what is no plain document."""
    try:
        # Later versions of the format tell objects that are shared from those that are not.
        return marshal.dumps(document, 2)
    except ValueError:
        return None
