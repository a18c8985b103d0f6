"""`Spec`: what the plugin knows about one collected spec."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from flue_conformance.rules import CATALOGUE, Level, Requirement, Rule
from flue_conformance.specs.support.database import Subject


@dataclass(frozen=True, slots=True)
class Proof:
    """One rule that a spec tries to break."""

    rule: Rule
    level: Level
    requirement: Requirement

    @classmethod
    def of(cls, mark: pytest.Mark) -> Proof:
        """Return what a `verifies` mark says; it may be about a weaker part of the rule."""
        rule = CATALOGUE[mark.args[0]]
        level = mark.kwargs.get("level") or rule.levels[0]
        return cls(rule, level, mark.kwargs.get("requirement") or rule.requirement)


@dataclass(frozen=True, slots=True)
class Spec:
    """A spec on one subject, with the rules of the subject's edition that it is about."""

    subject: Subject
    proofs: tuple[Proof, ...]
    needs: tuple[str, ...]

    @classmethod
    def of(cls, item: pytest.Function) -> Spec:
        """Return what a collected function says about itself."""
        subject = item.callspec.params["subject"]
        assert isinstance(subject, Subject)
        proofs = [Proof.of(mark) for mark in item.iter_markers("flue_rule")]
        proofs = [proof for proof in proofs if proof.rule.holds_in(subject.edition)]
        declared = Level(subject.backend.durability)
        # What is about a higher level alone stays, and says why it does not apply.
        within = [proof for proof in proofs if proof.level <= declared]
        return cls(
            subject,
            tuple(within or proofs),
            tuple(need for mark in item.iter_markers("flue_requires") for need in mark.args),
        )

    @property
    def binding(self) -> bool:
        """Whether a failure breaks a MUST."""
        return any(proof.requirement is Requirement.MUST for proof in self.proofs)


_SPEC = pytest.StashKey[Spec]()


def remember(item: pytest.Item, spec: Spec) -> None:
    """Tie a collected item to its spec."""
    item.stash[_SPEC] = spec


def spec_of(item: pytest.Item) -> Spec | None:
    """Return the spec that an item runs; None for a user's own test."""
    return item.stash.get(_SPEC, None)
