"""The contract as data: every rule, one module an area, in the contract's order."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from flue_conformance.rules import (
    adapter,
    admission,
    chunks,
    claims,
    deletion,
    durability,
    encoding,
    events,
    index,
    journals,
    leases,
    lifecycle,
    ordering,
    runs,
    sessions,
    streams,
)
from flue_conformance.rules.rule import AREAS, EDITIONS, Level, Requirement, Rule, Verification

__all__ = ["AREAS", "CATALOGUE", "EDITIONS", "Level", "Requirement", "Rule", "Verification"]

CATALOGUE: Mapping[str, Rule] = MappingProxyType(
    {
        rule.id: rule
        for area in (
            sessions,
            admission,
            ordering,
            claims,
            lifecycle,
            journals,
            chunks,
            leases,
            deletion,
            runs,
            events,
            streams,
            index,
            adapter,
            encoding,
            durability,
        )
        for rule in area.RULES
    }
)
"""Every rule by its id, in the contract's order."""
