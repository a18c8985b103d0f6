"""What each wrong adapter says about itself, as data."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, TypeVar

from flue_conformance.rules import CATALOGUE, EDITIONS
from flue_wrong_adapters.wrappers import Wrapper

Place: TypeAlias = Literal["memory", "sqlite", "postgres"]
Wrapping = TypeVar("Wrapping", bound=type[Wrapper[Any]])


@dataclass(frozen=True, slots=True)
class Broken:
    """An adapter that breaks a rule; it may break others too."""

    name: str
    rule: str
    """The rule that its specs must find broken."""
    sentence: str
    """What goes wrong, in the words of a user who suffers it."""
    place: Place
    """The reference adapter that it is made from."""
    wrapper: type[Wrapper[Any]]

    @property
    def editions(self) -> tuple[str, ...]:
        """The editions that have the rule."""
        return CATALOGUE[self.rule].editions

    @property
    def well_behaved_alone(self) -> bool:
        """Whether it takes other processes, or a crash, to see it broken."""
        return ".broken.alone." in self.wrapper.__module__

    @property
    def beyond_specs(self) -> bool:
        """Whether nothing but the model was meant to see it broken."""
        return self.wrapper.__module__.endswith((".broken.beyond", ".alone.locks"))


@dataclass(frozen=True, slots=True)
class Unusual:
    """An adapter that breaks no MUST, however odd it looks."""

    name: str
    sentence: str
    """What is odd about it, and why that is correct."""
    place: Place
    wrapper: type[Wrapper[Any]]
    planter: bool
    """Whether its backend offers a planter."""

    @property
    def editions(self) -> tuple[str, ...]:
        """All known editions."""
        return EDITIONS


BROKEN: dict[str, Broken] = {}
"""Every broken adapter by its name."""
UNUSUAL: dict[str, Unusual] = {}
"""Every unusual adapter by its name."""


def broken(rule: str, sentence: str, *, place: Place = "memory") -> Callable[[Wrapping], Wrapping]:
    """List a wrapper as a broken adapter, named after its class.

    Raises `ValueError` for a name that is taken or a rule that there is not.
    """

    def enlist(wrapper: Wrapping) -> Wrapping:
        name = _name(wrapper)
        if rule not in CATALOGUE or name in BROKEN:
            raise ValueError(f"{name} breaks {rule}: no such rule, or a name that is taken.")
        BROKEN[name] = Broken(name, rule, sentence, place, wrapper)
        return wrapper

    return enlist


def unusual(
    sentence: str, *, place: Place = "memory", planter: bool = True
) -> Callable[[Wrapping], Wrapping]:
    """List a wrapper as an unusual adapter, named after its class.

    Raises `ValueError` for a name that is taken.
    """

    def enlist(wrapper: Wrapping) -> Wrapping:
        name = _name(wrapper)
        if name in UNUSUAL:
            raise ValueError(f"The name {name} is taken.")
        UNUSUAL[name] = Unusual(name, sentence, place, wrapper, planter)
        return wrapper

    return enlist


def _name(wrapper: type) -> str:
    """Return `claims-behind-the-head` for `ClaimsBehindTheHead`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", wrapper.__name__).lower()
