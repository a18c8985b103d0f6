"""One exception class for each error kind of the contract (section 0.3).

An adapter may raise anything: a rule that says *raises* is held by any error. Adapters that raise
these classes let callers and specs tell the kinds apart without reading messages. An error that is
none of them is of the kind `Storage`.
"""

from __future__ import annotations

from typing import ClassVar


class ContractError(Exception):
    """Base of the contract's errors.

    `kind` is the contract's name for the situation; `keywords` are texts of which one appears in
    the message of any adapter's error of this kind, in lower case.
    """

    kind: ClassVar[str] = ""
    keywords: ClassVar[tuple[str, ...]] = ()


class InvalidAcceptedAt(ContractError):
    """The admission's `acceptedAt` is not an instant. ADMISSION-12."""

    kind = "InvalidAcceptedAt"
    keywords = ("invalid acceptedat",)


class SessionDeleting(ContractError):
    """Admission to a session whose deletion marker exists. ADMISSION-20, DELETION-13."""

    kind = "SessionDeleting"
    keywords = ("being deleted",)


class SessionBusy(ContractError):
    """Deletion of a session that has queued or running work. DELETION-01."""

    kind = "SessionBusy"
    keywords = ("queued or running",)


class DirectConflict(ContractError):
    """A direct admission that cannot return a submission. ADMISSION-10, -11, -19."""

    kind = "DirectConflict"
    keywords = ("unexpected result",)


class MalformedRecord(ContractError):
    """A stored record or an input fails validation. ADMISSION-13, ORDERING-15, SESSION-14."""

    kind = "MalformedRecord"
    keywords = ("malformed", "json")


class RunIdentity(ContractError):
    """A run owner's `instanceId` differs from the `runId`. RUN-08, INDEX-03."""

    kind = "RunIdentity"
    keywords = ("same instanceid",)


class EventIdentity(ContractError):
    """An event's `runId` or `eventIndex` is unusable. EVENT-05, EVENT-06, EVENT-14."""

    kind = "EventIdentity"
    keywords = ("runid does not match", "non-negative integer", "does not match storage")


class EventTooLarge(ContractError):
    """An event's JSON exceeds one MiB. EVENT-07."""

    kind = "EventTooLarge"
    keywords = ("1 mb",)


class DuplicateEvent(ContractError):
    """The event index is already stored for the run. EVENT-09."""

    kind = "DuplicateEvent"
    keywords = ("duplicate", "unique")


class StreamMissing(ContractError):
    """Append to an unknown stream. STREAM-05."""

    kind = "StreamMissing"
    keywords = ("does not exist",)


class StreamClosed(ContractError):
    """Append to a closed stream. STREAM-06."""

    kind = "StreamClosed"
    keywords = ("closed",)


class InvalidOffset(ContractError):
    """A stream offset that cannot be parsed. STREAM-18."""

    kind = "InvalidOffset"
    keywords = ("invalid stream offset",)


class ImageTooLarge(ContractError):
    """Image data over the limit; edition 0.11. ADMISSION-18, SESSION-20."""

    kind = "ImageTooLarge"
    keywords = ("image data exceeds",)


class InvalidLocation(ContractError):
    """A blank database path. ADAPTER-09."""

    kind = "InvalidLocation"
    keywords = ("non-empty file path",)


class UnstorableText(ContractError):
    """Text that the database cannot represent was refused, and nothing was stored. ENCODING-06."""

    kind = "UnstorableText"
    keywords = ("cannot be stored", "cannot represent")


class Storage(ContractError):
    """Whatever else the database or its driver raises."""

    kind = "Storage"


KINDS: dict[str, type[ContractError]] = {
    error.kind: error for error in ContractError.__subclasses__()
}
"""Every error class of the contract by its kind."""


def kind_of(error: BaseException) -> str:
    """Return the kind of any adapter's error.

    The kind is told by the class, else by a `kind` attribute that names one, else by the message's
    keywords; every other error is `Storage`.
    """
    if isinstance(error, ContractError):
        return error.kind
    said = getattr(error, "kind", None)
    if isinstance(said, str) and said in KINDS:
        return said
    message = _message(error)
    for kind, known in KINDS.items():
        if any(keyword in message for keyword in known.keywords):
            return kind
    return Storage.kind


def is_kind(error: BaseException, expected: type[ContractError]) -> bool:
    """Tell whether `error` passes for `expected`: by class, by `kind`, or by keywords."""
    if isinstance(error, expected) or getattr(error, "kind", None) == expected.kind:
        return True
    if expected is Storage:
        return kind_of(error) == Storage.kind
    message = _message(error)
    return any(keyword in message for keyword in expected.keywords)


def _message(error: BaseException) -> str:
    try:
        return str(error).lower()
    except Exception:  # noqa: BLE001 - an error without a message is still an error
        return ""
