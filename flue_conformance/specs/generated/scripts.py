"""`Script`: a sequence of calls as a program that runs on its own."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import groupby
from textwrap import indent
from typing import Any, Final

from flue_conformance.contract import ContractError
from flue_conformance.rules import CATALOGUE
from flue_conformance.specs.generated.listening import Ear, spelled
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
        self._callbacks = 0
        self._listeners: set[int] = set()
        self._closing: Sequence[str] = ()
        self._opened_at = 0

    def calls(self, handle: int, surface: str, method: str, arguments: Sequence[Any]) -> None:
        """Note a call that is made; it is spelled out when the program is asked for."""
        self._lines.append((self._indent, partial(self._call, handle, surface, method, arguments)))

    def _call(self, handle: int, surface: str, method: str, arguments: Sequence[Any]) -> str:
        spelled = ", ".join(map(self._spelled, arguments))
        store = _STORES.get(surface, surface)
        return f"await call(stores[{handle}].{store}.{method}({spelled}))"

    def appends_at_once(self, handle: int, path: str, events: Sequence[Any]) -> None:
        """Note appends of which none waits for the one before."""
        store = f"stores[{handle}].event_streams"

        def spell() -> str:
            given = f"for event in [{', '.join(map(self._spelled, events))}]"
            made = f"call({store}.append_event({path!r}, event))"
            return f"await asyncio.gather(*[{made} {given}])"

        self._lines.append((self._indent, spell))

    def subscribes(self, ear: Ear, path: str) -> None:
        """Note a listener that is subscribed."""
        known = ear.number in self._listeners
        self._listeners.add(ear.number)
        place = f"{ear.number}, {ear.handle}, {path!r}"
        call = f"stores[{ear.handle}].event_streams.subscribe({path!r}, listener_{ear.number})"

        def spell() -> str:
            return "\n".join([*([] if known else [spelled(ear)]), f"leave[{place}] = {call}"])

        self._lines.append((self._indent, spell))

    def leaves(self, ear: Ear, path: str) -> None:
        """Note the end of a subscription."""
        self._line(f"leave.pop(({ear.number}, {ear.handle}, {path!r}), print)()")

    def cancels(
        self, handle: int, surface: str, method: str, arguments: Sequence[Any], times: int
    ) -> None:
        """Note a call that is made and cancelled so many times."""
        store = f"stores[{handle}].{_STORES.get(surface, surface)}"
        spelled = ", ".join(map(self._spelled, arguments))
        self._line(f"for _ in range({times}):")
        self._cancelled(f"{store}.{method}({spelled})", "0", "    ")

    def interrupts_deletion(self, handle: int, key: str) -> None:
        """Note a deletion that is cancelled within its callback, and another one."""
        deletion = f"stores[{handle}].submissions.delete_session({key!r}, "
        self._cancelled(f"{deletion}asyncio.Event().wait)", "0.2", "")
        self._line(f"await call({deletion}lambda: asyncio.sleep(0)))")

    def _cancelled(self, call: str, after: str, indent: str) -> None:
        self._line(f"{indent}task = asyncio.ensure_future({call})")
        self._line(f"{indent}await asyncio.sleep({after})")
        self._line(f"{indent}task.cancel()")
        self._line(f"{indent}await asyncio.wait([task])")

    def deletes(self, handle: int, key: str, *, at_once: bool = False) -> None:
        """Note a deletion that begins; what follows is within its callback."""
        self._callbacks += 1
        self._line(f"# stores[{handle}] deletes the session, and calls back:")
        self._line(f"{'def' if at_once else 'async def'} callback_{self._callbacks}():")
        self._open(f"await {self._deletion(handle, key, 'callback')}")

    def deletes_at_once(self, handle: int, key: str, other: str, *, amid: bool) -> None:
        """Note two deletions, the second one amid the callback of the first or with it."""
        self._callbacks += 1
        first = self._deletion(handle, key, "callback")
        second = self._deletion(handle, other, "other")
        self._line(f"# stores[{handle}] makes two deletions at once:")
        self._line("others = []")
        self._line(f"async def other_{self._callbacks}():")
        self._line("    print('the callback of the second one was called')")
        self._line(f"async def callback_{self._callbacks}():")
        if amid:
            self._open(f"await {first}", "await asyncio.gather(*others)")
            self._line(f"others.append(asyncio.create_task({second}))")
            self._line("await asyncio.sleep(0.1)")
        else:
            self._open(f"await asyncio.gather({first}, {second})")

    def ends_callback(self, error: Exception | None) -> None:
        """Note the end of the callback."""
        if isinstance(error, ContractError):
            self._names.add(type(error).__name__)
        self._line("pass" if error is None else f"raise {error!r}")

    def deleted(self) -> None:
        """Note how the deletion ended."""
        if len(self._lines) == self._opened_at:
            self._line("pass")
        self._indent = self._indent[4:]
        for line in self._closing:
            self._line(line)

    def _deletion(self, handle: int, key: str, callback: str) -> str:
        given = f"{key!r}, {callback}_{self._callbacks}"
        return f"call(stores[{handle}].submissions.delete_session({given}))"

    def _open(self, *closing: str) -> None:
        self._closing = closing
        self._opened_at = len(self._lines)
        self._indent += "    "

    def connects(self, handle: int) -> None:
        """Note that a handle was connected anew."""
        self._line(f"stores[{handle}] = await adapters[{handle}].connect()")

    def connects_beside(self, handle: int) -> None:
        """Note further stores of an adapter, beside those that it has."""
        self._line(f"stores.append(await adapters[{handle}].connect())")

    def disconnects(self) -> None:
        """Note that nobody uses the further stores any more."""
        self._line("stores.pop()")

    def closes_another(self) -> None:
        """Note an adapter that is closed before it was connected."""
        self._line(f"await backend.adapter(location, {self._edition!r}).close()")

    def begins_anew(self) -> None:
        """Note that the only adapter is closed, with all that it had, and another one opened."""
        self._line("await adapters[0].close()")
        self._line(f"adapters[:] = [backend.adapter(location, {self._edition!r})] * 2")
        self._line("await adapters[0].migrate()")
        self._line("stores = [await adapter.connect() for adapter in adapters]")

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
        calls = [*_in_loops(indent(spell(), space) for space, spell in self._lines)]
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
                *(["from math import inf, nan"] if _NUMBER.search("".join(calls)) else []),
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
                *(["    leave = {}"] if self._listeners else []),
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
        text = _OBJECT.sub("object()", repr(argument))
        self._names |= set(re.findall(r"\b([A-Z]\w+)\(", text)) & _RECORDS
        if "ABSENT" in text:
            self._names.add("ABSENT")
        # The text of a run of one character is as long as the run.
        return _RUN.sub(_shortened, ascii(argument)) if len(text) > _LONGEST else text


def _in_loops(lines: Iterable[str]) -> Iterator[str]:
    """Return lines of which neighbours that count on become a loop."""
    for (before, after, _), counting in groupby(enumerate(lines), _counted):
        same = [line for _, line in counting]
        if len(same) < _FEW or after is None:
            yield from same
            continue
        space = before[: len(before) - len(before.lstrip())]
        first = int(same[0].removeprefix(before).removesuffix(after))
        yield f"{space}for number in range({first}, {first + len(same)}):"
        yield f"    {before}number{after}"


def _counted(placed: tuple[int, str]) -> tuple[str, str | None, int]:
    """Return what is around the number at the end of a line, and what neighbours share of it."""
    place, line = placed
    found = _LAST_NUMBER.fullmatch(line)
    return (found[1], found[3], int(found[2]) - place) if found else (line, None, 0)


def _shortened(found: re.Match[str]) -> str:
    run, unit, rest = found.groups()
    return f"'{unit}' * {len(run) // len(unit)}" + (f" + '{rest}'" if rest else "")


_FEW: Final = 4
_LAST_NUMBER: Final = re.compile(r"(.*, )(\d+)(\)+)")
_NUMBER: Final = re.compile(r"\b(inf|nan)\b")
"""What may be a number that Python prints as it does not read it."""
_OBJECT: Final = re.compile(r"<object object at 0x[0-9a-f]+>")
_UNIT: Final = r"\\x[0-9a-f]{2}|\\u[0-9a-f]{4}|[^'\\]"
_RUN: Final = re.compile(rf"'(({_UNIT})\2{{200,}})([^'\\]{{0,80}})'")


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
