"""Partners: banks on the MBANKING gateway, written and read; and what they asked for in a day."""

import json
from collections.abc import Generator, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from ipaddress import ip_network
from typing import Any, Final

from cross.domain.partner import Operation, OperationTerms, Partner, PartnerStatus
from cross.storage.rows import micros, moment
from cross.storage.store import (
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
    "id, merchant, number, name, username, password_hash, client_id, client_secret_hash,"
    " merchantid, agentid, callback_url, callback_endpoint, networks, operations, status,"
    " generation, version, created_at, updated_at"
)
_SELECT: Final = f"SELECT {_COLUMNS} FROM partners"
_INSERT: Final = (
    f"INSERT INTO partners ({_COLUMNS}) VALUES (:id, :merchant, :number, :name, :username,"
    " :password_hash, :client_id, :client_secret_hash, :merchantid, :agentid, :callback_url,"
    " :callback_endpoint, :networks, :operations, :status, :generation, :version,"
    " :created_at, :updated_at) RETURNING id"
)
_UPDATE: Final = (
    "UPDATE partners SET number = :number, name = :name, username = :username,"
    " password_hash = :password_hash, client_id = :client_id,"
    " client_secret_hash = :client_secret_hash, merchantid = :merchantid, agentid = :agentid,"
    " callback_url = :callback_url, callback_endpoint = :callback_endpoint,"
    " networks = :networks, operations = :operations,"
    " status = :status, generation = :generation, version = :version, updated_at = :updated_at"
    " WHERE id = :id AND version = :version - 1 RETURNING id"
)
# A parameter that may be NULL stands in no comparison: PostgreSQL could not tell its type.
_SAME_NAME: Final = (
    "SELECT id FROM partners WHERE id <> :id AND (username = :username OR number = :number"
    " OR client_id = :client_id OR merchantid = :merchantid OR agentid = :agentid) LIMIT 1"
)
_LOOK: Final = "SELECT version FROM partners WHERE id = :id"
_GIVE_BACK: Final = "DELETE FROM partner_takes WHERE partner = :partner AND bank_id = :bank_id"
_ITS_END: Final = (
    "WHERE endpoint = (SELECT callback_endpoint FROM partners WHERE merchant = :merchant)"
    " AND state = 'waiting' AND tries = 0 AND event IN (SELECT id FROM events"
    " WHERE movement = :movement"
    " AND type IN ('payout.succeeded', 'payout.failed', 'payout.canceled'))"
)


@dataclass(frozen=True, slots=True)
class PartnerWrite:
    """A partner as it shall be: new with version 1, else over the version before it."""

    partner: Partner

    def marks(self) -> Iterator[Hashable]:
        """One write of partners in a set: any two may want the same name."""
        yield ("partners",)

    def writing(self) -> Generator[Statement, Sequence[Row], Verdict]:
        """Nothing where another partner has one of the names."""
        row = _row_of(self.partner)
        names = ("id", "username", "number", "client_id", "merchantid", "agentid")
        taken = yield _SAME_NAME, {name: row[name] or "" for name in names}
        if taken:
            return ReferenceTaken(str(taken[0][0]))
        if self.partner.version == 1:
            yield _INSERT, row
            return Saved()
        fields = {name: value for name, value in row.items() if f":{name}" in _UPDATE}
        written = yield _UPDATE, fields
        return Saved() if written else Stale()

    def looking_for(self) -> Question:
        """The version."""
        return _LOOK, {"id": self.partner.id}, (self.partner.version,)


@dataclass(frozen=True, slots=True)
class DayTaken:
    """So much asked for on a day, counted once a bank's id; `Stale` where it is above `day_max`.

    Not fresh where the id was counted before: a repeat is neither counted nor refused.
    """

    partner: str
    bank_id: str
    day: date
    operation: Operation
    amount: int
    day_max: int

    def marks(self) -> Iterator[Hashable]:
        """One an id, and one a day and operation, in a set."""
        yield "partner_take", self.partner, self.bank_id
        yield "partner_day", self.partner, self.day, self.operation

    def writing(self) -> Generator[Statement, Sequence[Row], Verdict]:
        """The id's row, and the day's, made where it is not there."""
        named = {"partner": self.partner, "bank_id": self.bank_id}
        row = {"partner": self.partner, "day": self.day.isoformat(), "operation": self.operation}
        counted = yield (
            "INSERT INTO partner_takes (partner, bank_id, day, operation, amount) VALUES"
            " (:partner, :bank_id, :day, :operation, :amount)"
            " ON CONFLICT DO NOTHING RETURNING amount",
            {**named, **row, "amount": self.amount},
        )
        if not counted:
            return Saved(fresh=False)
        yield (
            "INSERT INTO partner_days (partner, day, operation, amount)"
            " VALUES (:partner, :day, :operation, 0) ON CONFLICT DO NOTHING RETURNING amount",
            row,
        )
        taken = yield (
            "UPDATE partner_days SET amount = amount + :amount WHERE partner = :partner"
            " AND day = :day AND operation = :operation AND amount + :amount <= :day_max"
            " RETURNING amount",
            {**row, "amount": self.amount, "day_max": self.day_max},
        )
        if taken:
            return Saved()
        yield f"{_GIVE_BACK} RETURNING bank_id", named
        return Stale()

    def looking_for(self) -> None:
        """It may be lost with its answer: the day then counts too little, once."""


@dataclass(frozen=True, slots=True)
class DayGivenBack:
    """What was counted of a bank's id and then not accepted, on the day that it was counted."""

    partner: str
    bank_id: str

    def marks(self) -> Iterator[Hashable]:
        """The id, and whichever day it is of."""
        yield "partner_take", self.partner, self.bank_id
        yield "partner_days", self.partner

    def writing(self) -> Generator[Statement, Sequence[Row], Verdict]:
        """Once."""
        named = {"partner": self.partner, "bank_id": self.bank_id}
        found = yield f"{_GIVE_BACK} RETURNING day, operation, amount", named
        for day, operation, amount in found:
            yield (
                "UPDATE partner_days SET amount = amount - :amount WHERE partner = :partner"
                " AND day = :day AND operation = :operation RETURNING amount",
                {"partner": self.partner, "day": day, "operation": operation, "amount": amount},
            )
        return Saved(fresh=bool(found))

    def looking_for(self) -> None:
        """It may be lost with its answer: the day then counts too much, once."""


@dataclass(frozen=True, slots=True)
class CreditPending:
    """A partner's credit whose end its answer did not tell: the callback is due at once."""

    movement: str
    merchant: str
    at: datetime

    def marks(self) -> Iterator[Hashable]:
        """The movement."""
        yield "partner_pending", self.movement

    def writing(self) -> Generator[Statement, Sequence[Row], Verdict]:
        """Once a movement."""
        yield (
            "INSERT INTO partner_pending (movement, merchant) VALUES (:movement, :merchant)"
            " ON CONFLICT DO NOTHING RETURNING movement",
            {"movement": self.movement, "merchant": self.merchant},
        )
        yield (
            f"UPDATE deliveries SET next_at = :at {_ITS_END} RETURNING event",
            {"movement": self.movement, "merchant": self.merchant, "at": micros(self.at)},
        )
        return Saved()

    def looking_for(self) -> Question:
        """The movement."""
        sql = "SELECT movement FROM partner_pending WHERE movement = :movement"
        return sql, {"movement": self.movement}, (self.movement,)


@dataclass(frozen=True, slots=True)
class CreditTold:
    """That an answer told a partner the end of its credit: no callback has to."""

    movement: str
    merchant: str

    def marks(self) -> Iterator[Hashable]:
        """The movement."""
        yield "partner_pending", self.movement

    def writing(self) -> Generator[Statement, Sequence[Row], Verdict]:
        """The delivery taken back, where nothing was sent of it yet."""
        yield (
            f"UPDATE deliveries SET state = 'canceled' {_ITS_END} RETURNING event",
            {"movement": self.movement, "merchant": self.merchant},
        )
        return Saved()

    def looking_for(self) -> None:
        """It may be lost: the bank is then told twice."""


async def by_id(reader: Reader, partner_id: str) -> Partner | None:
    """A partner by its id."""
    return await _one(reader, "id = :value", partner_id)


async def by_username(reader: Reader, username: str) -> Partner | None:
    """The partner that logs in with a user name."""
    return await _one(reader, "username = :value", username)


async def by_client_id(reader: Reader, client_id: str) -> Partner | None:
    """The partner of an OAuth2 client."""
    return await _one(reader, "client_id = :value", client_id)


async def by_merchantid(reader: Reader, merchantid: str) -> Partner | None:
    """The partner that version 1 knows by a merchantid."""
    return await _one(reader, "merchantid = :value", merchantid)


async def by_agentid(reader: Reader, agentid: str) -> Partner | None:
    """The partner that version 1 knows by an agentid."""
    return await _one(reader, "agentid = :value", agentid)


async def by_merchant(reader: Reader, merchant: str) -> Partner | None:
    """The partner whose float is a merchant's balance."""
    return await _one(reader, "merchant = :value", merchant)


async def by_endpoint(reader: Reader, endpoint: str) -> Partner | None:
    """The partner whose callbacks go to a webhook endpoint."""
    return await _one(reader, "callback_endpoint = :value", endpoint)


async def every(reader: Reader) -> list[Partner]:
    """All partners, the oldest first."""
    return [_read(row) for row in await reader.rows(f"{_SELECT} ORDER BY id", {})]


async def _one(reader: Reader, condition: str, value: str) -> Partner | None:
    found = await reader.rows(f"{_SELECT} WHERE {condition}", {"value": value})
    return _read(found[0]) if found else None


def _row_of(partner: Partner) -> dict[str, Any]:
    return {
        "id": partner.id,
        "merchant": partner.merchant,
        "number": partner.number,
        "name": partner.name,
        "username": partner.username,
        "password_hash": partner.password_hash,
        "client_id": partner.client_id,
        "client_secret_hash": partner.client_secret_hash,
        "merchantid": partner.merchantid,
        "agentid": partner.agentid,
        "callback_url": partner.callback_url,
        "callback_endpoint": partner.callback_endpoint,
        "networks": " ".join(str(network) for network in partner.networks),
        "operations": json.dumps(operations_as_data(partner.operations)),
        "status": partner.status.value,
        "generation": partner.generation,
        "version": partner.version,
        "created_at": micros(partner.created_at),
        "updated_at": micros(partner.updated_at),
    }


def _read(row: Row) -> Partner:
    return Partner(
        id=row[0],
        merchant=row[1],
        number=row[2],
        name=row[3],
        username=row[4],
        password_hash=row[5],
        client_id=row[6],
        client_secret_hash=row[7],
        merchantid=row[8],
        agentid=row[9],
        callback_url=row[10],
        callback_endpoint=row[11],
        networks=tuple(ip_network(network) for network in row[12].split()),
        operations=operations_from_data(json.loads(row[13])),
        status=PartnerStatus(row[14]),
        generation=row[15],
        version=row[16],
        created_at=moment(row[17]),
        updated_at=moment(row[18]),
    )


def operations_as_data(operations: Mapping[Operation, OperationTerms]) -> dict[str, Any]:
    """What a partner may do, as plain values: for a row and for people."""
    return {
        operation.value: {
            "enabled": terms.enabled,
            "amount_max": terms.amount_max,
            "day_max": terms.day_max,
            "cut_off": None if terms.cut_off is None else terms.cut_off.isoformat("minutes"),
        }
        for operation, terms in operations.items()
    }


def operations_from_data(data: Mapping[str, Any]) -> dict[Operation, OperationTerms]:
    """The same, read back."""
    return {
        operation: OperationTerms(
            enabled=data[operation]["enabled"],
            amount_max=data[operation]["amount_max"],
            day_max=data[operation]["day_max"],
            cut_off=_time(data[operation]["cut_off"]),
        )
        for operation in Operation
    }


def _time(text: str | None) -> time | None:
    return None if text is None else time.fromisoformat(text)
