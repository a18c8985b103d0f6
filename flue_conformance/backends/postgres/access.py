"""What a process needs to make databases on a running server."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Access:
    """A way into a server, as plain values that parallel workers receive.

    Whatever the run makes has a name that begins with `prefix`. `schemas` says that the role may
    only create schemas, in the one database that `url` addresses. `strategy` is how `CREATE
    DATABASE` copies, None for the server's own choice. `opening` is the command that opens a kept
    database later, with `{name}` where its name belongs; `about` is one line for reports. Neither
    holds a secret; `url` may. `given` says that the server is somebody's, who gave its URL.
    """

    url: str = field(repr=False)
    prefix: str
    opening: str
    about: str
    schemas: bool = False
    strategy: str | None = None
    given: bool = False
