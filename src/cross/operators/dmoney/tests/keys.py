"""Keys of the tests: made anew in each run, one pair for a merchant and one for the gateway."""

import base64
from functools import cache

from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPrivateKey,
    RSAPublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)


@cache
def key_of(owner: str, bits: int = 2048) -> RSAPrivateKey:
    """The private key of an owner, such as `merchant` or `gateway`; the same for a whole run."""
    del owner
    return generate_private_key(65537, bits)


def private_text(key: RSAPrivateKey, *, form: PrivateFormat = PrivateFormat.PKCS8) -> str:
    """A private key as D-Money delivers it: bare base64."""
    return base64.b64encode(key.private_bytes(Encoding.DER, form, NoEncryption())).decode()


def private_pem(key: RSAPrivateKey, *, form: PrivateFormat = PrivateFormat.PKCS8) -> str:
    """A private key as PEM."""
    return key.private_bytes(Encoding.PEM, form, NoEncryption()).decode()


def public_text(key: RSAPublicKey) -> str:
    """A public key in base64 of its SPKI."""
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(der).decode()


def public_pem(key: RSAPublicKey) -> str:
    """A public key as PEM."""
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
