"""Every rule has a spec; the untested ones say why they have none."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from importlib import import_module
from typing import NamedTuple

from flue_conformance.plugin.collection import places
from flue_conformance.rules import AREAS, CATALOGUE, Level, Requirement, Verification

PLACES = list(places())


class Proof(NamedTuple):
    """What a mark on a spec says, and the area in which the spec stands."""

    area: str
    rule: str
    level: Level
    requirement: Requirement


def proofs() -> Iterator[Proof]:
    for place in PLACES:
        for _, function in inspect.getmembers(import_module(f"flue_conformance.specs.{place}")):
            for mark in getattr(function, "pytestmark", ()):
                if mark.name == "flue_rule":
                    yield Proof(place.rpartition(".")[2], mark.args[0], **mark.kwargs)


def test_there_is_one_module_an_area() -> None:
    assert {place for place in PLACES if "." not in place} == set(AREAS)
    assert {place.rpartition(".")[2] for place in PLACES} == set(AREAS)


def test_every_rule_that_a_test_can_break_has_a_spec() -> None:
    tested = {rule.id for rule in CATALOGUE.values() if rule.tested}
    # A spec of a weaker part can neither break nor hold the rule.
    proven = {
        proof.rule for proof in proofs() if proof.requirement is CATALOGUE[proof.rule].requirement
    }

    assert tested - proven == set()


def test_no_spec_binds_more_than_its_rule() -> None:
    strictness = list(Requirement)

    assert [
        proof
        for proof in proofs()
        if strictness.index(proof.requirement) < strictness.index(CATALOGUE[proof.rule].requirement)
    ] == []


def test_specs_stand_in_the_area_of_their_rule() -> None:
    assert [proof for proof in proofs() if CATALOGUE[proof.rule].area != proof.area] == []


def test_specs_prove_rules_at_levels_from_which_they_count() -> None:
    assert [proof for proof in proofs() if proof.level not in CATALOGUE[proof.rule].levels] == []


def test_untested_rules_have_no_spec() -> None:
    untested = {rule.id for rule in CATALOGUE.values() if rule.verified_by is Verification.UNTESTED}

    assert {proof.rule for proof in proofs()} & untested == set()
