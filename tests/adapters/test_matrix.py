"""What the kill matrix says of outcomes."""

from __future__ import annotations

from flue_wrong_adapters.broken import BROKEN
from flue_wrong_adapters.matrix import Matrix, page
from flue_wrong_adapters.outcomes import Shown
from flue_wrong_adapters.unusual import UNUSUAL

BROKEN_NAME = "a-second-claim-takes-over"
UNUSUAL_NAME = "lists-are-tuples"


def shown(rule: str, outcome: str, requirement: str = "MUST") -> Shown:
    return Shown("any", "0.11", f"flue.claims::test_{outcome}", (rule,), (requirement,), (outcome,))


def matrix(*, broken: Shown, unusual: Shown) -> Matrix:
    return Matrix({BROKEN_NAME: [broken]}, {UNUSUAL_NAME: [unusual]})


def test_a_broken_adapter_survives_unless_its_own_rule_is_found_broken() -> None:
    held = shown("CLAIM-02", "held")

    assert matrix(broken=shown("CLAIM-02", "broken"), unusual=held).survivors == []
    for other in (
        shown("CLAIM-03", "broken"),
        shown("CLAIM-02", "held"),
        shown("CLAIM-02", "error"),
        shown("CLAIM-02", "broken", "SHOULD"),
    ):
        assert matrix(broken=other, unusual=held).survivors == [BROKEN[BROKEN_NAME]]


def test_an_unusual_adapter_is_wronged_by_a_broken_must_alone() -> None:
    caught = shown("CLAIM-02", "broken")

    assert matrix(broken=caught, unusual=shown("CLAIM-10", "broken", "SHOULD")).wronged == {}
    assert matrix(broken=caught, unusual=caught).wronged == {
        UNUSUAL_NAME: ["flue.claims::test_broken"]
    }


def test_an_error_is_no_verdict() -> None:
    caught = shown("CLAIM-02", "broken")

    unjudged = matrix(broken=caught, unusual=shown("CLAIM-01", "error")).unjudged

    assert unjudged == [f"{UNUSUAL_NAME}: flue.claims::test_error"]


def test_the_page_has_a_row_for_each_adapter_and_spec() -> None:
    caught = matrix(broken=shown("CLAIM-02", "broken"), unusual=shown("CLAIM-01", "held"))

    lines = list(page(caught, "rule"))

    sentence = BROKEN[BROKEN_NAME].sentence
    assert f"| `{BROKEN_NAME}` | CLAIM-02 | {sentence} | 1 | - |" in lines
    assert f"| `{UNUSUAL_NAME}` | {UNUSUAL[UNUSUAL_NAME].sentence} | 1 | - |" in lines
    assert f"| claims: broken | `{BROKEN_NAME}` |" in lines
