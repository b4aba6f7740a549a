"""API keys: of each secret only its hash, and how it begins."""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cross.storage.merchants import CHANGED
from cross.storage.rows import micros, moment
from cross.storage.store import Question, Reader, Row, Saved, Stale, Writing

_COLUMNS: Final = (
    "id, merchant, livemode, secret_hash, scopes, created_at, name, starts, networks,"
    " last_used_at, expires_at, revoked_at"
)
_HOLD_MERCHANT: Final = "UPDATE merchants SET name = name WHERE id = :merchant RETURNING id"
"""Changes nothing, and makes whoever opens a key of the same merchant wait until we are done."""

_VALID: Final = (
    "SELECT count(*) FROM api_keys WHERE merchant = :merchant AND livemode = :livemode"
    " AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > :now)"
)
_INSERT: Final = (
    f"INSERT INTO api_keys ({_COLUMNS}) VALUES (:id, :merchant, :livemode, :secret_hash, :scopes,"
    " :created_at, :name, :starts, :networks, NULL, :expires_at, NULL) RETURNING id"
)
_EXPIRE: Final = (
    "UPDATE api_keys SET expires_at = :at WHERE id = :id AND revoked_at IS NULL"
    " AND (expires_at IS NULL OR expires_at > :at) RETURNING id"
)
_REVOKE: Final = (
    "UPDATE api_keys SET revoked_at = :at WHERE id = :id AND revoked_at IS NULL RETURNING id"
)
_USED: Final = "UPDATE api_keys SET last_used_at = :at WHERE id = :id RETURNING id"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: a merchant, in test or in live mode, and what the key allows.

    `networks`: from where the key may be used, all of them where there are none; `expires_at`: in
    microseconds since 1970.
    """

    merchant: str
    livemode: bool
    scopes: frozenset[str]
    key: str
    networks: tuple[str, ...] = ()
    expires_at: int | None = None


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A merchant's key; `starts` is how its secret begins, to know it by."""

    id: str
    merchant: str
    livemode: bool
    secret_hash: str
    scopes: tuple[str, ...]
    created_at: datetime
    name: str = ""
    starts: str = ""
    networks: tuple[str, ...] = ()
    last_used_at: datetime | None = None
    expires_at: datetime | None = None
    revoked_at: datetime | None = None

    def is_valid(self, at: datetime) -> bool:
        """Whether it opens anything at that moment."""
        return self.revoked_at is None and (self.expires_at is None or at < self.expires_at)


@dataclass(frozen=True, slots=True)
class KeyOpening:
    """A key made, where the merchant has fewer than `most` that are valid.

    `instead_of` names the key that it follows, which is valid until `until` and no longer.
    """

    key: ApiKey
    most: int
    instead_of: str | None = None
    until: datetime | None = None

    def marks(self) -> Iterator[Hashable]:
        """The merchant's keys."""
        yield "merchant's keys", self.key.merchant

    def writing(self) -> Writing:
        """The key, `Stale` where there is no room for it; its forerunner's end comes first."""
        key = self.key
        if not (yield _HOLD_MERCHANT, {"merchant": key.merchant}):
            return Stale()
        now, ends = micros(key.created_at), self.until or key.created_at
        given = {"merchant": key.merchant, "livemode": int(key.livemode), "now": now}
        valid = (yield _VALID, given)[0][0]
        ends_now = self.instead_of is not None and ends <= key.created_at
        if valid - ends_now >= self.most:
            return Stale()
        if self.instead_of is not None:
            yield _EXPIRE, {"id": self.instead_of, "at": micros(ends)}
        yield (
            _INSERT,
            {
                "id": key.id,
                "merchant": key.merchant,
                "livemode": int(key.livemode),
                "secret_hash": key.secret_hash,
                "scopes": " ".join(key.scopes),
                "created_at": now,
                "name": key.name,
                "starts": key.starts,
                "networks": " ".join(key.networks),
                "expires_at": None if key.expires_at is None else micros(key.expires_at),
            },
        )
        yield CHANGED, {}
        return Saved()

    def looking_for(self) -> Question:
        """The key's id."""
        return "SELECT id FROM api_keys WHERE id = :id", {"id": self.key.id}, (self.key.id,)


@dataclass(frozen=True, slots=True)
class KeyRevoking:
    """A key that opens nothing from now on; `fresh` is False where it was revoked before."""

    key: str
    at: datetime

    def marks(self) -> Iterator[Hashable]:
        """The key."""
        yield "key", self.key

    def writing(self) -> Writing:
        """The end, and that there was a change."""
        fresh = yield _REVOKE, {"id": self.key, "at": micros(self.at)}
        if fresh:
            yield CHANGED, {}
        return Saved(fresh=bool(fresh))

    def looking_for(self) -> Question:
        """When it ended."""
        sql = "SELECT revoked_at FROM api_keys WHERE id = :id"
        return sql, {"id": self.key}, (micros(self.at),)


@dataclass(frozen=True, slots=True)
class KeysUsed:
    """Keys that were used lately; may be lost without harm."""

    keys: tuple[str, ...]
    at: datetime

    def marks(self) -> Iterator[Hashable]:
        """Each key."""
        for key in self.keys:
            yield "key", key

    def writing(self) -> Writing:
        """When each was last used."""
        for key in self.keys:
            yield _USED, {"id": key, "at": micros(self.at)}
        return Saved()

    def looking_for(self) -> None:
        """Nothing: the next use says it again."""
        return


async def by_secret_hash(reader: Reader, secret_hash: str, *, at: datetime) -> Caller | None:
    """The holder of a key that is valid at that moment, by the SHA-256 of its secret."""
    found = await reader.rows(
        "SELECT merchant, livemode, scopes, id, networks, expires_at FROM api_keys"
        " WHERE secret_hash = :secret_hash AND revoked_at IS NULL"
        " AND (expires_at IS NULL OR expires_at > :now)",
        {"secret_hash": secret_hash, "now": micros(at)},
    )
    if not found:
        return None
    merchant, livemode, scopes, key, networks, expires_at = found[0]
    return Caller(
        merchant,
        bool(livemode),
        frozenset(scopes.split()),
        key,
        tuple(networks.split()),
        expires_at,
    )


async def find(reader: Reader, key: str) -> ApiKey | None:
    """A key, whoever's it is: for admins."""
    found = await reader.rows(f"SELECT {_COLUMNS} FROM api_keys WHERE id = :id", {"id": key})
    return _key(found[0]) if found else None


async def of(reader: Reader, merchant: str | None) -> Sequence[ApiKey]:
    """A merchant's keys, or everybody's, newest first, those included that open nothing now."""
    narrowed = "" if merchant is None else " WHERE merchant = :merchant"
    found = await reader.rows(
        f"SELECT {_COLUMNS} FROM api_keys{narrowed} ORDER BY id DESC",
        {} if merchant is None else {"merchant": merchant},
    )
    return [_key(row) for row in found]


def _key(row: Row) -> ApiKey:
    key, merchant, livemode, secret_hash, scopes, created_at, name, starts, networks, *times = row
    last_used_at, expires_at, revoked_at = (None if at is None else moment(at) for at in times)
    return ApiKey(
        key,
        merchant,
        bool(livemode),
        secret_hash,
        tuple(scopes.split()),
        moment(created_at),
        name,
        starts,
        tuple(networks.split()),
        last_used_at,
        expires_at,
        revoked_at,
    )
