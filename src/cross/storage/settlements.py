"""Settlements: written beside the batch, read back with their payouts and entries."""

import json
from collections.abc import Generator, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from cross.domain import accounts
from cross.domain.money import CURRENCIES, Currency, Money
from cross.domain.msisdn import Msisdn
from cross.domain.quote import WalletAt
from cross.domain.settlement import (
    PAID_BY_BANK,
    Covered,
    Method,
    Schedule,
    Settlement,
    SettlementTerms,
)
from cross.storage.pages import Page
from cross.storage.rows import micros, moment
from cross.storage.store import (
    Broken,
    Question,
    Reader,
    ReferenceTaken,
    Row,
    Saved,
    Stale,
    Statement,
    Verdict,
)

_COLUMNS: Final = (
    "id, merchant, livemode, currency, after_entry, last_entry, opening, amount, covers,"
    " period_from, period_to, created_at, updated_at, version, method, attempt, bank_reference,"
    " canceled_at"
)
_NAMES: Final = _COLUMNS.split(", ")
_MOVES: Final = ("updated_at", "version", "method", "attempt", "bank_reference", "canceled_at")
_SELECT: Final = (
    f"SELECT {', '.join(f's.{name}' for name in _NAMES)}, m.id, m.status, m.completed_at, e.at"
    " FROM settlements s LEFT JOIN movements m ON m.merchant = s.merchant"
    " AND m.idempotency_key = 'settlement ' || s.id || ' ' || s.attempt"
    f" LEFT JOIN entries e ON e.movement = s.id AND e.cause = '{PAID_BY_BANK}'"
)
_INSERT: Final = (
    f"INSERT INTO settlements ({_COLUMNS}) VALUES ({', '.join(f':{name}' for name in _NAMES)})"
    " ON CONFLICT DO NOTHING RETURNING id"
)
_SAME_PERIOD: Final = (
    "SELECT id FROM settlements WHERE merchant = :merchant AND currency = :currency"
    " AND after_entry = :after_entry AND canceled_at IS NULL"
)
_UPDATE: Final = (
    f"UPDATE settlements SET {', '.join(f'{name} = :{name}' for name in _MOVES)}"
    " WHERE id = :id AND version = :version - 1 RETURNING id"
)
_TERMS: Final = "operator, msisdn, bank, schedule, minimum"
_SET_TERMS: Final = (
    f"INSERT INTO settlement_terms (merchant, currency, {_TERMS}, updated_at) VALUES"
    " (:merchant, :currency, :operator, :msisdn, :bank, :schedule, :minimum, :updated_at)"
    " ON CONFLICT (merchant, currency) DO UPDATE SET operator = excluded.operator,"
    " msisdn = excluded.msisdn, bank = excluded.bank, schedule = excluded.schedule,"
    " minimum = excluded.minimum, updated_at = excluded.updated_at RETURNING merchant"
)
_KIND: Final = (
    "CASE WHEN m.idempotency_key LIKE 'settlement %' OR e.movement LIKE 'stl_%'"
    " THEN 'settlement' WHEN m.kind IS NULL THEN 'other' ELSE m.kind END"
)
_FEES: Final = (
    "CASE WHEN m.kind = 'collection' AND p.amount < 0 THEN m.fee_earned + m.fee_rounding"
    " WHEN m.kind = 'payout' AND p.amount > 0 THEN m.fee_earned + m.fee_rounding"
    " WHEN m.kind IN ('collection', 'payout') THEN -(m.fee_earned + m.fee_rounding) ELSE 0 END"
)


class Period(NamedTuple):
    """What happened on an account after an entry: the last one, what it held then, and of what."""

    last_entry: int
    closing: int
    covers: tuple[Covered, ...]


@dataclass(frozen=True, slots=True)
class SettlementWrite:
    """A settlement as it is from now on: version 1 is a new one, any other follows the one before.

    `ReferenceTaken` names the settlement of the same period; `Stale`: somebody else came first.
    """

    settlement: Settlement

    def marks(self) -> Iterator[Hashable]:
        """The settlement, and its period."""
        one = self.settlement
        yield "settlement", one.id
        yield "settlement's period", one.merchant, one.amount.currency.code, one.after_entry

    def writing(self) -> Generator[Statement, Sequence[Row], Verdict]:
        """The row."""
        values = _values(self.settlement)
        if self.settlement.version > 1:
            step = {name: values[name] for name in ("id", *_MOVES)}
            return Saved() if (yield _UPDATE, step) else Stale()
        if (yield _INSERT, values):
            return Saved()
        period = {name: values[name] for name in ("merchant", "currency", "after_entry")}
        found = yield _SAME_PERIOD, period
        return ReferenceTaken(found[0][0]) if found else Broken(f"{values['id']} is there")

    def looking_for(self) -> Question:
        """The row as it was written."""
        sql = f"SELECT {_COLUMNS} FROM settlements WHERE id = :id"
        return sql, {"id": self.settlement.id}, tuple(_values(self.settlement).values())


@dataclass(frozen=True, slots=True)
class TermsWrite:
    """Where and when a merchant is paid from now on."""

    merchant: str
    currency: Currency
    terms: SettlementTerms
    at: datetime

    def marks(self) -> Iterator[Hashable]:
        """The merchant's terms in that currency."""
        yield "settlement terms", self.merchant, self.currency.code

    def writing(self) -> Generator[Statement, Sequence[Row], Verdict]:
        """The terms, in place of those before."""
        wallet = self.terms.wallet
        yield (
            _SET_TERMS,
            {
                "merchant": self.merchant,
                "currency": self.currency.code,
                "operator": None if wallet is None else wallet.operator,
                "msisdn": None if wallet is None else wallet.msisdn.e164,
                "bank": self.terms.bank,
                "schedule": self.terms.schedule.value,
                "minimum": self.terms.minimum,
                "updated_at": micros(self.at),
            },
        )
        return Saved()

    def looking_for(self) -> None:
        """Said twice is the same."""


async def find(
    reader: Reader, settlement_id: str, *, merchant: str | None = None
) -> Settlement | None:
    """A settlement, of that merchant where one is named (I-40)."""
    only = "" if merchant is None else " AND s.merchant = :merchant"
    given = {"id": settlement_id} | ({} if merchant is None else {"merchant": merchant})
    found = await reader.rows(f"{_SELECT} WHERE s.id = :id{only}", given)
    return _settlement(found[0]) if found else None


async def latest(reader: Reader, *, merchant: str, currency: Currency) -> Settlement | None:
    """The newest settlement of a merchant that was not canceled."""
    found = await reader.rows(
        f"{_SELECT} WHERE s.merchant = :merchant AND s.currency = :currency"
        " AND s.canceled_at IS NULL ORDER BY s.after_entry DESC LIMIT 1",
        {"merchant": merchant, "currency": currency.code},
    )
    return _settlement(found[0]) if found else None


async def page(
    reader: Reader, *, part: Page, merchant: str | None = None
) -> tuple[Sequence[Settlement], bool]:
    """A page of settlements, newest first, and whether there are more."""
    given = part.numbers
    conditions = ["1 = 1"]
    if merchant is not None:
        conditions.append("s.merchant = :merchant")
        given["merchant"] = merchant
    chosen = part.among(conditions, by="s.id")
    found = await reader.rows(f"{_SELECT} WHERE {chosen}", given)
    return part.cut([_settlement(row) for row in found])


async def period_after(
    reader: Reader, entry: int, *, merchant: str, currency: Currency
) -> Period | None:
    """What an account did since an entry, of one snapshot; None where it did nothing."""
    found = await reader.rows(
        f"SELECT {_KIND}, count(DISTINCT e.movement), sum(-p.amount), sum({_FEES}), max(p.entry),"
        " a.balance FROM accounts a JOIN postings p ON p.account = a.id"
        " JOIN entries e ON e.id = p.entry LEFT JOIN movements m ON m.id = e.movement"
        " WHERE a.name = :account AND a.currency = :currency AND p.entry > :entry"
        " GROUP BY 1, a.balance ORDER BY 1",
        {
            "account": accounts.available_to(merchant, currency).name,
            "currency": currency.code,
            "entry": entry,
        },
    )
    if not found:
        return None
    covers = tuple(Covered(row[0], int(row[1]), int(row[2]), int(row[3])) for row in found)
    return Period(max(row[4] for row in found), -found[0][5], covers)


async def terms_of(reader: Reader, *, merchant: str, currency: Currency) -> SettlementTerms:
    """Where and when a merchant is paid; by hand where nobody said."""
    found = await reader.rows(
        f"SELECT {_TERMS} FROM settlement_terms"
        " WHERE merchant = :merchant AND currency = :currency",
        {"merchant": merchant, "currency": currency.code},
    )
    return _terms(found[0]) if found else SettlementTerms()


async def daily(reader: Reader) -> Sequence[tuple[str, Currency, SettlementTerms]]:
    """Who is paid each day, and how."""
    found = await reader.rows(
        f"SELECT merchant, currency, {_TERMS} FROM settlement_terms WHERE schedule = 'daily'"
        " ORDER BY merchant, currency",
        {},
    )
    return [(row[0], CURRENCIES[row[1]], _terms(row[2:])) for row in found]


def _terms(row: Row) -> SettlementTerms:
    wallet = None if row[0] is None else WalletAt(row[0], Msisdn(row[1]))
    return SettlementTerms(wallet, row[2], Schedule(row[3]), row[4])


def _settlement(row: Row) -> Settlement:
    known: Mapping[str, Any] = dict(zip(_NAMES, row, strict=False))
    payout, status, completed_at, booked_at = row[len(_NAMES) :]
    paid_at = completed_at if status == "succeeded" else booked_at
    return Settlement(
        id=known["id"],
        merchant=known["merchant"],
        livemode=bool(known["livemode"]),
        after_entry=known["after_entry"],
        last_entry=known["last_entry"],
        opening=known["opening"],
        amount=Money(known["amount"], CURRENCIES[known["currency"]]),
        covers=tuple(Covered(*one) for one in json.loads(known["covers"])),
        period_from=_moment(known["period_from"]),
        period_to=moment(known["period_to"]),
        created_at=moment(known["created_at"]),
        updated_at=moment(known["updated_at"]),
        version=known["version"],
        method=None if known["method"] is None else Method(known["method"]),
        attempt=known["attempt"],
        bank_reference=known["bank_reference"],
        canceled_at=_moment(known["canceled_at"]),
        payout=payout,
        payout_status=status,
        paid_at=_moment(paid_at),
    )


def _moment(at: int | None) -> datetime | None:
    return None if at is None else moment(at)


def _values(one: Settlement) -> dict[str, Any]:
    return {
        "id": one.id,
        "merchant": one.merchant,
        "livemode": int(one.livemode),
        "currency": one.amount.currency.code,
        "after_entry": one.after_entry,
        "last_entry": one.last_entry,
        "opening": one.opening,
        "amount": one.amount.amount,
        "covers": json.dumps(one.covers),
        "period_from": None if one.period_from is None else micros(one.period_from),
        "period_to": micros(one.period_to),
        "created_at": micros(one.created_at),
        "updated_at": micros(one.updated_at),
        "version": one.version,
        "method": None if one.method is None else one.method.value,
        "attempt": one.attempt,
        "bank_reference": one.bank_reference,
        "canceled_at": None if one.canceled_at is None else micros(one.canceled_at),
    }
