"""Small parts of the plugin that need no run: options, redaction, addresses, wording."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from flue_conformance.plugin.options import Options
from flue_conformance.plugin.redaction import Redaction
from flue_conformance.plugin.selection import Address
from flue_conformance.plugin.wording import counted, joined, near


def options(**changes: Any) -> Options:
    given: dict[str, Any] = {
        "adapters": ("mine",),
        "editions": (),
        "areas": (),
        "rules": (),
        "listing": False,
        "strict": False,
        "require": None,
        "seed": 0,
        "keep": False,
        "patience": 1.0,
        "isolation": "none",
        "profile": "standard",
        "postgres": "auto",
        "postgres_image": None,
        "postgres_disposable": False,
        "report": None,
        "rootdir": Path(),
    }
    return Options(**(given | changes))


@pytest.mark.parametrize(
    ("changes", "adapter", "edition", "command"),
    [
        ({}, "mine", None, "pytest --flue-adapter=mine 'flue.a::b[mine-0.11]'"),
        (
            {},
            "mine",
            "0.10",
            "pytest --flue-adapter=mine --flue-edition=0.10 'flue.a::b[mine-0.11]'",
        ),
        ({}, "npm:@flue/x#y", None, "pytest '--flue-adapter=npm:@flue/x#y' 'flue.a::b[mine-0.11]'"),
        ({}, "mine:pg://u:p@h/d", None, "pytest --flue-adapter=mine:… 'flue.a::b[mine-0.11]'"),
        ({}, "mine:host=h Password=p", None, "pytest --flue-adapter=mine:… 'flue.a::b[mine-0.11]'"),
        (
            {"patience": 2.5},
            "mine",
            None,
            "pytest --flue-adapter=mine --flue-patience=2.5 'flue.a::b[mine-0.11]'",
        ),
        (
            {"strict": True, "seed": 7, "postgres": "local", "postgres_image": "pg:1"},
            "mine",
            None,
            (
                "pytest --flue-adapter=mine --flue-strict --flue-seed=7 --flue-postgres=local "
                "--flue-postgres-image=pg:1 'flue.a::b[mine-0.11]'"
            ),
        ),
        (
            {"postgres": "host=h password=p", "postgres_disposable": True},
            "mine",
            None,
            (
                "pytest --flue-adapter=mine --flue-postgres=… --flue-postgres-disposable "
                "'flue.a::b[mine-0.11]'"
            ),
        ),
        (
            {"keep": True, "require": "ephemeral", "areas": ("a",), "rules": ("A-1",)},
            "mine",
            None,
            "pytest --flue-adapter=mine 'flue.a::b[mine-0.11]'",
        ),
    ],
)
def test_a_command_repeats_one_spec(
    changes: dict[str, Any], adapter: str, edition: str | None, command: str
) -> None:
    assert options(**changes).repeat(adapter, edition, "flue.a::b[mine-0.11]") == command


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("at pg://u:hunter2@h:5/d?x=y now", "at pg://u:***@h:5/d?x=y now"),
        ("at pg://u:p%40ss%2F@h/d", "at pg://u:***@h/d"),
        ("pg://:hunter2@h", "pg://:***@h"),
        ("pg://u@h/d", "pg://u@h/d"),
        ("password=hunter2 host=h", "password=*** host=h"),
        ("{'password': 'hunter2', 'host': 'h'}", "{'password': '***', 'host': 'h'}"),
        ("pg://h/d?password=hunter2&x=y", "pg://h/d?password=***&x=y"),
        ("the secret swordfish leaked", "the secret *** leaked"),
        ("sword/fish% and sword%2Ffish%25", "*** and ***"),
        ("swordfishes", "swordfishes"),
        ("nothing to hide: 12:30 a@b", "nothing to hide: 12:30 a@b"),
    ],
)
def test_passwords_are_masked(text: str, shown: str) -> None:
    redact = Redaction(["pg://u:swordfish@h/d", "mine:pg://u:sword%2Ffish%25@h/d", "/a/path"])

    assert redact(text) == shown


def test_a_password_that_is_also_a_public_name_stays_readable() -> None:
    redact = Redaction(["postgresql://postgres:postgres@h/flue", "pg://u:x@h"])

    assert redact("postgres-0.11 x") == "postgres-0.11 x"
    assert redact("postgresql://postgres:postgres@h/flue") == "postgresql://postgres:***@h/flue"


@pytest.mark.parametrize(
    ("argument", "address"),
    [
        ("flue.claims", Address("claims", "")),
        ("flue.claims::test_x", Address("claims", "test_x")),
        ("flue.claims::test_x[a/b::c]", Address("claims", "test_x[a/b::c]")),
        ("../deep/flue.claims::test_x", Address("claims", "test_x")),
        ("tests/flue", None),
        ("tests/test_flue.py::test_x", None),
        ("fluent.py", None),
        ("tests::flue.claims", None),
    ],
)
def test_an_address_is_told_from_a_path(
    tmp_path: Path, argument: str, address: Address | None
) -> None:
    assert Address.of(argument, tmp_path) == address


def test_words_fit_their_number() -> None:
    assert [counted(number, "rule") for number in (0, 1, 2)] == ["0 rules", "1 rule", "2 rules"]
    assert [joined(names) for names in (["a"], ["a", "b"], ["a", "b", "c"])] == [
        "a",
        "a and b",
        "a, b and c",
    ]
    assert near("clams", ["claims"]) == " Did you mean 'claims'?"
    assert near("xyz", ["claims"]) == ""
