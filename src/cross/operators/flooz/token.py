"""Flooz's tokens: `counter:username:password` under AES-256-CBC, in four variants (3.3).

A token is kept for the life of the process and made anew only when Flooz refuses it: no variant
carries a time, and Moov publishes no lifetime (ASSUMED: it has none).
"""

import base64
from collections.abc import Iterator
from datetime import UTC, datetime
from http.client import OK
from itertools import count, repeat
from typing import Final, assert_never
from urllib.parse import urlencode

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.padding import PKCS7

from cross.connector.asking import ask
from cross.connector.reading import read_object, text_in
from cross.connector.tokens import FetchToken, Token
from cross.domain.ids import RandomBits
from cross.domain.operator import Unknown
from cross.operators.flooz.setup import Setup, Variant
from cross.outbound import HttpRequest, Outbound

JSON_HEADERS: Final = (("Content-Type", "application/json"), ("Accept", "application/json"))

_V2_COUNTER: Final = "16"  # operators.md 3.3: a literal
_V3_FIRST_INDEX: Final = 1050  # operators.md 3.3: the first value observed is 1049 or 1050
_COUNTER_BITS: Final = 30  # ASSUMED: leaves room to count on in a signed 32-bit integer
_IV_BITS: Final = 128
_ZERO_IV: Final = bytes(_IV_BITS // 8)
_TOKEN_LENGTH_MAX: Final = 4096
_FOR_EVER: Final = datetime.max.replace(tzinfo=UTC)


def v1(key: bytes, *, counter: int, username: str, password: str) -> str:
    """Variant 1: a zero IV, base64 of the cipher text."""
    return _base64(_encrypted(key, _ZERO_IV, f"{counter}:{username}:{password}"))


def v2(key: bytes, *, iv: bytes, username: str, password: str) -> str:
    """Variant 2: base64 of a random IV, a colon, base64 of the cipher text."""
    plain = f"{_V2_COUNTER}:{username}:{password}"
    return f"{_base64(iv)}:{_base64(_encrypted(key, iv, plain))}"


def token_source(setup: Setup, *, outbound: Outbound, random_bits: RandomBits) -> FetchToken:
    """What gives the next token of the variant that the settings name."""
    match setup.variant:
        case Variant.V1:
            return _made_here(_v1_series(setup, random_bits))
        case Variant.V2:
            return _made_here(_v2_series(setup, random_bits))
        case Variant.V3:
            return _given_by_flooz(setup, outbound)
        case Variant.V4:
            return _made_here(repeat(setup.static_token))
        case _:
            assert_never(setup.variant)


def _v1_series(setup: Setup, random_bits: RandomBits) -> Iterator[str]:
    """A random counter first, then the next ones: a gateway that wants it to grow gets that."""
    for counter in count(random_bits(_COUNTER_BITS)):
        yield v1(setup.aes_key, counter=counter, username=setup.username, password=setup.password)


def _v2_series(setup: Setup, random_bits: RandomBits) -> Iterator[str]:
    while True:
        iv = random_bits(_IV_BITS).to_bytes(_IV_BITS // 8)
        yield v2(setup.aes_key, iv=iv, username=setup.username, password=setup.password)


def _made_here(series: Iterator[str]) -> FetchToken:
    async def fetch() -> Token | Unknown:
        return _shown(next(series))

    return fetch


def _given_by_flooz(setup: Setup, outbound: Outbound) -> FetchToken:
    indexes = count(_V3_FIRST_INDEX)

    async def fetch() -> Token | Unknown:
        said = {
            "index": str(next(indexes)),
            "username": setup.username,
            "password": setup.password,
        }
        answer = await ask(
            outbound,
            HttpRequest(
                "GET",
                f"{setup.token_url}?{urlencode(said)}",
                deadline_seconds=setup.profile.answer_timeout_seconds,
            ),
        )
        if isinstance(answer, Unknown):
            return Unknown(f"token: {answer.detail}", sent=False)
        token = text_in((read_object(answer.body) or {}).get("key"))
        if answer.status != OK or token is None or not _is_showable(token):
            return Unknown(f"token: none given, HTTP status {answer.status}", sent=False)
        return _shown(token)

    return fetch


def _shown(token: str) -> Token:
    return Token((("Authorization", token), *JSON_HEADERS), _FOR_EVER)  # no Bearer: 3.2


def _is_showable(token: str) -> bool:
    fits = 0 < len(token) <= _TOKEN_LENGTH_MAX and token.isascii() and token.isprintable()
    return fits and " " not in token


def _encrypted(key: bytes, iv: bytes, plain: str) -> bytes:
    padder = PKCS7(AES256.block_size).padder()
    padded = padder.update(plain.encode()) + padder.finalize()
    encryptor = Cipher(AES256(key), CBC(iv)).encryptor()
    return encryptor.update(padded) + encryptor.finalize()


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
