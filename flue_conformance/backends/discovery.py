"""Finds the adapters that installed distributions offer, by the entry points of one group."""

from __future__ import annotations

import copy
import difflib
import os
import re
from collections import defaultdict
from collections.abc import Sequence
from importlib.metadata import Distribution, EntryPoint, entry_points

from flue_conformance.backends.backend import Backend
from flue_conformance.backends.errors import UsageProblem
from flue_conformance.backends.settings import Settings

GROUP = os.environ.get("FLUE_ADAPTER_GROUP", "flue.adapters")
"""The entry points that are looked at; tests of the kit itself name a group of their own."""
EVERY = "all"
"""The name that stands for every installed adapter."""
SAFE_LABEL = re.compile(r"[A-Za-z0-9@][A-Za-z0-9._@/#?+~-]*")


def installed() -> dict[str, list[EntryPoint]]:
    """Return the entry points of each adapter name: one a distribution that offers it.

    An editable installation may list itself twice on the import path; that is one distribution.
    """
    offers: dict[str, dict[str, EntryPoint]] = defaultdict(dict)
    for entry in entry_points(group=GROUP):
        offers[entry.name].setdefault(_normalised(_distribution(entry)), entry)
    return {name: list(by_distribution.values()) for name, by_distribution in offers.items()}


def every() -> list[str]:
    """Return the names that `all` stands for: of adapters that are one without an argument.

    Raises `UsageProblem` for an entry point that cannot be imported.
    """
    offers = installed()
    return [name for name in sorted(offers) if not _only_names_others(_only_offer(name, offers))]


def names_others(name: str) -> bool:
    """Return whether a name is an adapter only with an argument, which says which.

    Raises `UsageProblem` where there is no such adapter, or it cannot be imported.
    """
    return _only_names_others(_only_offer(name, installed()))


def select(selections: Sequence[str], settings: Settings) -> list[Backend]:
    """Return the configured backends of `NAME`, `NAME:ARGUMENT` and `all`, each once.

    Only the named entry points are imported. Raises `UsageProblem`, in one paragraph, for whatever
    is wrong with a name, a distribution, an entry point or an argument.
    """
    offers = installed()
    wanted = [
        (name, argument if colon else None)
        for selection in selections
        for name, colon, argument in _expanded(selection)
    ]
    backends = [_load(name, argument, offers, settings) for name, argument in dict.fromkeys(wanted)]
    _refuse_shared_labels(backends)
    return backends


def version_of(selection: str) -> str:
    """Return the version of the distribution that offers `NAME` or `NAME:ARGUMENT`.

    Raises `UsageProblem` where there is no such adapter.
    """
    offering = distribution_of(selection)
    return offering.version if offering else "unknown"


def distribution_of(selection: str) -> Distribution | None:
    """Return the distribution that offers `NAME` or `NAME:ARGUMENT`, if that can be told.

    Raises `UsageProblem` where there is no such adapter.
    """
    return _only_offer(selection.partition(":")[0], installed()).dist


def module_of(selection: str) -> str:
    """Return the module that the entry point of `NAME` or `NAME:ARGUMENT` names.

    Raises `UsageProblem` where there is no such adapter.
    """
    return _only_offer(selection.partition(":")[0], installed()).module


def _expanded(selection: str) -> list[tuple[str, str, str]]:
    if selection == EVERY:
        return [(name, "", "") for name in every()]
    return [selection.partition(":")]


def _only_names_others(entry: EntryPoint) -> bool:
    offered = _imported(entry)
    return isinstance(offered, Backend) and offered.needs_argument


def _load(
    name: str, argument: str | None, offers: dict[str, list[EntryPoint]], settings: Settings
) -> Backend:
    entry = _only_offer(name, offers)
    offered = _imported(entry)
    if not isinstance(offered, Backend):
        raise UsageProblem(
            f"{_described(entry)} is no Backend but {_kind(offered)}; make it an instance of a "
            "subclass of flue_conformance.backends.Backend."
        )
    named = copy.copy(offered)
    named.label = offered.label or name
    backend = _configured(named, argument, settings, entry)
    if not SAFE_LABEL.fullmatch(backend.label):
        raise UsageProblem(
            f"{_described(entry)} calls itself {backend.label!r}; a label stands in test ids and "
            "reports, so it may hold letters, digits and . _ - ~ + @ / # ? only."
        )
    return backend


def _only_offer(name: str, offers: dict[str, list[EntryPoint]]) -> EntryPoint:
    entries = offers.get(name)
    if not entries:
        near = difflib.get_close_matches(name, offers, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise UsageProblem(
            f"No adapter {name!r} is installed; there are: "
            f"{', '.join(sorted(offers)) or 'none'}.{hint}"
        )
    if len(entries) > 1:
        distributions = " and ".join(sorted(_distribution(entry) for entry in entries))
        raise UsageProblem(
            f"The adapter {name!r} is offered by more than one distribution: {distributions}. "
            "Uninstall all but one."
        )
    return entries[0]


def _imported(entry: EntryPoint) -> object:
    try:
        return entry.load()
    except (Exception, SystemExit) as error:
        raise UsageProblem(
            f"{_described(entry)} cannot be imported: {_in_one_line(error)}"
        ) from error


def _configured(
    backend: Backend, argument: str | None, settings: Settings, entry: EntryPoint
) -> Backend:
    try:
        configured = backend.configure(argument, settings)
    except UsageProblem:
        raise
    except Exception as error:
        raise UsageProblem(
            f"{_described(entry)} cannot be configured: {_in_one_line(error)}"
        ) from error
    if not isinstance(configured, Backend):
        raise UsageProblem(f"{_described(entry)}: configure() returned {_kind(configured)}.")
    return configured


def _refuse_shared_labels(backends: Sequence[Backend]) -> None:
    labels = [backend.label for backend in backends]
    for label in labels:
        if labels.count(label) > 1:
            raise UsageProblem(
                f"More than one of the adapters asked for is called {label!r}, so their results "
                "could not be told apart; run them one after the other."
            )


def _described(entry: EntryPoint) -> str:
    return f"The adapter {entry.name!r} of the distribution {_distribution(entry)} ({entry.value})"


def _distribution(entry: EntryPoint) -> str:
    return entry.dist.name if entry.dist else "unknown"


def _normalised(distribution: str) -> str:
    return re.sub(r"[-_.]+", "-", distribution).lower()


def _kind(thing: object) -> str:
    return f"the class {thing.__name__}" if isinstance(thing, type) else f"{type(thing).__name__}"


def _in_one_line(error: BaseException) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}"
