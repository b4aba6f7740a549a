"""The simulated Flooz's door: tokens of all four variants (operators.md section 3.3)."""

import base64
import binascii
from typing import Final
from urllib.parse import parse_qs

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from cross.domain.ids import RandomBits
from cross.simulation.clients import Client, Clients
from cross.simulation.exchange import Reply, Request, json_reply

_BLOCK_BYTES: Final = 16  # FIPS 197: AES works on blocks of 16 bytes
_KEY_BYTES: Final = 32  # operators.md section 3.3: AES-256
_ZERO_IV: Final = bytes(_BLOCK_BYTES)
_GIVEN_TOKEN_BITS: Final = 128
_REMEMBERED_MAX: Final = 4_096


class Access:
    """Recognises clients by their tokens, and gives the opaque tokens of variant V3."""

    def __init__(self, clients: Clients, *, random_bits: RandomBits) -> None:
        self._clients = clients
        self._random_bits = random_bits
        self._given: dict[str, Client] = {}
        self._remembered: dict[str, tuple[Client, str]] = {}
        self._remembered_at = clients.changes
        self._last_counters: dict[str, int] = {}

    def client_of(self, token: str | None) -> Client | None:
        """Whose token this is, if anyone's; it never says Bearer."""
        if not token:
            return None
        if (given := self._given.get(token)) is not None:
            return given
        if self._remembered_at != self._clients.changes:
            self._remembered.clear()
            self._remembered_at = self._clients.changes
        opened = self._remembered.get(token) or self._open(token)
        if opened is None:
            return self._clients.with_credentials(static_token=token)
        client, counter = opened
        return client if self._counts(client, counter) else None

    def give(self, request: Request) -> Reply:
        """The answer to `GET /token?index=&username=&password=`: variant V3."""
        query = parse_qs(request.query.decode("latin-1"))
        client = self._clients.with_credentials(
            username=query.get("username", [""])[0], password=query.get("password", [""])[0]
        )
        index = query.get("index", [""])[0]
        if client is None or not index.isascii() or not index.isdigit():
            return json_reply({"status": "99", "code": "99", "message": "INVALID AUTHORIZATION"})
        key = f"{self._random_bits(_GIVEN_TOKEN_BITS):032x}"
        self._given[key] = client
        return json_reply({"key": key})

    def expire(self) -> None:
        """Let the tokens given so far be worth nothing; computed ones cannot expire."""
        self._given.clear()

    def _open(self, token: str) -> tuple[Client, str] | None:
        for client in self._clients:
            text = open_token(token, aes_key=client.credentials["aes_key"])
            if text is None:
                continue
            counter, _, identity = text.partition(":")
            if identity == f"{client.credentials['username']}:{client.credentials['password']}":
                if len(self._remembered) >= _REMEMBERED_MAX:
                    self._remembered.clear()
                self._remembered[token] = (client, counter)
                return client, counter
        return None

    def _counts(self, client: Client, counter: str) -> bool:
        if not client.settings["strict_counter"]:
            return True
        # ASSUMED: operators.md section 3.3: in replay mode a counter must grow
        if not counter.isascii() or not counter.isdigit():
            return False
        if int(counter) <= self._last_counters.get(client.name, -1):
            return False
        self._last_counters[client.name] = int(counter)
        return True


def open_token(token: str, *, aes_key: str) -> str | None:
    """The text inside a token of variant V1 or V2 (one colon); None if the key does not open it."""
    key = key_bytes(aes_key)
    parts = token.split(":")
    if key is None or len(parts) > 2:  # noqa: PLR2004 - variant V2: an IV and a text
        return None
    try:
        decoded = [base64.b64decode(part, validate=True) for part in parts]
    except (binascii.Error, ValueError):
        return None
    iv, sealed = decoded if len(decoded) > 1 else (_ZERO_IV, decoded[0])
    if len(iv) != _BLOCK_BYTES or not sealed or len(sealed) % _BLOCK_BYTES:
        return None
    decryptor = Cipher(algorithms.AES(key), modes.CBC(iv)).decryptor()
    padded = decryptor.update(sealed) + decryptor.finalize()
    unpadder = PKCS7(_BLOCK_BYTES * 8).unpadder()
    try:
        return (unpadder.update(padded) + unpadder.finalize()).decode()
    except ValueError:
        return None


def key_bytes(aes_key: str) -> bytes | None:
    """A key of 32 bytes given as 32 characters or as 64 hexadecimal digits; None for any other."""
    if len(aes_key) == _KEY_BYTES:
        key = aes_key.encode()
        return key if len(key) == _KEY_BYTES else None
    try:
        key = bytes.fromhex(aes_key)
    except ValueError:
        return None
    return key if len(key) == _KEY_BYTES else None
