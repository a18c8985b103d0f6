"""What a run is about: adapters in editions, from what the command line names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from flue_conformance.backends import Backend, UsageProblem
from flue_conformance.backends.discovery import EVERY, GROUP, every, select
from flue_conformance.harness import Duty
from flue_conformance.plugin.isolation import Isolated
from flue_conformance.plugin.options import NO_ISOLATION, Options, quoted
from flue_conformance.plugin.redaction import Redaction
from flue_conformance.plugin.wording import joined
from flue_conformance.specs.support.database import Subject


@dataclass(frozen=True, slots=True)
class Candidate:
    """One adapter under test, and how the command line names it."""

    request: str
    """`NAME` or `NAME:ARGUMENT`."""
    backend: Backend
    subjects: tuple[Subject, ...]
    duty: Duty
    """What worker processes serve of it."""

    def command(self, subject: Subject, options: Options) -> str:
        """Return the command that runs specs again, but for their ids."""
        by_default = subject.edition == _by_age(self.backend)[-1]
        return options.command(self.request, None if by_default else subject.edition)


@dataclass(frozen=True, slots=True)
class Lineup:
    """All that a run is about."""

    candidates: tuple[Candidate, ...]
    options: Options

    @property
    def backends(self) -> tuple[Backend, ...]:
        """The backends, in the order in which they were named."""
        return tuple(candidate.backend for candidate in self.candidates)

    @property
    def subjects(self) -> tuple[Subject, ...]:
        """Each adapter in each of its editions."""
        return tuple(subject for one in self.candidates for subject in one.subjects)

    @property
    def editions(self) -> tuple[str, ...]:
        """The editions of all subjects."""
        return tuple(dict.fromkeys(subject.edition for subject in self.subjects))

    def repeat(self, subject_name: str, node_id: str) -> str:
        """Return the command that runs one spec again."""
        return f"{self.command(subject_name)} {quoted(node_id)}"

    def command(self, subject_name: str) -> str:
        """Return the command that runs specs of a subject again, but for their ids."""
        candidate, subject = self._named(subject_name)
        return candidate.command(subject, self.options)

    def request(self, subject_name: str) -> str:
        """Return the `NAME` or `NAME:ARGUMENT` of the command line that a subject comes from."""
        candidate, _ = self._named(subject_name)
        return candidate.request

    def _named(self, subject_name: str) -> tuple[Candidate, Subject]:
        return next(
            (candidate, subject)
            for candidate in self.candidates
            for subject in candidate.subjects
            if subject.name == subject_name
        )


def line_up(options: Options, redact: Redaction) -> Lineup:
    """Return the adapters that the command line names, each in the editions to check.

    Raises `pytest.UsageError` for what cannot be found, imported, configured or offered.
    """
    try:
        requests = _expanded(options.adapters)
        backends = select(requests, options.settings)
    except UsageProblem as problem:
        raise pytest.UsageError(redact(str(problem))) from None
    duties = [Duty(request, options.settings) for request in requests]
    if options.isolation != NO_ISOLATION:
        backends = [*map(Isolated, backends, duties)]
    candidates = tuple(
        Candidate(
            request,
            backend,
            tuple(Subject(backend, edition) for edition in _chosen(backend, options.editions)),
            duty,
        )
        for request, backend, duty in zip(requests, backends, duties, strict=True)
    )
    return Lineup(candidates, options)


def _expanded(adapters: Sequence[str]) -> list[str]:
    """Return the names with `all` spelled out, each once."""
    names = [name for adapter in adapters for name in (every() if adapter == EVERY else [adapter])]
    if not names:
        raise pytest.UsageError(
            f"--flue-adapter={EVERY}: no adapter is installed; a distribution offers one through "
            f"an entry point of the group {GROUP!r}."
        )
    return list(dict.fromkeys(names))


def _chosen(backend: Backend, asked: Sequence[str]) -> Sequence[str]:
    offered = _by_age(backend)
    if not asked:
        return offered[-1:]
    if EVERY in asked:
        return offered
    for edition in asked:
        if edition not in offered:
            raise pytest.UsageError(
                f"--flue-edition: {backend.label} does not offer edition {edition!r}, but "
                f"{joined(offered)}."
            )
    return [edition for edition in offered if edition in asked]


def _by_age(backend: Backend) -> list[str]:
    """Return the editions of a backend, oldest first: 0.9 comes before 0.10."""
    try:
        editions = sorted(
            backend.editions, key=lambda name: [int(part) for part in name.split(".")]
        )
    except (ValueError, AttributeError):
        editions = []
    if not editions:
        raise pytest.UsageError(
            f"The backend of {backend.label} must say in `editions` which it offers, such as "
            f'{{"0.11"}}; it says {backend.editions!r}.'
        )
    return editions
