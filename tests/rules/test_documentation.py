from __future__ import annotations

from collections.abc import Iterator
from email.message import Message
from importlib.metadata import PackageNotFoundError

import pytest

from flue_conformance.rules import documentation
from flue_conformance.rules.documentation import address_of


@pytest.fixture(autouse=True)
def _asked_anew() -> Iterator[None]:
    documentation._site.cache_clear()
    yield
    documentation._site.cache_clear()


def test_a_rule_has_a_place_on_the_site_that_the_package_names(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    package = Message()
    package["Project-URL"] = "Issues, https://example.org/issues"
    package["Project-URL"] = "Documentation, https://example.org/docs/"
    monkeypatch.setattr(documentation, "metadata", lambda _: package)

    assert address_of("CLAIM-07", "claims") == "https://example.org/docs/rules-claims.html#claim-07"


def test_without_a_site_a_rule_has_no_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documentation, "metadata", lambda _: Message())

    assert address_of("CLAIM-07", "claims") is None


def test_a_kit_that_is_not_installed_names_no_site(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> Message:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(documentation, "metadata", missing)

    assert address_of("CLAIM-07", "claims") is None
