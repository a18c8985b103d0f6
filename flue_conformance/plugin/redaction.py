"""Keeps passwords out of everything that a run reports."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import unquote, urlsplit

MASK = "***"

_URL = re.compile(r"[a-z][a-z0-9+.-]*://\S+", re.IGNORECASE)
_PASSWORD_IN_URL = re.compile(r"(://[^\s:/@'\"]*:)[^\s/'\"]+(?=@)")
_PASSWORD_BY_NAME = re.compile(
    r"(\bpassword['\"]?\s*[=:]\s*)(['\"]?)[^\s'\"&,;)]+\2", re.IGNORECASE
)
_SHORTEST = 3
"""Masking what is shorter would make reports unreadable, and hide nothing."""


class Redaction:
    """Masks the passwords of known locations, and whatever looks like the password of a URL."""

    def __init__(self, locations: Iterable[str] = ()) -> None:
        self._secrets: set[str] = set()
        for location in locations:
            self.learn(location)

    def learn(self, location: str) -> None:
        """Mask the password of this location from now on, if it has one."""
        found = _URL.search(location)
        if found is None:
            return
        url = urlsplit(found.group())
        password = url.password or ""
        # A password that is also the name of the user or the database cannot be told from it.
        public = {url.scheme, url.username, url.hostname, url.path.strip("/")}
        self._secrets |= {
            secret
            for secret in (password, unquote(password))
            if len(secret) >= _SHORTEST and secret not in public
        }

    def __call__(self, text: str) -> str:
        """Return the text without passwords."""
        text = _PASSWORD_IN_URL.sub(rf"\1{MASK}", text)
        text = _PASSWORD_BY_NAME.sub(rf"\1\2{MASK}\2", text)
        for secret in self._secrets:
            text = re.sub(rf"(?<!\w){re.escape(secret)}(?!\w)", MASK, text)
        return text
