"""Every rule that one process can show has a spec."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules

from flue_conformance import specs
from flue_conformance.rules import AREAS, CATALOGUE, Level, Requirement, Verification

AWAITING_PROCESSES = {"DURABILITY-01", "DURABILITY-02"}
"""Needs a kill to be seen broken."""
AWAITING_FAULTS = {"DURABILITY-10", "DURABILITY-11", "DURABILITY-12"}
"""Needs a power loss or a server that dies."""

MODULES = [module.name for module in iter_modules(specs.__path__) if not module.ispkg]


def proofs() -> Iterator[tuple[str, str, Level]]:
    """Yield the area in which each proof stands, its rule and its level."""
    for area in MODULES:
        for _, function in inspect.getmembers(import_module(f"flue_conformance.specs.{area}")):
            for mark in getattr(function, "pytestmark", ()):
                if mark.name == "flue_rule":
                    yield area, mark.args[0], mark.kwargs["level"]


def test_there_is_one_module_an_area() -> None:
    assert set(MODULES) == set(AREAS)


def test_every_must_rule_has_a_spec() -> None:
    must = {rule.id for rule in CATALOGUE.values() if rule.requirement is Requirement.MUST}
    proven = {rule for _, rule, _ in proofs()}

    assert must - proven == AWAITING_PROCESSES | AWAITING_FAULTS


def test_specs_stand_in_the_area_of_their_rule() -> None:
    assert {(area, rule) for area, rule, _ in proofs() if CATALOGUE[rule].area != area} == set()


def test_specs_prove_rules_at_levels_from_which_they_count() -> None:
    assert {rule for _, rule, level in proofs() if level not in CATALOGUE[rule].levels} == set()


def test_untested_rules_have_no_spec() -> None:
    untested = {rule.id for rule in CATALOGUE.values() if rule.verified_by is Verification.UNTESTED}

    assert {rule for _, rule, _ in proofs()} & untested == set()
