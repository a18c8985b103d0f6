"""Who wants to know when a stream changes, within one process."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final, TypeAlias

Listener: TypeAlias = Callable[[], None]

_LOGGER: Final = logging.getLogger(__name__)


class Subscriptions:
    """Listeners by path; a listener subscribed twice is still one. STREAM-35."""

    def __init__(self) -> None:
        # A subscription is an object of its own, so that ending an old one again cannot end a
        # later one of the same listener. STREAM-34.
        self._listeners: dict[str, dict[Listener, object]] = {}

    def subscribe(self, path: str, listener: Listener) -> Callable[[], None]:
        """Return how to end the subscription; doing so again is harmless."""
        subscription = self._listeners.setdefault(path, {}).setdefault(listener, object())

        def unsubscribe() -> None:
            listeners = self._listeners.get(path, {})
            if listeners.get(listener) is subscription:
                del listeners[listener]
                if not listeners:
                    del self._listeners[path]

        return unsubscribe

    def notify(self, path: str) -> None:
        """Call the path's listeners; one that raises is logged and disturbs nobody. STREAM-32."""
        for listener, subscription in list(self._listeners.get(path, {}).items()):
            # An earlier listener may have ended this subscription. STREAM-33.
            if self._listeners.get(path, {}).get(listener) is subscription:
                try:
                    listener()
                except Exception:
                    _LOGGER.exception("A listener of %r raised.", path)
