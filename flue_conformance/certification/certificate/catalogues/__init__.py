"""The catalogue of every released version of the kit: `<version>.json`, by `ci/catalogue`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.resources import files
from types import MappingProxyType

import msgspec

from flue_conformance.certification.certificate.extra import canonical, sha256
from flue_conformance.rules import CATALOGUE, Rule

_ENDING = ".json"


class UnknownKit(Exception):  # noqa: N818 - named for what a person reads
    """No catalogue of this version of the kit is known here; the message says which are."""


def known_kits() -> Sequence[str]:
    """Return the versions whose catalogue this installation has."""
    names = (entry.name for entry in files(__package__).iterdir())
    return sorted(name.removesuffix(_ENDING) for name in names if name.endswith(_ENDING))


def catalogue_of(version: str) -> Mapping[str, Rule]:
    """Return every rule that a version of the kit knew, by id, in the contract's order.

    Raises `UnknownKit`.
    """
    if version not in known_kits():
        raise UnknownKit(
            f"unknown kit: flue-conformance {version}; this installation knows "
            f"{', '.join(known_kits())}. A newer one may know it."
        )
    text = (files(__package__) / f"{version}{_ENDING}").read_bytes()
    rules = msgspec.json.decode(text, type=tuple[Rule, ...])
    return MappingProxyType({rule.id: rule for rule in rules})


def catalogue_text() -> bytes:
    """Return what the file of the running version has to say."""
    return msgspec.json.format(msgspec.json.encode(tuple(CATALOGUE.values())), indent=1) + b"\n"


def digest_of_catalogue(catalogue: Mapping[str, Rule]) -> str:
    """Return the SHA-256 of the rules of a kit, whatever file they came from."""
    return sha256(canonical(msgspec.to_builtins(tuple(catalogue.values()))))
