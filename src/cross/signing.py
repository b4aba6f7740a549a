"""Signatures that anybody can check: ed25519, by a key derived from the master key (I-34)."""

import base64
import binascii
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from cross.sealing import Seals


class Signature(NamedTuple):
    """A signature and the public key that it is checked with, both in base64."""

    key: str
    signature: str


def public_keys(seals: Seals, purpose: str) -> tuple[str, ...]:
    """The public keys for a purpose in base64, one a master key, that which signs now first."""
    return tuple(_public(private) for private in _private_keys(seals, purpose))


def signed(seals: Seals, purpose: str, message: bytes) -> Signature | None:
    """The signature of a message; None where there is no master key."""
    keys = _private_keys(seals, purpose)
    if not keys:
        return None
    return Signature(_public(keys[0]), base64.b64encode(keys[0].sign(message)).decode())


def is_signed(message: bytes, given: Signature) -> bool:
    """Whether the signature is that of the key over the message; whose key it is says nobody."""
    try:
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(given.key, validate=True))
        key.verify(base64.b64decode(given.signature, validate=True), message)
    except (InvalidSignature, ValueError, binascii.Error):
        return False
    return True


def _private_keys(seals: Seals, purpose: str) -> tuple[Ed25519PrivateKey, ...]:
    return tuple(Ed25519PrivateKey.from_private_bytes(seed) for seed in seals.derived(purpose))


def _public(private: Ed25519PrivateKey) -> str:
    return base64.b64encode(private.public_key().public_bytes_raw()).decode()
