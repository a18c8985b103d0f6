"""The kill matrix: specs by wrong adapters. `python -m flue_wrong_adapters.matrix`."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from flue_conformance.rules import AREAS, CATALOGUE, Requirement
from flue_wrong_adapters.broken import BROKEN
from flue_wrong_adapters.catalogue import Broken
from flue_wrong_adapters.outcomes import Shown
from flue_wrong_adapters.trials import Run, trials
from flue_wrong_adapters.unusual import UNUSUAL

Scope: TypeAlias = Literal["rule", "area", "catalogue"]
SCOPES: Mapping[Scope, str] = {
    "rule": "the specs of its rule",
    "area": "the specs of its rule's area",
    "catalogue": "the whole catalogue",
}
"""The specs that broken adapters meet."""

QUICKLY = "--flue-profile=quick"
"""They show themselves in one process; those that need several have tests of their own."""


@dataclass(frozen=True, slots=True)
class Matrix:
    """What the specs showed of each wrong adapter."""

    broken: Mapping[str, Sequence[Shown]]
    unusual: Mapping[str, Sequence[Shown]]

    @property
    def survivors(self) -> list[Broken]:
        """The broken adapters whose own rule no spec found broken."""
        return [BROKEN[name] for name in self.broken if not own_kills(BROKEN[name], self.broken)]

    @property
    def wronged(self) -> dict[str, list[str]]:
        """The unusual adapters of which a spec says that they break a MUST, with those specs."""
        found = {
            name: [one.spec for one in shown if breaks_a_must(one)]
            for name, shown in self.unusual.items()
        }
        return {name: specs for name, specs in found.items() if specs}

    @property
    def unjudged(self) -> list[str]:
        """Where a spec came to no outcome because of an error of the kit or the environment."""
        return [
            f"{name}: {one.spec}"
            for name, shown in {**self.broken, **self.unusual}.items()
            for one in shown
            if "error" in one.outcomes
        ]


def own_kills(broken: Broken, shown: Mapping[str, Sequence[Shown]]) -> list[str]:
    """Return the specs that find the adapter's own rule broken, as bindingly as the rule is."""
    requirement = CATALOGUE[broken.rule].requirement
    return [
        one.spec
        for one in shown[broken.name]
        if "broken" in one.outcomes
        and (broken.rule, requirement) in zip(one.rules, one.requirements, strict=True)
    ]


def breaks_a_must(shown: Shown) -> bool:
    """Return whether a spec says that a MUST is broken."""
    return "broken" in shown.outcomes and Requirement.MUST in shown.requirements


def page(matrix: Matrix, scope: Scope) -> Iterator[str]:
    """Return the matrix as Markdown, line by line."""
    specs = _kills_by_spec(matrix.broken)
    unusual = len(matrix.unusual)
    yield "# Kill matrix"
    yield ""
    yield (
        "Which specs catch which broken adapters, and that unusual but correct ones break no MUST. "
        f"Written by `python -m flue_wrong_adapters.matrix --scope {scope} --write FILE`; the "
        f"adapters are in `tests/adapters`. Each broken adapter met {SCOPES[scope]}, each unusual "
        "one the whole catalogue."
    )
    yield ""
    yield (
        f"{len(matrix.broken)} broken adapters, {len(matrix.survivors)} survivors; {unusual} "
        f"unusual adapters, {len(matrix.wronged)} wronged. "
        f"{sum(map(bool, specs.values()))} of {len(specs)} specs catch at least one."
    )
    yield from _problems(matrix)
    yield ""
    yield "## Broken adapters"
    yield ""
    yield "| adapter | its rule | what a user suffers | specs of the rule | other rules broken |"
    yield "|---|---|---|---|---|"
    for name in matrix.broken:
        yield _broken_row(BROKEN[name], matrix.broken)
    yield ""
    yield "## Unusual adapters"
    yield ""
    yield "| adapter | what is odd | specs held | SHOULD and MAY rules broken |"
    yield "|---|---|---|---|"
    for name, shown in matrix.unusual.items():
        held = sum("held" in one.outcomes for one in shown)
        findings = _rules(one for one in shown if "broken" in one.outcomes)
        yield f"| `{name}` | {UNUSUAL[name].sentence} | {held} | {', '.join(findings) or '-'} |"
    yield ""
    yield "## Specs"
    yield ""
    yield "| spec | adapters caught |"
    yield "|---|---|"
    for spec, names in specs.items():
        area, _, function = spec.removeprefix("flue.").partition("::")
        caught = ", ".join(f"`{name}`" for name in names)
        yield f"| {area}: {function.removeprefix('test_').replace('_', ' ')} | {caught or '-'} |"


def _problems(matrix: Matrix) -> Iterator[str]:
    yield from (
        f"\nSurvives: `{one.name}` ({one.rule}). {one.sentence}" for one in matrix.survivors
    )
    yield from (f"\nWronged: `{name}` by {specs}" for name, specs in matrix.wronged.items())
    yield from (f"\nNot judged: {one}" for one in matrix.unjudged)


def _broken_row(broken: Broken, shown: Mapping[str, Sequence[Shown]]) -> str:
    found = Counter(_rules(one for one in shown[broken.name] if "broken" in one.outcomes))
    others = ", ".join(rule for rule in found if rule != broken.rule)
    kills = len(own_kills(broken, shown))
    return f"| `{broken.name}` | {broken.rule} | {broken.sentence} | {kills} | {others or '-'} |"


def _rules(shown: Iterable[Shown]) -> list[str]:
    found = {rule for one in shown for rule in one.rules}
    return [rule for rule in CATALOGUE if rule in found]


def _kills_by_spec(shown: Mapping[str, Sequence[Shown]]) -> dict[str, list[str]]:
    kills: defaultdict[str, list[str]] = defaultdict(list)
    for name, results in shown.items():
        for one in results:
            kills[one.spec] += [name] if "broken" in one.outcomes else []
    # One spec sees an adapter in both editions.
    return {spec: list(dict.fromkeys(kills[spec])) for spec in sorted(kills, key=_place)}


def _place(spec: str) -> tuple[int, str]:
    place = spec.removeprefix("flue.").partition("::")[0]
    return AREAS.index(place.rpartition(".")[2]), spec


def runs_of_broken(names: Sequence[str], scope: Scope) -> list[Run]:
    """Return runs of broken adapters on the specs of their rules, of its areas, or on all."""
    if scope == "catalogue":
        return [Run(f"broken-{name}", [f"broken:{name}"], [QUICKLY]) for name in names]
    own_rules = ["-p", "flue_wrong_adapters.own_rules"] if scope == "rule" else []
    runs = []
    for area in AREAS:
        own = [f"broken:{name}" for name in names if CATALOGUE[BROKEN[name].rule].area == area]
        if own:
            arguments = [QUICKLY, "--flue-edition=all", f"--flue-area={area}", *own_rules]
            runs.append(Run(f"broken-{area}-{scope}", own, arguments))
    return runs


def runs_of_unusual(names: Sequence[str]) -> list[Run]:
    """Return runs of unusual adapters, each on the whole catalogue."""
    return [Run(f"unusual-{name}", [f"unusual:{name}"], [QUICKLY]) for name in names]


def _seen_alone() -> list[str]:
    return [
        name
        for name, broken in BROKEN.items()
        if not broken.well_behaved_alone and not broken.beyond_specs
    ]


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m flue_wrong_adapters.matrix", description=__doc__
    )
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the page to this file")
    parser.add_argument("--folder", type=Path, help="keep outcomes here, and resume from them")
    parser.add_argument("--jobs", type=int, default=2, help="processes at a time")
    parser.add_argument("--adapter", action="append", metavar="NAME", help="only this one")
    parser.add_argument(
        "--scope",
        choices=list(SCOPES),
        default="area",
        help="the specs that each broken adapter meets; the whole catalogue takes hours",
    )
    given = parser.parse_args()
    broken, unusual = (
        [name for name in names if not given.adapter or name in given.adapter]
        for names in (_seen_alone(), UNUSUAL)
    )
    with tempfile.TemporaryDirectory() as scratch:
        folder = given.folder or Path(scratch)
        matrix = Matrix(
            _in_order(broken, trials(runs_of_broken(broken, given.scope), folder, jobs=given.jobs)),
            _in_order(unusual, trials(runs_of_unusual(unusual), folder, jobs=given.jobs)),
        )
    text = "\n".join(page(matrix, given.scope)) + "\n"
    if given.write:
        given.write.write_text(text)
    else:
        sys.stdout.write(text)
    sys.exit(bool(matrix.survivors or matrix.wronged or matrix.unjudged))


def _in_order(
    names: Sequence[str], shown: Mapping[str, Sequence[Shown]]
) -> dict[str, Sequence[Shown]]:
    return {name: shown.get(name, ()) for name in names}


if __name__ == "__main__":
    main()
