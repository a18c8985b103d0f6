"""What a spec needs of its subject, and why it does not apply where that is missing."""

from __future__ import annotations

from collections.abc import Mapping

from flue_conformance.backends import Backend, Durability, FileBackend, PostgresBackend
from flue_conformance.plugin.isolation import Isolated, plain
from flue_conformance.plugin.spec import Spec
from flue_conformance.rules import Level

_LACKS: Mapping[str, str] = {
    "persistent": "keeps nothing beyond one adapter object",
    "file": "has no files",
    "server": "has no server",
}
SAME_PROCESS = "same process"


def not_applicable(spec: Spec) -> str | None:
    """Return why a spec says nothing about its subject, or None if it does."""
    backend = plain(spec.subject.backend)
    for need in spec.needs:
        if need != SAME_PROCESS and not _has(backend, need):
            return f"{backend.label} {_LACKS[need]}"
    declared = Level(backend.durability)
    beyond = [proof for proof in spec.proofs if proof.level > declared]
    if beyond:
        return f"{backend.label} declares {declared}, and this is about {beyond[0].level}"
    return None


def not_run(spec: Spec) -> str | None:
    """Return why a spec could see nothing of its subject in this run, or None if it can."""
    if SAME_PROCESS in spec.needs and spec.subject.backend.sharing() is None:
        isolated = isinstance(spec.subject.backend, Isolated)
        how = "with --flue-isolation=process" if isolated else "in a process of its own"
        return f"{how} the spec shares no object with the adapter"
    return None


def _has(backend: Backend, need: str) -> bool:
    """Tell by the kind of backend; one of no known kind by the durability that it declares."""
    if need == "persistent":
        return backend.durability.persistent
    if isinstance(backend, FileBackend | PostgresBackend):
        return isinstance(backend, FileBackend) == (need == "file")
    alone = backend.durability is Durability.SINGLE_HOST
    shared = backend.durability is Durability.MULTI_REPLICA
    return alone if need == "file" else shared
