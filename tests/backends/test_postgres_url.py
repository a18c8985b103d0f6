"""Postgres URLs: addressed elsewhere, and shown without their secrets."""

from __future__ import annotations

import pytest

from flue_conformance.backends import UsageProblem
from flue_conformance.backends.postgres.url import PostgresUrl


@pytest.mark.parametrize(
    ("given", "moved"),
    [
        ("postgresql://u:p@h:5433/a", "postgresql://u:p@h:5433/b"),
        ("postgres://h", "postgresql://h/b"),
        ("postgresql+psycopg://u@h/a?sslmode=require", "postgresql://u@h/b?sslmode=require"),
        ("postgresql:///a?host=/run/x&dbname=c", "postgresql:///b?host=/run/x"),
        ("postgresql://u@[::1]:5432,h2:1/a", "postgresql://u@[::1]:5432,h2:1/b"),
        ("postgresql://u%40x:p%2Fq@h/a", "postgresql://u%40x:p%2Fq@h/b"),
    ],
)
def test_another_database_of_the_same_server(given: str, moved: str) -> None:
    assert str(PostgresUrl.parse(given, "it").on_database("b")) == moved


@pytest.mark.parametrize(
    ("given", "moved"),
    [
        ("postgresql://h/a", "postgresql://h/a?options=-csearch_path%3Ds"),
        (
            "postgresql://h/a?options=-c%20jit%3Doff&sslmode=require",
            "postgresql://h/a?sslmode=require&options=-c%20jit%3Doff%20-csearch_path%3Ds",
        ),
    ],
)
def test_one_schema_of_the_same_database(given: str, moved: str) -> None:
    assert str(PostgresUrl.parse(given, "it").on_schema("s")) == moved


def test_a_url_is_shown_without_secrets() -> None:
    url = PostgresUrl.parse("postgresql://u:hush@h/a?sslpassword=hush2&sslmode=require", "it")

    assert str(url.without_secrets()) == "postgresql://u@h/a?sslmode=require"
    assert "hush" not in repr(url)


def test_messages_are_scrubbed_of_the_secret_in_every_spelling() -> None:
    url = PostgresUrl.parse("postgresql://u:hu%20sh@h/a?password=more", "it")

    assert url.scrub("hu%20sh, hu sh and more") == "***, *** and ***"


@pytest.mark.parametrize(
    "text",
    [
        "mysql://u:hush@h/a",
        "postgresql://u:hush@x@h/a",
        "postgresql://u:hush/x@h/a",
        "postgresql://u:hush#x@h/a",
        "postgresql://u:hush?x@h/a",
        "host=h password=hush",
    ],
)
def test_what_cannot_be_taken_apart_safely_is_refused_unseen(text: str) -> None:
    with pytest.raises(UsageProblem, match=r"--flue-postgres .*percent-encoded") as problem:
        PostgresUrl.parse(text, "--flue-postgres")

    assert "hush" not in str(problem.value)
