from __future__ import annotations

from flue_conformance.specs.support.database import Subject
from flue_conformance.specs.support.expect import Expect
from flue_conformance.specs.support.verifies import verifies


@verifies("EVENT-01")
async def test_only_the_old_edition_has_events(subject: Subject, expect: Expect) -> None:
    expect.equal(subject.edition, "0.10")
