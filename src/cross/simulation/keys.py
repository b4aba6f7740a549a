"""The key pairs of operators that sign: made when first needed, kept in a folder."""

import base64
import os
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

KEY_BITS: Final = 3072  # operators.md section 5.3: what a signature of 512 characters is made with
_EXPONENT: Final = 65537
_IN_MEMORY: Final[dict[str, RSAPrivateKey]] = {}


class KeyRing:
    """Key pairs by the operator's name; without a folder, one set for the whole process."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._pairs = _IN_MEMORY if folder is None else {}

    def client(self, operator: str) -> RSAPrivateKey:
        """The first client's key pair at that operator."""
        return self._pair(f"{operator}-client")

    def gateway(self, operator: str) -> RSAPrivateKey:
        """The operator's own key pair."""
        return self._pair(f"{operator}-gateway")

    def stranger(self, operator: str) -> RSAPrivateKey:
        """The key pair of somebody who is not the operator, for what is forged."""
        return self._pair(f"{operator}-stranger")

    def _pair(self, name: str) -> RSAPrivateKey:
        found = self._pairs.get(name)
        if found is None:
            found = _generated() if self._folder is None else _kept(self._folder / f"{name}.pem")
            self._pairs[name] = found
        return found


def private_text(key: RSAPrivateKey) -> str:
    """A private key as operators hand it out: PKCS#8, DER, base64 on one line."""
    der = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return base64.b64encode(der).decode("ascii")


def public_text(key: RSAPrivateKey) -> str:
    """The public half of a key pair: SPKI, DER, base64 on one line."""
    der = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(der).decode("ascii")


def _kept(file: Path) -> RSAPrivateKey:
    if file.exists():
        key = load_pem_private_key(file.read_bytes(), password=None)
        if not isinstance(key, RSAPrivateKey):
            raise ValueError(f"{file} holds no RSA key")
        return key
    key = _generated()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = file.with_suffix(".part")
    with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as opened:  # noqa: PTH123 - the mode is set before a byte is written
        opened.write(pem)
    part.replace(file)
    return key


def _generated() -> RSAPrivateKey:
    return rsa.generate_private_key(_EXPONENT, KEY_BITS)
