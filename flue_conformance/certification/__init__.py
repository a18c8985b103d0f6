"""What a run amounts to: outcomes, verdicts and the levels that they earn."""

from __future__ import annotations

from flue_conformance.certification.obligation import Obligation
from flue_conformance.certification.outcome import Outcome, SpecResult, gravest
from flue_conformance.certification.verdict import RuleVerdict, Verdict, judge

__all__ = ["Obligation", "Outcome", "RuleVerdict", "SpecResult", "Verdict", "gravest", "judge"]
