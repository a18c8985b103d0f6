"""Engines, which share what SQLAlchemy compiles."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Dialect, Engine, Pool, create_engine, event, make_url

_SETTINGS: Final[dict[str, Any]] = {
    "execution_options": {"preserve_rowcount": True, "compiled_cache": {}},
    "hide_parameters": True,
}
_dialects: Final[dict[str, Dialect]] = {}


def open_engine(driver: str, pool: Pool) -> Engine:
    """Return an engine on `pool`, whose connections begin no transaction by themselves.

    Compiled statements belong to a dialect, and `create_engine` makes a new one each time: in a
    process that opens many databases it would compile every statement for each of them, and ask
    each about its server. So later engines get the dialect of the first one that connected.
    """
    url = make_url(f"{driver}://")
    if driver in _dialects:
        return Engine(pool, _dialects[driver], url, **_SETTINGS)
    engine = create_engine(url, pool=pool, **_SETTINGS)
    event.listen(pool, "connect", lambda *_: _dialects.setdefault(driver, engine.dialect))
    return engine
