"""The marks that tie a spec to its rule and to what it needs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, TypeAlias, TypeVar

import pytest

from flue_conformance.rules import CATALOGUE, Level, Requirement

Spec = TypeVar("Spec", bound=Callable[..., Any])
Need: TypeAlias = Literal["persistent", "file", "server", "same process"]


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
    """Say what the spec needs of its subject.

    `persistent`: state outlives the adapter object; `file`: the location is a path; `server`: it is
    a URL. For other backends the rule is not applicable.

    `same process`: the adapter gets the very objects that the spec passes, and the spec those that
    the adapter returns. Where copies cross between processes, and nobody changes those in the
    caller's stead (`Backend.sharing`), the spec is not run: it would hold for any adapter.
    """
    return pytest.mark.flue_requires(need)
