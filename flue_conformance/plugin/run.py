"""A run of pytest that an adapter was named for: what it is made of."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

import pytest

from flue_conformance.plugin.census import CensusTaker
from flue_conformance.plugin.collection import COLLECTION, Collection
from flue_conformance.plugin.conclusion import Conclusion
from flue_conformance.plugin.databases import DATABASES, Databases
from flue_conformance.plugin.deviations import Deviations
from flue_conformance.plugin.earlier import EarlierFailures
from flue_conformance.plugin.endurance import Endurance
from flue_conformance.plugin.options import Options, runs_nothing
from flue_conformance.plugin.private_servers import PRIVATE_SERVERS, PrivateServers
from flue_conformance.plugin.processes import PROCESSES, Processes
from flue_conformance.plugin.progress import Progress
from flue_conformance.plugin.randomness import Randomness
from flue_conformance.plugin.recorder import Recorder
from flue_conformance.plugin.redaction import Redaction
from flue_conformance.plugin.results import Results
from flue_conformance.plugin.selection import selection
from flue_conformance.plugin.servers import Servers
from flue_conformance.plugin.subjects import Lineup, line_up
from flue_conformance.plugin.summary import Summary
from flue_conformance.plugin.watch.crashes import Crashes
from flue_conformance.plugin.watch.supervision import Supervision
from flue_conformance.plugin.wording import joined, near
from flue_conformance.rules import AREAS, Level
from flue_conformance.specs.support.limits import Limits
from flue_conformance.specs.support.pulse import Pulse
from flue_conformance.specs.support.racing import be_patient


def begin(config: pytest.Config, options: Options) -> None:
    """Register what collects, runs, judges and reports the specs.

    Raises `pytest.UsageError` for what cannot be done.
    """
    _refuse_unknown_level(options)
    redact = Redaction(options.locations)
    redact.learn_environment(os.environ)
    lineup = line_up(options, redact)
    if options.report is not None:
        redact.learn_person(os.environ, words=_words(lineup))
    chosen = selection(options, lineup.editions)

    servers = Servers(config, lineup.backends, redact)
    config.add_cleanup(servers.stop)
    limits, pulse = Limits().scaled(options.patience), Pulse()
    be_patient(limits)
    databases = config.stash[DATABASES] = Databases(redact, limits, pulse)
    config.add_cleanup(databases.close)
    processes = config.stash[PROCESSES] = Processes(lineup)
    config.add_cleanup(processes.stop)
    private = config.stash[PRIVATE_SERVERS] = PrivateServers(options.profile, redact)
    config.add_cleanup(private.stop)
    randomness = Randomness(config, options.seed)
    collection = config.stash[COLLECTION] = Collection(config, lineup.subjects, chosen, randomness)
    taker = CensusTaker(config, collection)
    supervision = Supervision(
        config,
        lineup=lineup,
        taker=taker,
        limits=limits,
        pulse=pulse,
        databases=databases,
        servers=servers,
        redact=redact,
    )
    config.add_cleanup(supervision.stop)
    deviations = Deviations(lineup)
    recorder = Recorder(
        config,
        lineup=lineup,
        servers=servers,
        redact=redact,
        supervision=supervision,
        deviations=deviations,
    )

    parts = [servers, randomness, EarlierFailures(config), collection, supervision, recorder]
    parts += [Endurance(), taker]
    if not hasattr(config, "workerinput"):
        results = Results()
        conclusion = Conclusion(
            config,
            lineup=lineup,
            selection=chosen,
            taker=taker,
            results=results,
            deviations=deviations,
        )
        parts += [Crashes(config), results, conclusion, Summary(lineup, results, conclusion)]
        parts += [Progress(config, options.seed)]
        if options.report is not None and not runs_nothing(config):
            # What reports are made of is slow to import, and most runs write none.
            from flue_conformance.plugin.reporting.reporter import Reporter  # noqa: PLC0415

            reporter = Reporter(
                config,
                lineup=lineup,
                taker=taker,
                results=results,
                conclusion=conclusion,
                redact=redact,
                deviations=deviations,
            )
            supervision.draft_by(lambda: reporter.draft().as_json())
            parts.append(reporter)
    for part in parts:
        config.pluginmanager.register(part, f"flue-{type(part).__name__.lower()}")


def _words(lineup: Lineup) -> Iterator[str]:
    """Yield what node ids and commands are made of."""
    yield from ("flue", "pytest", "python", *AREAS)
    for subject in lineup.subjects:
        yield from re.split(r"[^A-Za-z0-9]", subject.name)


def _refuse_unknown_level(options: Options) -> None:
    levels = [str(level) for level in Level]
    if options.require is not None and options.require not in levels:
        raise pytest.UsageError(
            f"--flue-require: there is no level {options.require!r}, but {joined(levels)}."
            f"{near(options.require, levels)}"
        )
