"""`ABSENT`: a member that is missing where null is a value of its own."""

from __future__ import annotations

from enum import Enum
from typing import Final, Literal


class _Absent(Enum):
    ABSENT = "ABSENT"

    def __repr__(self) -> str:
        return "ABSENT"

    def __bool__(self) -> bool:
        return False


Absent = Literal[_Absent.ABSENT]
"""The type of `ABSENT`."""

ABSENT: Final = _Absent.ABSENT
"""No value at all, as opposed to JSON null (`None`); one object in every process. ENCODING-02."""
