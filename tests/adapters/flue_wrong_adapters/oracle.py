"""What the model alone catches, by sequences or by histories: `python -m ….oracle`."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from pkgutil import iter_modules
from types import MappingProxyType

from flue_conformance.rules import AREAS, CATALOGUE, Verification
from flue_conformance.specs import histories
from flue_wrong_adapters.broken import BROKEN
from flue_wrong_adapters.catalogue import Broken
from flue_wrong_adapters.outcomes import Shown
from flue_wrong_adapters.trials import Run, trials
from flue_wrong_adapters.unusual import UNUSUAL

EVERY = ("sessions", "admission", "claims", "journals", "chunks", "deletion", "runs", "streams")
SEQUENCES: Mapping[str, Sequence[str]] = MappingProxyType(
    {
        "sessions": ("sessions", "deletion"),
        "admission": ("admission", "deletion"),
        "ordering": ("claims", "admission", "chunks"),
        "claims": ("claims",),
        "lifecycle": ("claims", "journals"),
        "journals": ("journals",),
        "chunks": ("chunks",),
        "leases": ("claims", "journals"),
        "deletion": ("deletion",),
        "runs": ("runs",),
        "events": ("events",),
        "streams": ("streams",),
        "index": ("index",),
        "adapter": ("adapter", *EVERY),
        "encoding": ("adapter", *EVERY),
        "durability": ("adapter", *EVERY),
    }
)
"""The generated sequences that an adapter meets, by the area of the rule that it breaks."""

HISTORIES = tuple(module.name for module in iter_modules(histories.__path__))
_AT_ONCE = 25
"""How many adapters a process of pytest looks at."""
_RACING_AT_ONCE = 4
"""Likewise of those that race, on all histories."""

OUTSIDE: Mapping[Verification, str] = MappingProxyType(
    {
        Verification.RACING: "calls that race",
        Verification.PLANTED: "damaged records",
        Verification.CRASH: "crashes",
    }
)
"""What sequences do not have, and rules about it therefore not."""


@dataclass(frozen=True, slots=True)
class Table:
    """What was shown of each adapter."""

    broken: Mapping[str, Sequence[Shown]]
    racing: Mapping[str, Sequence[Shown]]
    unusual: Mapping[str, Sequence[Shown]]

    def caught(self, name: str) -> bool:
        """Return whether an adapter was found broken."""
        shown = (*self.broken.get(name, ()), *self.racing.get(name, ()))
        return any("broken" in one.outcomes for one in shown)

    @property
    def wronged(self) -> list[str]:
        """Correct adapters that were found broken."""
        return [
            name
            for name, shown in self.unusual.items()
            if any("broken" in one.outcomes for one in shown)
        ]


def within_reach(broken: Broken) -> bool:
    """Return whether one process shows what is broken by calls one after the other."""
    rule = CATALOGUE[broken.rule]
    return not broken.well_behaved_alone and rule.verified_by not in OUTSIDE


def races(broken: Broken) -> bool:
    """Return whether it takes several processes at once to see an adapter broken."""
    return broken.wrapper.__module__.endswith((".alone.races", ".alone.locks"))


def page(table: Table) -> Iterator[str]:
    """Return the table as Markdown, line by line."""
    reach = [BROKEN[name] for name, shown in table.broken.items() if shown]
    unmet = [BROKEN[name] for name, shown in table.broken.items() if not shown]
    races = [BROKEN[name] for name in table.racing]
    caught = [one for one in reach if table.caught(one.name)]
    met = [one for one in races if table.caught(one.name)]
    yield "# What the model catches"
    yield ""
    yield (
        "Which broken adapters generated sequences catch without any other spec, and which of "
        "those that race histories do, in one run of the profile `standard`. Written by "
        "`python -m flue_wrong_adapters.oracle --write FILE`; the adapters are in "
        "`tests/adapters`. "
        "Each met the sequences of its rule's area. Those whose rule is about "
        f"{', '.join(OUTSIDE.values())} are left out of the sequences."
    )
    yield ""
    share = len(caught) / max(len(reach), 1)
    wronged = "correct ones were not met"
    if table.unusual:
        wronged = f"{len(table.wronged)} of {len(table.unusual)} correct ones are wronged"
    yield (
        f"Sequences catch {len(caught)} of {len(reach)} broken adapters ({share:.0%}), histories "
        f"{len(met)} of {len(races)} that race; {wronged}."
    )
    yield from (f"\nWronged: `{name}`" for name in table.wronged)
    if unmet:
        areas = dict.fromkeys(CATALOGUE[one.rule].area for one in unmet)
        yield f"\nNot met: {len(unmet)} adapters of {', '.join(areas)}, for want of time."
    yield ""
    yield "| area | adapters | caught | not caught |"
    yield "|---|--:|--:|---|"
    for area in AREAS:
        here = [one for one in reach if CATALOGUE[one.rule].area == area]
        if here:
            missed = [f"`{one.name}`" for one in here if not table.caught(one.name)]
            row = (area, str(len(here)), str(len(here) - len(missed)), ", ".join(missed) or "-")
            yield f"| {' | '.join(row)} |"
    yield ""
    yield "| races | its rule | what a user suffers | caught |"
    yield "|---|---|---|---|"
    for one in races:
        told = "yes" if one in met else "no"
        yield f"| `{one.name}` | {one.rule} | {one.sentence} | {told} |"


def runs(names: Sequence[str]) -> list[Run]:
    """Return runs of broken adapters on the sequences of their rules' areas."""
    found = []
    for area, sequences in SEQUENCES.items():
        own = [f"broken:{name}" for name in names if CATALOGUE[BROKEN[name].rule].area == area]
        for start in range(0, len(own), _AT_ONCE):
            places = [f"flue.sequences.{place}" for place in sequences]
            some = own[start : start + _AT_ONCE]
            found.append(Run(f"oracle-{area}-{start}", some, places))
    return found


def runs_of_racing(names: Sequence[str]) -> list[Run]:
    """Return runs of adapters that race on all histories, by several processes as well."""
    places = [f"flue.histories.{place}" for place in HISTORIES]
    return [
        Run(
            f"oracle-racing-{start}",
            [f"broken:{name}" for name in names[start : start + _RACING_AT_ONCE]],
            ["--flue-postgres=local", *places],
        )
        for start in range(0, len(names), _RACING_AT_ONCE)
    ]


def runs_of_unusual(names: Sequence[str]) -> list[Run]:
    """Return a run of the unusual adapters on all sequences, those of events in their edition."""
    places = [f"flue.sequences.{place}" for place in (*EVERY, "events", "index", "adapter")]
    adapters = [f"unusual:{name}" for name in names]
    asked = ["--flue-edition=all", *places]
    return [Run("oracle-unusual", adapters, asked)] if adapters else []


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m flue_wrong_adapters.oracle", description=__doc__
    )
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the page to this file")
    parser.add_argument("--folder", type=Path, help="keep outcomes here, and resume from them")
    parser.add_argument("--jobs", type=int, default=2, help="processes at a time")
    parser.add_argument("--area", action="append", metavar="AREA", help="only rules of this one")
    given = parser.parse_args()
    names = [
        name
        for name, broken in BROKEN.items()
        if within_reach(broken) and (not given.area or CATALOGUE[broken.rule].area in given.area)
    ]
    unusual = (
        [] if given.area else [name for name, one in UNUSUAL.items() if one.place != "postgres"]
    )
    racing = [name for name, broken in BROKEN.items() if races(broken) and not given.area]
    with tempfile.TemporaryDirectory() as scratch:
        folder = given.folder or Path(scratch)
        broken = trials(runs(names), folder, jobs=given.jobs)
        raced = trials(runs_of_racing(racing), folder, jobs=1)
        table = Table(
            {name: broken.get(name, ()) for name in names},
            {name: raced.get(name, ()) for name in racing},
            trials(runs_of_unusual(unusual), folder, jobs=1),
        )
    text = "\n".join(page(table)) + "\n"
    if given.write:
        given.write.write_text(text)
    else:
        sys.stdout.write(text)
    sys.exit(bool(table.wronged))


if __name__ == "__main__":
    main()
