"""Stand-ins for errors whose own text nobody may ask for: it may never come, or never end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pytest

_TRUSTED: Final = ("builtins", "_pytest", "flue_conformance")


class StandIn(Exception):  # noqa: N818 - named for what it is
    """Stands for an error of a class that words its messages itself."""


def tellable(
    excinfo: pytest.ExceptionInfo[BaseException],
) -> pytest.ExceptionInfo[BaseException]:
    """Return what pytest can show of an error without a call of code that is anybody's."""
    if not any(map(_words_itself, _chain(excinfo.value))):
        return excinfo
    error = StandIn(type(excinfo.value).__name__).with_traceback(excinfo.value.__traceback__)
    return pytest.ExceptionInfo.from_exception(error)


def nothing_of(
    excinfo: pytest.ExceptionInfo[BaseException],
) -> pytest.ExceptionInfo[BaseException]:
    """Return what pytest shows in no time: neither the values nor the frames of an error."""
    try:
        raise StandIn(type(excinfo.value).__name__)  # noqa: TRY301 - for its traceback alone
    except StandIn as error:
        return pytest.ExceptionInfo.from_exception(error)


def _words_itself(error: BaseException) -> bool:
    for kind in type(error).__mro__:
        if "__str__" in vars(kind) or "__repr__" in vars(kind):
            return kind.__module__.partition(".")[0] not in (
                "builtins",
                "_pytest",
                "flue_conformance",
            )
    return False


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    pending = [error]
    while pending:
        one = pending.pop()
        if one is not None and id(one) not in seen:
            seen.add(id(one))
            yield one
            pending += [one.__cause__, one.__context__]
            if isinstance(one, BaseExceptionGroup):
                pending += one.exceptions
