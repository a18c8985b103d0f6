"""Ed25519 keys: made, read, and what they are called."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from flue_conformance.certification.certificate.extra import needing_the_extra

if TYPE_CHECKING:
    from securesystemslib.signer import CryptoSigner, SSlibKey


class UnusableKey(Exception):  # noqa: N818 - named for what a person reads
    """A file holds no key that can be used; the message says what is wrong with it."""


def make_keys(private: Path, public: Path) -> str:
    """Write a new pair of keys as PEM, and return the id of the key.

    The private one is readable by its owner alone. Raises `FileExistsError` rather than replace
    a key.
    """
    with needing_the_extra():
        from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415
            Ed25519PrivateKey,
        )
        from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415
            Encoding,
            NoEncryption,
            PrivateFormat,
            PublicFormat,
        )
    for path in (private, public):
        if path.exists():
            raise FileExistsError(f"{path} exists; a key is not replaced.")
    key = Ed25519PrivateKey.generate()
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    opened = os.open(private, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(opened, "wb") as file:
        file.write(secret)
    public.write_bytes(
        key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    )
    return read_public(public).keyid


def read_private(path: Path) -> CryptoSigner:
    """Return what signs with the private key of a PEM file.

    Raises `UnusableKey` for anything but an Ed25519 key without a passphrase.
    """
    with needing_the_extra():
        from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415
            Ed25519PrivateKey,
        )
        from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415
            load_pem_private_key,
        )
        from securesystemslib.signer import CryptoSigner  # noqa: PLC0415
    try:
        key = load_pem_private_key(_content(path), password=None)
    except (ValueError, TypeError) as problem:
        raise UnusableKey(f"{path} holds no private key that can be read: {problem}") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise UnusableKey(f"{path} holds no Ed25519 key; flue-conformance keygen makes one.")
    return CryptoSigner(key)


def read_public(path: Path) -> SSlibKey:
    """Return the public key of a PEM file.

    Raises `UnusableKey` for anything but an Ed25519 key; a private one is none to trust by.
    """
    with needing_the_extra():
        from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415
            Ed25519PublicKey,
        )
        from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415
            load_pem_public_key,
        )
        from securesystemslib.signer import SSlibKey  # noqa: PLC0415
    try:
        key = load_pem_public_key(_content(path))
    except ValueError as problem:
        raise UnusableKey(f"{path} holds no public key that can be read: {problem}") from None
    if not isinstance(key, Ed25519PublicKey):
        raise UnusableKey(f"{path} holds no Ed25519 key.")
    return SSlibKey.from_crypto(key)


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as problem:
        raise UnusableKey(f"{path} cannot be read: {problem.strerror}.") from None
