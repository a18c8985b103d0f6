"""Where code stands: frames below the kit's own, as lines for a person."""

from __future__ import annotations

import asyncio
import selectors
import sys
import traceback
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any

import flue_conformance
from flue_conformance.specs.support import observed

_KIT = Path(flue_conformance.__file__).parent
_FRAMES = 6


@cache
def displayed(path: Path) -> str:
    """Return a path as reports show it."""
    base = _KIT.parent if path.is_relative_to(_KIT) else Path.cwd()
    return str(path.relative_to(base) if path.is_relative_to(base) else path)


def frames_of_adapter(trace: TracebackType | None) -> Sequence[traceback.FrameSummary]:
    """Return where the adapter raised: the frames below the kit's own that called it."""
    return _below_the_kit(traceback.extract_tb(trace))


def lines_of(frames: Sequence[traceback.FrameSummary]) -> Iterator[str]:
    """Return lines that show some frames."""
    for frame in frames:
        yield f"{displayed(Path(frame.filename))}:{frame.lineno} in {frame.name}"
        if frame.line:
            yield f"  {frame.line}"


def blocked_at(frame: FrameType | None) -> Sequence[traceback.FrameSummary]:
    """Return where an adapter keeps a thread: nothing where it does not run in it."""
    return _below_the_kit(traceback.extract_stack(frame))


def suspended_at() -> Sequence[traceback.FrameSummary]:
    """Return where a call waits that the running loop has under way."""
    try:
        tasks = asyncio.all_tasks()
    except RuntimeError:
        return ()
    for task in tasks:
        frames = _below_the_kit(list(_chain(task.get_coro())))
        if frames:
            return frames
    return ()


def is_idle(frame: FrameType | None) -> bool:
    """Return whether a thread runs an event loop that has nothing to do."""
    return frame is not None and frame.f_code.co_filename == selectors.__file__


def runs_of_pytest() -> int:
    """Return how many runs of pytest the current thread is in: tests of plugins nest them."""
    return sum(frame.f_code.co_name == "wrap_session" for frame, _ in traceback.walk_stack(None))


def innermost(frame: FrameType | None) -> Sequence[traceback.FrameSummary]:
    """Return the last frames of a thread, whoever's they are."""
    return traceback.extract_stack(frame)[-_FRAMES:]


def frame_of(thread: int | None) -> FrameType | None:
    """Return where a thread is now."""
    return sys._current_frames().get(thread or 0)  # noqa: SLF001 - the documented way


def _below_the_kit(
    frames: Sequence[traceback.FrameSummary],
) -> Sequence[traceback.FrameSummary]:
    calling = [place for place, frame in enumerate(frames) if frame.filename == observed.__file__]
    return frames[calling[-1] + 1 :][-_FRAMES:] if calling else ()


def _chain(awaited: Any) -> Iterator[traceback.FrameSummary]:
    """Return the frames of coroutines that wait for each other, the outermost first."""
    while awaited is not None:
        frame = getattr(awaited, "cr_frame", None)
        if frame is not None:
            yield from traceback.StackSummary.extract([(frame, frame.f_lineno)])
        awaited = getattr(awaited, "cr_await", None)
