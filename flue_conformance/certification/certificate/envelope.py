"""The DSSE envelope of a certificate: what was signed, and by which keys."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flue_conformance.certification.certificate.extra import needing_the_extra
from flue_conformance.certification.certificate.statement import PAYLOAD_TYPE

if TYPE_CHECKING:
    from securesystemslib.signer import CryptoSigner, SSlibKey

_MEMBERS = {"payload", "payloadType", "signatures"}
_MEMBERS_OF_SIGNATURE = {"keyid", "sig"}


class BrokenEnvelope(Exception):  # noqa: N818 - named for what a person reads
    """A text is no whole envelope, or one that was edited; the message says what shows it."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """An envelope whose form is right."""

    payload: bytes
    keyids: Sequence[str]
    """The keys that it says it is signed by; only `verified_by` knows."""
    document: Mapping[str, Any]


def seal(payload: bytes, signer: CryptoSigner | None) -> bytes:
    """Return the text of an envelope around a payload, signed where there is a signer."""
    with needing_the_extra():
        from securesystemslib.dsse import Envelope  # noqa: PLC0415
    envelope = Envelope(payload=payload, payload_type=PAYLOAD_TYPE, signatures={})
    if signer is not None:
        envelope.sign(signer)
    return json.dumps(envelope.to_dict(), indent=1, sort_keys=True).encode() + b"\n"


def unseal(text: bytes) -> Sealed:
    """Return what an envelope holds, once nothing about its form is odd.

    Raises `BrokenEnvelope`.
    """
    try:
        said = json.loads(text, object_pairs_hook=_without_repetition)
    except (ValueError, RecursionError) as problem:
        raise BrokenEnvelope(f"it is no whole JSON text ({problem})") from None
    if not isinstance(said, dict) or set(said) != _MEMBERS:
        raise BrokenEnvelope("it is no DSSE envelope: its members are not those of one")
    if said["payloadType"] != PAYLOAD_TYPE:
        raise BrokenEnvelope(f"its payload is said to be {said['payloadType']!r}")
    return Sealed(_decoded(said["payload"], "payload"), _keyids(said["signatures"]), said)


def verified_by(sealed: Sealed, keys: Iterable[SSlibKey]) -> SSlibKey | None:
    """Return the first of the keys that signed an envelope; None where none of them says it did.

    Raises `BrokenEnvelope` for a signature that names one of the keys and is not by it.
    """
    with needing_the_extra():
        from securesystemslib.dsse import Envelope  # noqa: PLC0415
        from securesystemslib.exceptions import VerificationError  # noqa: PLC0415
    naming = [key for key in keys if key.keyid in sealed.keyids]
    for key in naming:
        envelope = Envelope.from_dict(json.loads(json.dumps(sealed.document)))
        try:
            envelope.verify([key], 1)
        except VerificationError:
            raise BrokenEnvelope(
                f"its signature does not fit: it was edited after key {key.keyid[:12]} signed it, "
                "or somebody else did"
            ) from None
    return naming[0] if naming else None


def _keyids(signatures: Any) -> Sequence[str]:
    if not isinstance(signatures, list):
        raise BrokenEnvelope("its signatures are no list")
    for signature in signatures:
        if not isinstance(signature, dict) or set(signature) != _MEMBERS_OF_SIGNATURE:
            raise BrokenEnvelope("one of its signatures is none")
        _decoded(signature["sig"], "signature")
        if not isinstance(signature["keyid"], str) or not signature["keyid"]:
            raise BrokenEnvelope("one of its signatures names no key")
    keyids = [signature["keyid"] for signature in signatures]
    if len(set(keyids)) < len(keyids):
        raise BrokenEnvelope("it has two signatures of one key")
    return keyids


def _decoded(text: Any, what: str) -> bytes:
    """Return what Base64 stands for; only one text stands for it."""
    try:
        content = base64.b64decode(text, validate=True)
    except (TypeError, ValueError, binascii.Error):
        raise BrokenEnvelope(f"its {what} is no Base64 text") from None
    if not content or base64.b64encode(content).decode() != text:
        raise BrokenEnvelope(f"its {what} is no Base64 text")
    return content


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise ValueError("a member occurs twice")
    return members
