"""API keys: random, shown once, stored hashed (money-safety.md, decision 7)."""

import hashlib
from typing import Final

from cross.domain.ids import RandomBits
from cross.storage import merchants as stored
from cross.storage.merchants import Caller
from cross.switch.switch import Switch

SCOPES: Final = ("read", "collect", "pay_out", "transfer", "refund", "admin")
_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SECRET_BITS: Final = 256


def new_secret(random_bits: RandomBits, *, livemode: bool) -> str:
    """A new key, such as `sk_test_…`, with 256 random bits."""
    value, letters = random_bits(_SECRET_BITS), []
    while value:
        value, digit = divmod(value, len(_ALPHABET))
        letters.append(_ALPHABET[digit])
    return f"sk_{'live' if livemode else 'test'}_{''.join(letters)}"


def hash_of(secret: str) -> str:
    """What is stored of a key; a random key needs no salt and no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()


async def caller_of(switch: Switch, secret: str) -> Caller | None:
    """Who holds a key; None for a key that is nobody's, or of the other mode than this switch's."""
    secret_hash = hash_of(secret)
    known = switch.callers.get(secret_hash)
    if known is None:
        known = await stored.by_secret_hash(switch.store, secret_hash)
        if known is not None and known.livemode is not switch.settings.livemode:
            return None
        if known is not None:
            switch.callers[secret_hash] = known
    return known
