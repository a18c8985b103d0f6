"""Locations: a server's URL, a database's prefix, and how many replicas writes wait for.

As text they are one URL, whose fragment has the rest, for that is what the kit hands on.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Location:
    """Where a database of the kit lies."""

    url: str
    prefix: str
    replicas: int = 0

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what `str` wrote."""
        url, _, rest = text.rpartition("#")
        prefix, _, replicas = rest.partition(";")
        return cls(url, prefix, int(replicas or 0))

    def at(self, host: str, port: int) -> Self:
        """Return this location at another address."""
        parts = urlsplit(self.url)
        credentials, at, _ = parts.netloc.rpartition("@")
        return replace(self, url=parts._replace(netloc=f"{credentials}{at}{host}:{port}").geturl())

    def __str__(self) -> str:
        return f"{self.url}#{self.prefix}" + (f";{self.replicas}" if self.replicas else "")
