"""Merchants, what bounds them and what they are charged: read, and written beside the money."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from cross.domain.merchant import Merchant, MerchantStatus
from cross.storage.pages import Page
from cross.storage.rows import micros, moment
from cross.storage.store import Question, Reader, Row, Saved, Stale, Writing

_COLUMNS: Final = "id, name, status, hears_house, version, created_at, updated_at"
_INSERT: Final = (
    f"INSERT INTO merchants ({_COLUMNS}) VALUES"
    " (:id, :name, :status, :hears_house, :version, :created_at, :updated_at)"
    " ON CONFLICT DO NOTHING RETURNING id"
)
_STEP: Final = (
    "UPDATE merchants SET name = :name, status = :status, hears_house = :hears_house,"
    " version = :version, updated_at = :updated_at"
    " WHERE id = :id AND version = :version - 1 RETURNING id"
)
CHANGED: Final = "UPDATE directory SET version = version + 1 RETURNING version"
"""Said by every write that changes what a process has in memory of merchants and keys."""


@dataclass(frozen=True, slots=True)
class MerchantOpening:
    """A merchant made."""

    merchant: Merchant

    def marks(self) -> Iterator[Hashable]:
        """The merchant."""
        yield "merchant", self.merchant.id

    def writing(self) -> Writing:
        """The merchant; nothing where it is there already."""
        fresh = yield _INSERT, _row(self.merchant)
        if fresh:
            yield CHANGED, {}
        return Saved(fresh=bool(fresh))

    def looking_for(self) -> Question:
        """The merchant's id."""
        return (
            "SELECT id FROM merchants WHERE id = :id",
            {"id": self.merchant.id},
            (self.merchant.id,),
        )


@dataclass(frozen=True, slots=True)
class MerchantStep:
    """A merchant as it will be: stored only over the version before it."""

    merchant: Merchant

    def marks(self) -> Iterator[Hashable]:
        """The merchant."""
        yield "merchant", self.merchant.id

    def writing(self) -> Writing:
        """The change, and that there was one."""
        row = _row(self.merchant)
        del row["created_at"]
        if not (yield _STEP, row):
            return Stale()
        yield CHANGED, {}
        return Saved()

    def looking_for(self) -> Question:
        """The version that it makes."""
        wanted = (self.merchant.version, self.merchant.status.value, self.merchant.name)
        sql = "SELECT version, status, name FROM merchants WHERE id = :id"
        return sql, {"id": self.merchant.id}, wanted


@dataclass(frozen=True, slots=True)
class LimitsSetting:
    """Limits of a merchant; None takes one back, and the house's own holds again."""

    merchant: str
    limits: tuple[tuple[str, int | None], ...]

    def marks(self) -> Iterator[Hashable]:
        """The merchant's limits."""
        yield "merchant's limits", self.merchant

    def writing(self) -> Writing:
        """Each limit, and that there was a change."""
        for name, most in self.limits:
            given = {"merchant": self.merchant, "name": name}
            if most is None:
                yield _UNLIMIT, given
            else:
                yield _LIMIT, {**given, "most": most}
        yield CHANGED, {}
        return Saved()

    def looking_for(self) -> Question:
        """The last limit that it sets; told as a sum, which is there also where none is left."""
        name, most = self.limits[-1]
        sql = (
            "SELECT coalesce(max(most), -1) FROM merchant_limits"
            " WHERE merchant = :merchant AND name = :name"
        )
        return sql, {"merchant": self.merchant, "name": name}, (-1 if most is None else most,)


@dataclass(frozen=True, slots=True)
class FeesSetting:
    """All schedules of a merchant, each as JSON; none: the house's own hold again."""

    merchant: str
    schedules: tuple[str, ...]

    def marks(self) -> Iterator[Hashable]:
        """The merchant's fees."""
        yield "merchant's fees", self.merchant

    def writing(self) -> Writing:
        """What was goes, what is comes, and that there was a change."""
        yield _FORGET_FEES, {"merchant": self.merchant}
        for place, schedule in enumerate(self.schedules, 1):
            given = {"merchant": self.merchant, "place": place, "schedule": schedule}
            yield _FEE, given
        yield CHANGED, {}
        return Saved()

    def looking_for(self) -> Question:
        """How many there are, and the last of them."""
        sql = (
            "SELECT count(*), coalesce(max(CASE WHEN place = :last THEN schedule END), '')"
            " FROM merchant_fees WHERE merchant = :merchant"
        )
        last = len(self.schedules)
        found = (last, self.schedules[-1] if self.schedules else "")
        return sql, {"merchant": self.merchant, "last": last}, found


_LIMIT: Final = (
    "INSERT INTO merchant_limits (merchant, name, most) VALUES (:merchant, :name, :most)"
    " ON CONFLICT (merchant, name) DO UPDATE SET most = excluded.most RETURNING name"
)
_UNLIMIT: Final = (
    "DELETE FROM merchant_limits WHERE merchant = :merchant AND name = :name RETURNING name"
)
_FORGET_FEES: Final = "DELETE FROM merchant_fees WHERE merchant = :merchant RETURNING place"
_FEE: Final = (
    "INSERT INTO merchant_fees (merchant, place, schedule)"
    " VALUES (:merchant, :place, :schedule) RETURNING place"
)


async def name_of(reader: Reader, merchant: str) -> str:
    """What a merchant is called; nothing where it is not known."""
    found = await reader.rows("SELECT name FROM merchants WHERE id = :id", {"id": merchant})
    return str(found[0][0]) if found else ""


async def find(reader: Reader, merchant: str) -> Merchant | None:
    """A merchant."""
    found = await reader.rows(f"SELECT {_COLUMNS} FROM merchants WHERE id = :id", {"id": merchant})
    return _merchant(found[0]) if found else None


async def page(reader: Reader, part: Page) -> tuple[Sequence[Merchant], bool]:
    """A page of merchants, newest first, and whether there are more."""
    chosen = part.among(("1 = 1",))
    found = await reader.rows(f"SELECT {_COLUMNS} FROM merchants WHERE {chosen}", part.numbers)
    return part.cut([_merchant(row) for row in found])


async def suspended(reader: Reader) -> Sequence[str]:
    """Merchants that may not ask for anything."""
    found = await reader.rows("SELECT id FROM merchants WHERE status = 'suspended' ORDER BY id", {})
    return [str(row[0]) for row in found]


async def limits(reader: Reader, merchant: str | None = None) -> Mapping[str, Mapping[str, int]]:
    """Own limits by merchant and name, of all merchants or of one."""
    narrowed = "" if merchant is None else " WHERE merchant = :merchant"
    found = await reader.rows(
        f"SELECT merchant, name, most FROM merchant_limits{narrowed} ORDER BY merchant, name",
        {} if merchant is None else {"merchant": merchant},
    )
    by_merchant: dict[str, dict[str, int]] = {}
    for owner, name, most in found:
        by_merchant.setdefault(owner, {})[name] = most
    return by_merchant


async def fees(reader: Reader, merchant: str | None = None) -> Mapping[str, Sequence[str]]:
    """Own fee schedules by merchant, each as JSON, of all merchants or of one."""
    narrowed = "" if merchant is None else " WHERE merchant = :merchant"
    found = await reader.rows(
        f"SELECT merchant, schedule FROM merchant_fees{narrowed} ORDER BY merchant, place",
        {} if merchant is None else {"merchant": merchant},
    )
    by_merchant: dict[str, list[str]] = {}
    for owner, schedule in found:
        by_merchant.setdefault(owner, []).append(schedule)
    return by_merchant


async def directory_version(reader: Reader) -> int:
    """A number that rises with every change of a merchant, a key, a limit or a fee."""
    found = await reader.rows("SELECT version FROM directory", {})
    return int(found[0][0])


def _row(merchant: Merchant) -> dict[str, Any]:
    return {
        "id": merchant.id,
        "name": merchant.name,
        "status": merchant.status.value,
        "hears_house": int(merchant.hears_house),
        "version": merchant.version,
        "created_at": micros(merchant.created_at),
        "updated_at": micros(merchant.updated_at),
    }


def _merchant(row: Row) -> Merchant:
    name, label, status, hears_house, version, created_at, updated_at = row
    return Merchant(
        name,
        label,
        MerchantStatus(status),
        bool(hears_house),
        version,
        moment(created_at),
        moment(max(created_at, updated_at)),
    )
