"""Keeps passwords, and people where that is asked for, out of everything that a run reports."""

from __future__ import annotations

import getpass
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final
from urllib.parse import quote, unquote, urlsplit

MASK = "***"

_URL = re.compile(r"[a-z][a-z0-9+.-]*://\S+", re.IGNORECASE)
# pytest cuts the middle of long values out, and with it perhaps the beginning of a URL.
_PASSWORD_IN_URL = re.compile(r"((?:://|\.\.\.)[^\s:/@'\"]*:)[^\s/'\"]+(?=@)")
_NAMED = r"\b(?:ssl)?(?:password|passwd)"
_PASSWORD_BY_NAME = re.compile(
    rf"({_NAMED}['\"]?\s*[=:]\s*)(['\"]?)([^\s'\"&,;)]+)\2", re.IGNORECASE
)
_VARIABLES: Final = (
    # How long a value has to be: many a token is a number of something else.
    (re.compile(r"(?:password|passwd|passphrase)$", re.IGNORECASE), 3),
    (re.compile(r"(?:^|_)(?:secret|token)(?:_|$)", re.IGNORECASE), 8),
)
_PUBLIC: Final = frozenset({"postgres", "postgresql", "true", "false", "none", "null"})
_USER_VARIABLES: Final = ("LOGNAME", "USER", "LNAME", "USERNAME")
_PUBLIC_VARIABLES: Final = ("PGUSER", "PGDATABASE", "PGHOST", "USER")
_NOBODY: Final = frozenset({"root", "user", "runner", "nobody", "admin", "ubuntu", "debian"})
"""Users that many a machine has; their names tell nothing, and are words of ordinary texts."""
_SHORTEST = 3
"""Masking what is shorter would make reports unreadable, and hide nothing."""


class Redaction:
    """Masks the passwords of known locations, and whatever looks like the password of a URL."""

    def __init__(self, locations: Iterable[str] = ()) -> None:
        self._public = set(_PUBLIC)
        self._secrets: set[str] = set()
        self._pattern: re.Pattern[str] | None = None
        self._person: list[tuple[re.Pattern[str], str]] = []
        for location in locations:
            self.learn(location)

    def learn(self, location: str) -> None:
        """Mask the passwords of this location from now on, if it has any."""
        for found in _URL.finditer(location):
            try:
                url = urlsplit(found.group())
            except ValueError:
                continue
            # A password that is also the name of the user or the database cannot be told from it.
            public = {url.scheme, url.username, url.hostname, url.path.strip("/")}
            self._keep({url.password or "", unquote(url.password or "")} - public)
        self._keep({found.group(3) for found in _PASSWORD_BY_NAME.finditer(location)})

    def learn_environment(self, environment: Mapping[str, str]) -> None:
        """Mask what variables hold whose names say that it is secret, and passwords of URLs."""
        self._public |= {environment.get(name, "") for name in _PUBLIC_VARIABLES}
        for name, value in environment.items():
            for pattern, least in _VARIABLES:
                if pattern.search(name) and len(value) >= least and not value.isdigit():
                    self._keep({value})
            if "://" in value:
                self.learn(value)

    def learn_person(self, environment: Mapping[str, str], *, words: Iterable[str] = ()) -> None:
        """Write `~` for the home folder and mask the user's name from now on.

        A name that is one of `words`, which texts need, cannot be told from them and stays.
        """
        homes = {Path(environment.get("HOME") or Path.home()), Path.home()}
        homes |= {home.resolve() for home in homes}
        for home in sorted(homes, key=lambda path: len(path.parts), reverse=True):
            if len(home.parts) > 1:
                self._person.append((_path_pattern(str(home)), "~"))
        names = {environment.get(name, "") for name in _USER_VARIABLES} | {_login()}
        kept = _PUBLIC | _NOBODY | set(words)
        for name in sorted(names - kept):
            if len(name) >= _SHORTEST:
                self._person.append((re.compile(rf"(?<![^\W_]){re.escape(name)}(?![^\W_])"), MASK))

    def __call__(self, text: str) -> str:
        """Return the text without passwords."""
        for pattern, instead in self._person:
            text = pattern.sub(instead, text)
        text = _PASSWORD_IN_URL.sub(rf"\1{MASK}", text)
        text = _PASSWORD_BY_NAME.sub(rf"\1\2{MASK}\2", text)
        return self._pattern.sub(MASK, text) if self._pattern else text

    def _keep(self, secrets: set[str]) -> None:
        new = {one for one in secrets if len(one) >= _SHORTEST} - self._public - self._secrets
        if new:
            self._secrets |= new
            forms = {form for secret in self._secrets for form in _forms(secret)}
            self._pattern = _any_of(sorted(forms, key=len, reverse=True))


def _login() -> str:
    """Return the name of the user that this process runs as; empty where there is none."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""


def _path_pattern(path: str) -> re.Pattern[str]:
    """Return what finds a folder and all in it, but no other folder whose name begins so."""
    return re.compile(rf"(?<![\w.~-]){re.escape(path)}(?![\w-]|\.\w)")


def _forms(secret: str) -> Iterator[str]:
    """Return how a text may write a secret: as it is, in a URL, in code, in JSON."""
    yield from (secret, quote(secret, safe=""), repr(secret)[1:-1], json.dumps(secret)[1:-1])


def _any_of(forms: Iterable[str]) -> re.Pattern[str]:
    """Return what finds whole words, also behind an escaped end of line, and words cut short."""
    begins = r"(?:(?<!\w)|(?<=\\[nrt]))"
    whole = "|".join(rf"{re.escape(form)}(?!\w)" for form in forms)
    heads = {form[:end] for form in forms for end in range(_SHORTEST + 1, min(len(form), 64))}
    cut = "|".join(map(re.escape, sorted(heads, key=len, reverse=True)))
    pattern = rf"{begins}(?:{whole})"
    return re.compile(rf"{pattern}|{begins}(?:{cut})(?=\.\.\.|…)" if cut else pattern)
