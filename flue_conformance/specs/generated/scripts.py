"""`Script`: a sequence of calls as a program that runs on its own."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

from flue_conformance.rules import CATALOGUE
from flue_conformance.specs.support.broken import BrokenRule

LABEL: Final = "<adapter>"
"""What stands for the name that the command line gives the adapter."""

_STORES: Final = {"registry": "run_registry", "streams": "event_streams"}
_LONGEST: Final = 2_000
"""How many characters an argument has before it is written in ASCII alone."""


class Script:
    """Notes the calls as they are made; `text` is the program."""

    def __init__(self, edition: str) -> None:
        self._edition = edition
        self._lines: list[tuple[str, Callable[[], str]]] = []
        self._indent = "    "
        self._names: set[str] = set()
        self._numbers: set[str] = set()
        self._callbacks = 0

    def calls(self, handle: int, surface: str, method: str, arguments: Sequence[Any]) -> None:
        """Note a call that is made; it is spelled out when the program is asked for."""
        self._lines.append((self._indent, partial(self._call, handle, surface, method, arguments)))

    def _call(self, handle: int, surface: str, method: str, arguments: Sequence[Any]) -> str:
        spelled = ", ".join(map(self._spelled, arguments))
        store = _STORES.get(surface, surface)
        return f"await call(stores[{handle}].{store}.{method}({spelled}))"

    def subscribes(self, handle: int, path: str, manner: str) -> None:
        """Note a listener that is subscribed."""
        told = f"lambda *given: print('a listener that {manner} was called')"
        self._line(f"stores[{handle}].event_streams.subscribe({path!r}, {told})")

    def deletes(self, handle: int, key: str) -> None:
        """Note a deletion that begins; what follows is within its callback."""
        self._callbacks += 1
        self._line(f"# stores[{handle}] deletes the session, and calls back:")
        self._line(f"async def callback_{self._callbacks}():")
        self._indent += "    "
        self._open = (handle, key, self._callbacks, len(self._lines))

    def ends_callback(self, raising: bool) -> None:
        """Note the end of the callback."""
        self._line('raise RuntimeError("the callback of this deletion")' if raising else "pass")

    def deleted(self) -> None:
        """Note how the deletion ended."""
        handle, key, number, begun = self._open
        if len(self._lines) == begun:
            self._line("pass")
        self._indent = self._indent[4:]
        call = f"stores[{handle}].submissions.delete_session({key!r}, callback_{number})"
        self._line(f"await call({call})")

    def connects(self, handle: int) -> None:
        """Note that a handle was connected anew."""
        self._line(f"stores[{handle}] = await adapters[{handle}].connect()")

    def reopens(self, handle: int) -> None:
        """Note that a handle's adapter was closed and opened again."""
        self._line(f"await adapters[{handle}].close()")
        self._line(f"adapters[{handle}] = backend.adapter(location, {self._edition!r})")
        self._line(f"await adapters[{handle}].migrate()")
        self.connects(handle)

    def migrates(self, handle: int) -> None:
        """Note that a handle's adapter migrated once more."""
        self._line(f"await adapters[{handle}].migrate()")

    def text(self, broken: BrokenRule) -> str:
        """Return the program, which shows what a rule was broken by."""
        rules = [f"# {rule}: {CATALOGUE[rule].sentence}" for rule in broken.rules[:1]]
        calls = [f"{indent}{spelled()}" for indent, spelled in self._lines]
        names = f"from flue_conformance.contract import {', '.join(sorted(self._names))}"
        group = os.environ.get("FLUE_ADAPTER_GROUP")
        return "\n".join(
            [
                f'"""repro.py: shows what {LABEL} does.',
                "",
                f"expected  {_brief(broken.expected)}",
                f"came back {_brief(broken.came_back)}",
                '"""',
                *rules,
                "import asyncio",
                *(
                    [f"from math import {', '.join(sorted(self._numbers))}"]
                    if self._numbers
                    else []
                ),
                *([f"# with FLUE_ADAPTER_GROUP={group}"] if group else []),
                "",
                "from flue_conformance.backends import Settings",
                "from flue_conformance.backends.discovery import select",
                *([names] if self._names else []),
                "",
                "",
                "async def main(backend):",
                "    await backend.start()",
                "    location = await backend.create()",
                f"    adapters = [backend.adapter(location, {self._edition!r})]",
                "    await adapters[0].migrate()",
                "    if backend.durability.persistent:",
                f"        adapters.append(backend.adapter(location, {self._edition!r}))",
                "    else:",
                "        adapters.append(adapters[0])",
                "    stores = [await adapter.connect() for adapter in adapters]",
                *calls,
                "    for adapter in adapters[: 1 + backend.durability.persistent]:",
                "        await adapter.close()",
                "    await backend.drop(location)",
                "    await backend.stop()",
                "",
                "",
                "async def call(made):",
                "    try:",
                "        print('returned', await made)",
                "    except Exception as error:",
                "        print('raised', repr(error))",
                "",
                "",
                f"asyncio.run(main(select([{LABEL!r}], Settings())[0]))",
            ]
        )

    def _line(self, text: str) -> None:
        self._lines.append((self._indent, lambda: text))

    def _spelled(self, argument: object) -> str:
        text = repr(argument)
        self._names |= set(re.findall(r"\b([A-Z]\w+)\(", text)) & _RECORDS
        if "ABSENT" in text:
            self._names.add("ABSENT")
        self._numbers |= set(re.findall(r"\b(?:inf|nan)\b", text))
        # The text of a run of one character is as long as the run.
        return ascii(argument) if len(text) > _LONGEST else text


_RECORDS: Final = frozenset(
    {
        "CreateRunInput",
        "CreateTurnJournalInput",
        "EndRunInput",
        "ListRunsOpts",
        "ReadEventsOpts",
        "RecordRunEndInput",
        "RecordRunStartInput",
        "RunOwner",
        "SubmissionAttemptRef",
        "SubmissionClaimRef",
        "SubmissionDurability",
        "SubmissionLease",
        "TurnJournalUpdate",
    }
)


def _brief(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 300 else f"{line[:300]}…"
