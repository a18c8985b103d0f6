"""Postgres URLs: addressed to another database or schema, and shown without their secrets."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from urllib.parse import quote, unquote

from flue_conformance.backends.errors import UsageProblem

_URL = re.compile(
    r"postgres(?:ql)?(?:\+\w+)?://(?P<authority>[^/?#@]*@)?(?P<hosts>[^/?#@]*)"
    r"(?:/(?P<database>[^/?#@]*))?(?:\?(?P<query>[^#@]*))?"
)
_SECRET_PARAMETERS = frozenset({"password", "sslpassword"})


@dataclass(frozen=True, slots=True)
class PostgresUrl:
    """A Postgres URL in parts, each percent-encoded as it was given."""

    user: str
    password: str | None
    hosts: str
    database: str
    parameters: tuple[tuple[str, str], ...]

    @classmethod
    def parse(cls, text: str, source: str) -> PostgresUrl:
        """Take a URL apart; `source` names, in the problem, where it was given."""
        match = _URL.fullmatch(text.strip())
        if match is None:
            raise UsageProblem(
                f"{source} is no Postgres URL of the form postgresql://user:password@host:port/"
                "database?parameter=value. Characters such as @ / : ? # in a user name or password "
                "must be percent-encoded."
            )
        user, colon, password = (match["authority"] or "").removesuffix("@").partition(":")
        pairs = (pair.partition("=") for pair in (match["query"] or "").split("&") if pair)
        return cls(
            user=user,
            password=password if colon else None,
            hosts=match["hosts"],
            database=match["database"] or "",
            parameters=tuple((key, value) for key, _, value in pairs),
        )

    def __str__(self) -> str:
        authority = self.user if self.password is None else f"{self.user}:{self.password}"
        query = "&".join(f"{key}={value}" for key, value in self.parameters)
        return (
            f"postgresql://{authority}{'@' if authority else ''}{self.hosts}/{self.database}"
            f"{'?' if query else ''}{query}"
        )

    def __repr__(self) -> str:
        return f"PostgresUrl({str(self.without_secrets())!r})"

    def on_database(self, name: str) -> PostgresUrl:
        """Return the URL of another database of the same server."""
        kept = tuple(pair for pair in self.parameters if pair[0] != "dbname")
        return replace(self, database=quote(name, safe=""), parameters=kept)

    def at(self, hosts: str) -> PostgresUrl:
        """Return the URL of the same database on another server, such as `127.0.0.1:5432`."""
        elsewhere = {"host", "hostaddr", "port"}
        kept = tuple(pair for pair in self.parameters if pair[0] not in elsewhere)
        return replace(self, hosts=hosts, parameters=kept)

    def on_schema(self, name: str) -> PostgresUrl:
        """Return the URL of the same database whose search path is one schema alone."""
        given = [unquote(value) for key, value in self.parameters if key == "options"]
        options = quote(" ".join([*given, f"-csearch_path={name}"]), safe="")
        kept = tuple(pair for pair in self.parameters if pair[0] != "options")
        return replace(self, parameters=(*kept, ("options", options)))

    def without_secrets(self) -> PostgresUrl:
        """Return the URL as it may be shown."""
        shown = tuple(pair for pair in self.parameters if pair[0] not in _SECRET_PARAMETERS)
        return replace(self, password=None, parameters=shown)

    def scrub(self, text: str) -> str:
        """Return a driver's message without the secrets that it may repeat."""
        secrets = [value for key, value in self.parameters if key in _SECRET_PARAMETERS]
        for secret in filter(None, [self.password, *secrets]):
            for form in (secret, unquote(secret)):
                text = text.replace(form, "***")
        return text
