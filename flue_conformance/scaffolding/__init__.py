"""What an adapter's author begins with: a package, rendered from `skeleton`."""

from __future__ import annotations

from flue_conformance.scaffolding.names import InvalidName, Names
from flue_conformance.scaffolding.rendering import make, rendered

__all__ = ["InvalidName", "Names", "make", "rendered"]
