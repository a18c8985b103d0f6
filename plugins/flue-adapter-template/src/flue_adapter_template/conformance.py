"""The adapter as the kit sees it: how to get empty databases for it, and how to open them.

`FileBackend` is for adapters on a file, which declare `single-host`. `PostgresBackend` is for those
on Postgres, `MemoryBackend` for those in memory, and `Backend` for all others.
"""

from __future__ import annotations

from typing import Final

from flue_adapter_template.adapter import TemplateAdapter
from flue_conformance.backends import FileBackend

backend: Final = FileBackend(TemplateAdapter, editions=["0.11"])
