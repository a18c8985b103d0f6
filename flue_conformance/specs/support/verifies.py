"""The marks that tie a spec to its rule and to what it needs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, TypeAlias, TypeVar

import pytest

from flue_conformance.rules import CATALOGUE, Level, Requirement

Spec = TypeVar("Spec", bound=Callable[..., Any])
Need: TypeAlias = Literal["persistent", "file", "server"]


def verifies(
    rule_id: str, *, level: Level | None = None, requirement: Requirement | None = None
) -> Callable[[Spec], Spec]:
    """Say that the spec tries to break this rule.

    `level` is the level at which it proves the rule, by default the first from which the rule
    counts. `requirement` is weaker than the rule's where the spec is about a part that binds less.
    Raises `KeyError` for an id that the catalogue does not have.
    """
    rule = CATALOGUE[rule_id]
    return pytest.mark.flue_rule(
        rule_id, level=level or rule.levels[0], requirement=requirement or rule.requirement
    )


def requires(need: Need) -> Callable[[Spec], Spec]:
    """Say that the rule is about locations of one sort only.

    `persistent`: state outlives the adapter object; `file`: the location is a path; `server`: it is
    a URL. For other backends the rule is not applicable.
    """
    return pytest.mark.flue_requires(need)
