"""Listeners of event streams within one process: who wants to know when something changes."""

from __future__ import annotations

import logging
from collections.abc import Callable, Hashable
from typing import Final, TypeAlias

Listener: TypeAlias = Callable[[], None]

_LOGGER: Final = logging.getLogger(__name__)


class Subscriptions:
    """Listeners by topic; a listener subscribed twice is still one. STREAM-35."""

    def __init__(self) -> None:
        # A subscription is an object of its own, so that ending an old one again cannot end a
        # later one of the same listener. STREAM-34.
        self._topics: dict[Hashable, dict[Listener, object]] = {}

    def subscribe(self, topic: Hashable, listener: Listener) -> Callable[[], None]:
        """Return how to end the subscription; doing so again is harmless."""
        subscription = self._topics.setdefault(topic, {}).setdefault(listener, object())

        def unsubscribe() -> None:
            listeners = self._topics.get(topic, {})
            if listeners.get(listener) is subscription:
                del listeners[listener]
                if not listeners:
                    del self._topics[topic]

        return unsubscribe

    def notify(self, topic: Hashable) -> None:
        """Call the topic's listeners; one that raises is logged and disturbs nobody. STREAM-32."""
        for listener, subscription in list(self._topics.get(topic, {}).items()):
            # An earlier listener may have ended this subscription. STREAM-33.
            if self._topics.get(topic, {}).get(listener) is subscription:
                try:
                    listener()
                except Exception:
                    _LOGGER.exception("A listener of %r raised.", topic)
