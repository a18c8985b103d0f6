"""`Watchdog`: finds a main thread that does not go on, and interrupts it."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any, Final

from flue_conformance.specs.support.limits import Limits
from flue_conformance.specs.support.pulse import Pulse

_INTERRUPTIONS: Final = 2
"""How often the main thread is interrupted before it is given up."""
_SIGNAL: Final[int | None] = getattr(signal, "SIGRTMAX", getattr(signal, "SIGUSR2", None))
"""What hardly anybody else uses; None where threads cannot be sent any."""


class Watchdog:
    """Watches the main thread from one of its own, which beats even while the loop is blocked.

    While `watching`, something has to go on: a call begins or ends, or a phase does. When nothing
    has for settle and grace, `interrupt` is called in the main thread with the seconds waited, to
    raise there; when even that changes nothing, `give_up` is called in the watchdog's. `tick` is
    called at every look. Time is counted in looks, so a process that was stopped is not blamed.
    """

    def __init__(
        self,
        pulse: Pulse,
        limits: Limits,
        *,
        interrupt: Callable[[float, FrameType | None], None],
        give_up: Callable[[float], None],
        tick: Callable[[], None],
    ) -> None:
        self._pulse = pulse
        self._limit = limits.settle + limits.grace
        self._grace = limits.grace
        self._pause = min(1.0, limits.grace / 4)
        self._interrupt = interrupt
        self._give_up = give_up
        self._tick = tick
        self._armed = False
        self._stale: int | None = None
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None
        self._handler: Any = None

    def start(self) -> None:
        """Begin; called in the main thread."""
        if self._thread is not None:
            return
        if _SIGNAL is not None and threading.current_thread() is threading.main_thread():
            self._handler = signal.signal(_SIGNAL, self._on_signal)
        self._thread = threading.Thread(target=self._watch, name="flue-watchdog", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End; called in the main thread."""
        if self._thread is None:
            return
        self._stopped.set()
        self._thread.join(self._grace)
        if _SIGNAL is not None and self._handler is not None:
            signal.signal(_SIGNAL, self._handler)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Watch the main thread for a while."""
        self._pulse.beat()
        before, self._armed = self._armed, True
        try:
            yield
        finally:
            self._armed = before
            self._pulse.beat()

    @contextmanager
    def looking_away(self) -> Iterator[None]:
        """Leave the main thread alone for a while."""
        before, self._armed = self._armed, False
        try:
            yield
        finally:
            self._armed = before

    def pause(self) -> None:
        """Leave the main thread alone: a person debugs it."""
        self._armed = False

    def go_on(self) -> None:
        """Watch again after a pause."""
        self._armed = True

    def _watch(self) -> None:
        beats, waited, interruptions = -1, 0.0, 0
        while not self._stopped.wait(self._pause):
            self._tick()
            if not self._armed or self._pulse.beats != beats or _is_debugged():
                beats, waited, interruptions = self._pulse.beats, 0.0, 0
                continue
            waited += self._pause
            if waited < self._limit + self._grace * interruptions:
                continue
            if interruptions < _INTERRUPTIONS and _SIGNAL is not None and self._handler is not None:
                interruptions += 1
                self._stale = beats
                with suppress(OSError):
                    signal.pthread_kill(threading.main_thread().ident or 0, _SIGNAL)
            else:
                self._give_up(waited)
                return

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        """Interrupt, unless the main thread has gone on in the meantime."""
        del number
        if self._armed and self._pulse.beats == self._stale:
            self._interrupt(self._limit, frame)


class Afterlife:
    """Ends a process that is over but for threads which somebody left behind.

    `end` is called with their names once the interpreter has waited for them for `grace` seconds.
    Nothing happens while the process still does something, such as what called pytest, but it has
    to have ended `at_most` so many seconds from now, if that is given.
    """

    def __init__(
        self, grace: float, end: Callable[[str], None], *, at_most: float | None = None
    ) -> None:
        self._grace = grace
        self._end = end
        self._at_most = at_most

    def start(self) -> None:
        """Begin to watch for the end."""
        threading.Thread(target=self._wait, name="flue-afterlife", daemon=True).start()

    def _wait(self) -> None:
        begun, since = time.monotonic(), None
        while True:
            time.sleep(min(0.5, self._grace / 4))
            now = time.monotonic()
            since = (since or now) if _is_shutting_down() else None
            late = self._at_most is not None and now - begun > self._at_most
            if late or (since is not None and now - since > self._grace):
                main = threading.main_thread()
                self._end(", ".join(t.name for t in threading.enumerate() if _stays(t, main)))
                return


def _stays(thread: threading.Thread, main: threading.Thread) -> bool:
    return thread is not main and not thread.name.startswith("flue-")


def _is_shutting_down() -> bool:
    """Return whether the main thread only waits for others: its outermost frame says so."""
    frame = sys._current_frames().get(threading.main_thread().ident or 0)  # noqa: SLF001 - documented
    while frame is not None and frame.f_back is not None:
        frame = frame.f_back
    return frame is not None and frame.f_code.co_filename == threading.__file__


def _is_debugged() -> bool:
    return "pydevd" in sys.modules
