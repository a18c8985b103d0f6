"""Which specs a run was asked for: addresses, areas and rules."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath

import pytest

from flue_conformance.plugin.options import Options
from flue_conformance.plugin.wording import joined, near
from flue_conformance.rules import AREAS, CATALOGUE, Rule

PREFIX = "flue."


@dataclass(frozen=True, slots=True)
class Address:
    """Specs by the place of their rule: `flue.claims`, `flue.claims::test_x[sqlite-0.11]`."""

    place: str
    spec: str

    @classmethod
    def of(cls, argument: str, directory: Path) -> Address | None:
        """Return the address that a command line argument is, or None for a path.

        From a folder below the root, pytest prints ids as paths: `../flue.claims::test_x`.
        """
        path, _, spec = argument.partition("::")
        name = PurePath(path).name
        if not name.startswith(PREFIX) or (directory / path).exists():
            return None
        return cls(name.removeprefix(PREFIX), spec)

    def __str__(self) -> str:
        return f"{PREFIX}{self.place}::{self.spec}" if self.spec else f"{PREFIX}{self.place}"

    def names(self, place: str, item: str) -> bool:
        """Return whether a spec, such as `test_x[sqlite-0.11]` of `claims`, is at the address."""
        return place == self.place and self.spec in ("", item, item.partition("[")[0])


@dataclass(slots=True)
class Selection:
    """The specs that the command line names; without any, all of them."""

    areas: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    addresses: tuple[Address, ...] = ()
    found: set[Address] = field(default_factory=set)
    """The addresses at which there was a spec."""

    @property
    def reasons(self) -> tuple[str, ...]:
        """What keeps specs out, as the command line says it."""
        reasons = []
        if self.addresses:
            reasons.append("single specs were named")
        if self.areas:
            reasons.append(f"--flue-area={','.join(self.areas)}")
        if self.rules:
            reasons.append(f"--flue-rule={','.join(self.rules)}")
        return tuple(reasons)

    @property
    def missed(self) -> tuple[Address, ...]:
        """The addresses at which there was no spec."""
        return tuple(address for address in self.addresses if address not in self.found)

    def opens(self, place: str) -> bool:
        """Return whether specs at a place, such as `claims` or `races.claims`, may be wanted."""
        if self.areas and _area(place) not in self.areas:
            return False
        return not self.addresses or any(address.place == place for address in self.addresses)

    def wants(self, place: str, item: str, rules: Iterable[Rule]) -> bool:
        """Return whether a spec, such as `test_x[sqlite-0.11]` of `claims`, is wanted."""
        naming = [address for address in self.addresses if address.names(place, item)]
        self.found.update(naming)
        if self.addresses and not naming:
            return False
        return not self.rules or any(rule.id in self.rules for rule in rules)


def selection(options: Options, editions: Sequence[str]) -> Selection:
    """Return the areas and rules of the command line, where a run of `editions` can check them.

    Raises `pytest.UsageError` for others, since a run that checks nothing would look green.
    """
    refuse_unknown_names(options)
    for rule in map(CATALOGUE.__getitem__, options.rules):
        if not rule.tested:
            raise pytest.UsageError(f"--flue-rule: {rule.id} is untested. {rule.untested_because}")
        if not any(rule.holds_in(edition) for edition in editions):
            raise pytest.UsageError(
                f"--flue-rule: {rule.id} is a rule of edition {joined(rule.editions)}, but this "
                f"run is about {joined(editions)}; --flue-edition chooses others."
            )
    return Selection(options.areas, options.rules)


def refuse_unknown_names(options: Options) -> None:
    """Raise `pytest.UsageError` for an area or a rule that the catalogue does not have."""
    for area in options.areas:
        if area not in AREAS:
            raise pytest.UsageError(
                f"--flue-area: there is no area {area!r}, but {joined(AREAS)}.{near(area, AREAS)}"
            )
    for rule_id in options.rules:
        if rule_id not in CATALOGUE:
            raise pytest.UsageError(
                f"--flue-rule: there is no rule {rule_id!r}; --flue-list prints them all."
                f"{near(rule_id, CATALOGUE)}"
            )


def _area(place: str) -> str:
    return place.rpartition(".")[2]


def take_addresses(config: pytest.Config) -> tuple[Address, ...]:
    """Move the addresses out of pytest's arguments, and the paths that nobody gave as well.

    Left are the paths of the command line: asked for an adapter, a run is about the specs, and
    about other tests only where they are named.
    """
    directory = config.invocation_params.dir
    given = {argument: Address.of(argument, directory) for argument in config.args}
    if config.option.pyargs:
        given = {
            argument: address if address and _area(address.place) in AREAS else None
            for argument, address in given.items()
        }
    by_user = config.args_source is pytest.Config.ArgsSource.ARGS
    config.args[:] = [argument for argument in config.args if by_user and given[argument] is None]
    return tuple(address for address in given.values() if address is not None)
