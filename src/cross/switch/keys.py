"""API keys: random, shown once, stored hashed (money-safety.md, decision 7)."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_network
from typing import Any, Final

from cross.domain.errors import NotFound
from cross.domain.ids import API_KEY, RandomBits
from cross.domain.merchant import ChangedMeanwhile, TooManyKeys
from cross.storage import api_keys as stored
from cross.storage.api_keys import ApiKey, Caller, KeyOpening, KeyRevoking
from cross.storage.rows import micros
from cross.switch import merchants
from cross.switch.audit import Act, note
from cross.switch.limits import TooOften, source_of
from cross.switch.switch import Switch
from cross.switch.views import rfc3339

SCOPES: Final = ("read", "collect", "pay_out", "transfer", "refund", "admin")
MERCHANT_SCOPES: Final = SCOPES[:-1]
"""What a key allows unless somebody says otherwise: all but what concerns the house."""

VALID_MAX: Final = 2
ROLLED_KEY_HOURS: Final = 24
_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SECRET_BITS: Final = 256
_STARTS_LETTERS: Final = 6  # 36 bits of 256 told: 220 are left to guess
_PREFIX_LETTERS: Final = len("sk_test_")


@dataclass(frozen=True, slots=True)
class KeyWish:
    """What a key is to be; `networks` such as `192.0.2.0/24`, everywhere where there are none."""

    name: str = ""
    scopes: tuple[str, ...] = MERCHANT_SCOPES
    networks: tuple[str, ...] = ()
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, repr=False)
class FreshKey:
    """A key and its secret, which is told once and kept nowhere."""

    key: ApiKey
    secret: str


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


async def caller_of(switch: Switch, secret: str, *, peer: str = "") -> Caller | None:
    """Who holds a key; None for a key that is nobody's, or of the other mode than this switch's.

    It is looked up by its hash. How long that takes tells at most how a hash begins, and whoever
    knew all of a hash would still have to find a secret of 256 random bits that has it (F-S08).
    Keys that nobody has used here count for where they come from; raises `TooOften`.
    """
    directory, secret_hash = switch.directory, hash_of(secret)
    known = directory.caller(secret_hash)
    if known is None:
        if not directory.was_known(secret_hash):
            require_seldom(switch, peer)
        known = await directory.look_up(switch.store, secret_hash, at=switch.clock())
    if known is None or known.livemode is not switch.settings.livemode:
        return None
    if known.expires_at is not None and micros(switch.clock()) >= known.expires_at:
        directory.forget(secret_hash)
        return None
    return known


def require_seldom(switch: Switch, peer: str) -> None:
    """Counts a call from a stranger; raises `TooOften` where its source makes too many."""
    if not switch.stranger_limit.allows(source_of(peer)):
        raise TooOften


def networks_of(texts: Iterable[str]) -> tuple[str, ...]:
    """Networks as they are stored; raises `ValueError` for what is none."""
    return tuple(str(ip_network(text.strip(), strict=False)) for text in texts)


async def open_key(switch: Switch, merchant: str, wish: KeyWish, *, who: str) -> FreshKey:
    """A key of a merchant, for this switch's mode; raises `NotFound`, `TooManyKeys`."""
    await merchants.find(switch, merchant)
    fresh = _fresh(switch, merchant, wish)
    await _opened(switch, KeyOpening(fresh.key, VALID_MAX))
    await note(switch, Act(who, "keys.create", fresh.key.id, after=told(switch, fresh.key)))
    return fresh


async def roll(switch: Switch, key_id: str, *, who: str, old_valid_for: timedelta) -> FreshKey:
    """A key that allows the same; the old one opens what it did for so long, and no longer.

    Raises `NotFound`, also for a key that opens nothing already, and `TooManyKeys`.
    """
    old = await find(switch, key_id)
    now = switch.clock()
    if not old.is_valid(now):
        raise NotFound(noun="valid key")
    wish = KeyWish(old.name, old.scopes, old.networks)
    fresh = _fresh(switch, old.merchant, wish, livemode=old.livemode)
    write = KeyOpening(fresh.key, VALID_MAX, instead_of=old.id, until=now + old_valid_for)
    await _opened(switch, write)
    act = Act(who, "keys.roll", old.id, before=told(switch, old), after=told(switch, fresh.key))
    await note(switch, act)
    return fresh


async def revoke(switch: Switch, key_id: str, *, who: str) -> ApiKey:
    """The key opens nothing from now on; revoking it again changes nothing. Raises `NotFound`."""
    before = await find(switch, key_id)
    saved = await merchants.written(switch, KeyRevoking(before.id, switch.clock()))
    after = await find(switch, key_id)
    if saved.fresh:
        act = Act(
            who, "keys.revoke", key_id, before=told(switch, before), after=told(switch, after)
        )
        await note(switch, act)
    return after


async def find(switch: Switch, key_id: str) -> ApiKey:
    """A key, whoever's it is: for admins; raises `NotFound`."""
    found = await stored.find(switch.store, key_id)
    if found is None:
        raise NotFound(noun="key")
    return found


async def of(switch: Switch, merchant: str | None) -> Sequence[ApiKey]:
    """A merchant's keys, or everybody's, newest first."""
    return await stored.of(switch.store, merchant)


def told(switch: Switch, key: ApiKey) -> dict[str, Any]:
    """A key as admins get it, without its secret, of which nothing but the hash is kept."""
    return {
        "id": key.id,
        "object": "api_key",
        "merchant": key.merchant,
        "livemode": key.livemode,
        "name": key.name,
        "starts": key.starts,
        "status": _status(key, switch.clock()),
        "scopes": list(key.scopes),
        "networks": list(key.networks),
        "created_at": rfc3339(key.created_at),
        "last_used_at": None if key.last_used_at is None else rfc3339(key.last_used_at),
        "expires_at": None if key.expires_at is None else rfc3339(key.expires_at),
        "revoked_at": None if key.revoked_at is None else rfc3339(key.revoked_at),
    }


def _status(key: ApiKey, now: datetime) -> str:
    if key.revoked_at is not None:
        return "revoked"
    return "active" if key.is_valid(now) else "expired"


def _fresh(
    switch: Switch, merchant: str, wish: KeyWish, *, livemode: bool | None = None
) -> FreshKey:
    live = switch.settings.livemode if livemode is None else livemode
    secret = new_secret(switch.random_bits, livemode=live)
    key = ApiKey(
        switch.new_id(API_KEY),
        merchant,
        live,
        hash_of(secret),
        wish.scopes,
        switch.clock(),
        wish.name,
        secret[: _PREFIX_LETTERS + _STARTS_LETTERS],
        wish.networks,
        expires_at=wish.expires_at,
    )
    return FreshKey(key, secret)


async def _opened(switch: Switch, write: KeyOpening) -> None:
    try:
        await merchants.written(switch, write)
    except ChangedMeanwhile:
        raise TooManyKeys(most=write.most) from None
