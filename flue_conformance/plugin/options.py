"""The command line of the plugin, and the command that repeats one spec.

Every run of pytest imports this, so it imports nothing but pytest.
"""

from __future__ import annotations

import math
import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from flue_conformance.backends import Settings

DEFAULT_SEED = 0
NO_ISOLATION = "none"
ISOLATIONS = (NO_ISOLATION, "process")
QUICK, STANDARD, SOAK = PROFILES = ("quick", "standard", "soak")
_SOAKED: Final = 40
DEFAULT_POSTGRES = "auto"
POSTGRES_KINDS = (DEFAULT_POSTGRES, "testcontainers", "local", "embedded")
"""What `--flue-postgres` may be besides the URL of a server."""


def add_options(parser: pytest.Parser) -> None:
    """Add the plugin's options to pytest's."""
    group = parser.getgroup("flue", "conformance of Flue persistence adapters")
    group.addoption(
        "--flue-adapter",
        action="append",
        default=[],
        metavar="NAME[:ARGUMENT]",
        help="Run the specs on this adapter, on `all` for every installed one; repeatable.",
    )
    group.addoption(
        "--flue-edition",
        action="append",
        default=[],
        metavar="EDITION",
        help="Editions to check, separated by commas; default: the newest of each adapter; `all`.",
    )
    group.addoption(
        "--flue-area",
        action="append",
        default=[],
        metavar="AREA",
        help="Only the specs of these areas, such as `claims`; such a run earns no level.",
    )
    group.addoption(
        "--flue-rule",
        action="append",
        default=[],
        metavar="ID",
        help="Only the specs of these rules, such as `CLAIM-02`; such a run earns no level.",
    )
    group.addoption(
        "--flue-list", action="store_true", help="Print the rules of the catalogue and exit."
    )
    group.addoption(
        "--flue-strict", action="store_true", help="Fail on broken SHOULD and MAY rules too."
    )
    group.addoption(
        "--flue-require",
        metavar="LEVEL",
        help="Fail unless each adapter earns `ephemeral`, `single-host` or `multi-replica`.",
    )
    group.addoption(
        "--flue-seed",
        type=int,
        default=DEFAULT_SEED,
        metavar="N",
        help=f"Seed of everything random in specs; default: {DEFAULT_SEED}.",
    )
    group.addoption(
        "--flue-patience",
        type=_factor,
        default=1.0,
        metavar="FACTOR",
        help="Scale every time limit: 3 for a machine that is three times slower.",
    )
    group.addoption(
        "--flue-keep",
        action="store_true",
        help="Leave the databases of failing specs behind and say how to open them.",
    )
    group.addoption(
        "--flue-report",
        metavar="DIR",
        help="Write the report there: `report.json`, `report.html`, and JUnit XML by pytest.",
    )
    group.addoption(
        "--flue-isolation",
        choices=ISOLATIONS,
        default=NO_ISOLATION,
        help="Where adapters live: in the process of the specs (`none`, the default), or each in a "
        "`process` of its own.",
    )
    group.addoption(
        "--flue-profile",
        choices=PROFILES,
        default=STANDARD,
        help="How much is tried: `quick` leaves out worker processes and server faults, and earns "
        "ephemeral at most; `standard` is the default; `soak` goes on for much longer.",
    )
    group.addoption(
        "--flue-postgres",
        default=DEFAULT_POSTGRES,
        metavar="KIND",
        help="Where Postgres comes from: `auto` (default), `testcontainers`, `local`, `embedded` "
        "or the URL of a server.",
    )
    group.addoption(
        "--flue-postgres-image",
        metavar="IMAGE",
        help="Container image for `--flue-postgres=testcontainers`.",
    )
    group.addoption(
        "--flue-postgres-disposable",
        action="store_true",
        help="Let specs of server faults end and cut connections to a server given by URL.",
    )


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line asks of the plugin."""

    adapters: tuple[str, ...]
    editions: tuple[str, ...]
    areas: tuple[str, ...]
    rules: tuple[str, ...]
    listing: bool
    strict: bool
    require: str | None
    seed: int
    keep: bool
    patience: float
    isolation: str
    profile: str
    postgres: str
    postgres_image: str | None
    postgres_disposable: bool
    report: str | None
    rootdir: Path

    @classmethod
    def of(cls, config: pytest.Config) -> Options:
        """Return the options of a run."""
        return cls(
            adapters=tuple(dict.fromkeys(config.getoption("flue_adapter"))),
            editions=_listed(config.getoption("flue_edition")),
            areas=_listed(config.getoption("flue_area")),
            rules=tuple(rule.upper() for rule in _listed(config.getoption("flue_rule"))),
            listing=config.getoption("flue_list"),
            strict=config.getoption("flue_strict"),
            require=config.getoption("flue_require"),
            seed=config.getoption("flue_seed"),
            keep=config.getoption("flue_keep"),
            patience=config.getoption("flue_patience"),
            isolation=config.getoption("flue_isolation"),
            profile=config.getoption("flue_profile"),
            postgres=config.getoption("flue_postgres"),
            postgres_image=config.getoption("flue_postgres_image"),
            postgres_disposable=config.getoption("flue_postgres_disposable"),
            report=config.getoption("flue_report"),
            rootdir=config.rootpath,
        )

    @property
    def effort(self) -> int:
        """How many times as much is tried as by default, where sequences or moments are random."""
        return _SOAKED if self.profile == SOAK else 1

    @property
    def settings(self) -> Settings:
        """What backends are configured with."""
        from flue_conformance.backends import Settings  # noqa: PLC0415 - idle runs go without

        image = {"postgres_image": self.postgres_image} if self.postgres_image else {}
        return Settings(
            postgres=self.postgres,
            postgres_disposable=self.postgres_disposable,
            rootdir=self.rootdir,
            keep=self.keep,
            **image,
        )

    def repeat(self, adapter: str, edition: str | None, node_id: str) -> str:
        """Return the command that runs one spec again."""
        return f"{self.command(adapter, edition)} {quoted(node_id)}"

    def command(self, adapter: str, edition: str | None) -> str:
        """Return the command that runs specs on `adapter`, `NAME` or `NAME:ARGUMENT`, again.

        `edition` is named where it is not the one that runs by default. What may hold a password
        is shown as `…`.
        """
        words = ["pytest", f"--flue-adapter={_harmless(adapter)}"]
        if edition:
            words.append(f"--flue-edition={edition}")
        if self.strict:
            words.append("--flue-strict")
        if self.seed != DEFAULT_SEED:
            words.append(f"--flue-seed={self.seed}")
        if self.patience != 1:
            words.append(f"--flue-patience={self.patience:g}")
        if self.isolation != NO_ISOLATION:
            words.append(f"--flue-isolation={self.isolation}")
        if self.profile != STANDARD:
            words.append(f"--flue-profile={self.profile}")
        if self.postgres != DEFAULT_POSTGRES:
            shown = self.postgres if self.postgres in POSTGRES_KINDS else "…"
            words.append(f"--flue-postgres={shown}")
        if self.postgres_image:
            words.append(f"--flue-postgres-image={self.postgres_image}")
        if self.postgres_disposable:
            words.append("--flue-postgres-disposable")
        return " ".join(map(quoted, words))

    @property
    def locations(self) -> tuple[str, ...]:
        """What the command line holds that may say where a database is, with a password."""
        return (self.postgres, *self.adapters)


def runs_nothing(config: pytest.Config) -> bool:
    """Return whether a run only shows what it would run."""
    return config.option.collectonly or getattr(config.option, "setupplan", False)


def _listed(values: Iterable[str]) -> tuple[str, ...]:
    """Return the values of an option that may be repeated and may hold commas."""
    parts = (part.strip() for value in values for part in value.split(","))
    return tuple(dict.fromkeys(part for part in parts if part))


def _factor(text: str) -> float:
    factor = float(text)
    if not 0 < factor < math.inf:
        raise ValueError(text)
    return factor


def _harmless(adapter: str) -> str:
    name, colon, argument = adapter.partition(":")
    suspicious = "://" in argument or "password" in argument.lower()
    return f"{name}:…" if suspicious else f"{name}{colon}{argument}"


@cache
def quoted(word: str) -> str:
    """Quote for a shell; the ellipsis needs none, though `shlex` would quote for it."""
    return word if word.endswith("…") else shlex.quote(word)
