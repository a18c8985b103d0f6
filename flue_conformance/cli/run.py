"""`flue-conformance run`: the specs, for people who do not use pytest."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Iterator, Sequence
from itertools import takewhile

import click

from flue_conformance.backends.discovery import installed
from flue_conformance.cli.examples import ExampleCommand
from flue_conformance.cli.refusal import refuse


def _adapters(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """Return the adapters that a shell may complete to."""
    del ctx, param
    return sorted(name for name in installed() if name.startswith(incomplete))


@click.command(
    "run",
    cls=ExampleCommand,
    context_settings={"ignore_unknown_options": True},
    examples=[
        "flue-conformance run mine",
        "flue-conformance run mine --profile quick --report out",
        "flue-conformance run postgres --postgres local --require multi-replica --workers 2",
        "flue-conformance run mine --rule CLAIM-02 -- -x -vv",
    ],
)
@click.argument(
    "adapters",
    nargs=-1,
    required=True,
    metavar="NAME[:ARGUMENT]... [-- PYTEST...]",
    shell_complete=_adapters,
)
@click.option("--edition", help="An edition, or `all`; by default the newest that it offers.")
@click.option("--area", "areas", multiple=True, help="Only the specs of an area; repeatable.")
@click.option("--rule", "rules", multiple=True, help="Only the specs of a rule; repeatable.")
@click.option("--profile", type=click.Choice(["quick", "standard", "soak"]))
@click.option("--require", metavar="LEVEL", help="Exit 1 unless it earns this level.")
@click.option("--postgres", metavar="HOW", help="Where Postgres comes from.")
@click.option("--report", metavar="DIR", help="Write report.json, report.html and JUnit XML there.")
@click.option("--workers", type=click.IntRange(1), default=1, help="Parallel processes.")
def command(
    *,
    adapters: Sequence[str],
    edition: str | None,
    areas: Sequence[str],
    rules: Sequence[str],
    profile: str | None,
    require: str | None,
    postgres: str | None,
    report: str | None,
    workers: int,
) -> None:
    """Run the specs on adapters.

    The same as pytest with the options of the kit, in the folder that you are in; what follows
    `--` goes to pytest as it is. The exit status is pytest's: 0 when all went well.
    """
    single = {
        "edition": edition,
        "profile": profile,
        "require": require,
        "postgres": postgres,
        "report": report,
    }
    names = list(takewhile(lambda word: not word.startswith("-"), adapters))
    more = adapters[len(names) :]
    if not names:
        refuse("the adapters come first, then `--` and what pytest is to get.")
    words = [
        *(f"--flue-adapter={name}" for name in names),
        *(f"--flue-{name}={value}" for name, value in single.items() if value is not None),
        *(f"--flue-area={area}" for area in areas),
        *(f"--flue-rule={rule}" for rule in rules),
        *_parallel(workers),
        *more,
    ]
    done = subprocess.run(  # noqa: S603 - this very Python
        [sys.executable, "-m", "pytest", *words], check=False
    )
    # A negative status is the signal that ended it; shells write that as 128 and its number.
    sys.exit(done.returncode if done.returncode >= 0 else 128 - done.returncode)


def _parallel(workers: int) -> Iterator[str]:
    if workers == 1:
        return
    if importlib.util.find_spec("xdist") is None:
        refuse("--workers needs pytest-xdist: pip install pytest-xdist")
    yield f"-n{workers}"
