"""What is known of published packages, so that their users need not say it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from flue_adapter_npm.reference import Kind


@dataclass(frozen=True, slots=True)
class Known:
    """One export of a package: where in it, what it takes, whether it has Flue's own tables."""

    kind: Kind
    inside: str = ""
    flue_schema: bool = False


PUBLISHED: Final[Mapping[tuple[str, str], Known]] = {
    ("@flue/runtime", "sqlite"): Known(Kind.FILE, inside="/node", flue_schema=True),
    ("@flue/postgres", "postgres"): Known(Kind.POSTGRES, flue_schema=True),
}
"""By the name of the package and of the export."""
