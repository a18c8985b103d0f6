"""The reference adapters as backends: what this distribution's entry points name."""

from __future__ import annotations

from typing import Final

import reference_adapters
from flue_conformance.backends import (
    FileBackend,
    FlueSchemaPlanter,
    MemoryBackend,
    PostgresBackend,
)
from reference_adapters.editions import EDITIONS

memory: Final = MemoryBackend(
    lambda edition: reference_adapters.memory(edition=edition), editions=EDITIONS
)
sqlite: Final = FileBackend(
    lambda path, edition: reference_adapters.sqlite(path, edition=edition),
    editions=EDITIONS,
    planter=FlueSchemaPlanter,
)
postgres: Final = PostgresBackend(
    lambda url, edition: reference_adapters.postgres(url, edition=edition),
    editions=EDITIONS,
    planter=FlueSchemaPlanter,
)
