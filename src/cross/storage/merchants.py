"""Merchants and their keys, read."""

from dataclasses import dataclass

from cross.storage.store import Reader


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: a merchant, in test or in live mode, and what the key allows."""

    merchant: str
    livemode: bool
    scopes: frozenset[str]
    key: str


async def name_of(reader: Reader, merchant: str) -> str:
    """What a merchant is called; nothing where it is not known."""
    found = await reader.rows("SELECT name FROM merchants WHERE id = :id", {"id": merchant})
    return str(found[0][0]) if found else ""


async def by_secret_hash(reader: Reader, secret_hash: str) -> Caller | None:
    """The holder of a key, by the SHA-256 of its secret."""
    found = await reader.rows(
        "SELECT merchant, livemode, scopes, id FROM api_keys WHERE secret_hash = :secret_hash",
        {"secret_hash": secret_hash},
    )
    if not found:
        return None
    merchant, livemode, scopes, key = found[0]
    return Caller(merchant, bool(livemode), frozenset(scopes.split()), key)
