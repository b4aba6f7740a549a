"""Customers: written beside the batch, read back as values."""

import json
from collections.abc import Generator, Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from cross.domain.customer import About, Customer
from cross.domain.msisdn import Msisdn
from cross.domain.quote import WalletAt
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
    "id, merchant, livemode, version, name, email, reference, metadata, created_at, updated_at"
)
_NAMES: Final = _COLUMNS.split(", ")
_CHANGED: Final = ("version", "name", "email", "reference", "metadata", "updated_at")
_OF_CUSTOMER: Final = ", ".join([f"c.{name}" for name in _NAMES] + ["w.operator", "w.msisdn"])

_INSERT: Final = (
    f"INSERT INTO customers ({_COLUMNS}) VALUES ({', '.join(f':{name}' for name in _NAMES)})"
    " ON CONFLICT DO NOTHING RETURNING id"
)
_UPDATE: Final = (
    f"UPDATE customers SET {', '.join(f'{name} = :{name}' for name in _CHANGED)}"
    " WHERE id = :id AND version = :version - 1 RETURNING id"
)
_BY_REFERENCE: Final = (
    "SELECT id FROM customers WHERE merchant = :merchant AND reference = :reference"
)
_NO_WALLETS: Final = "DELETE FROM customer_wallets WHERE customer = :customer RETURNING place"
_INSERT_WALLET: Final = (
    "INSERT INTO customer_wallets (customer, place, operator, msisdn)"
    " VALUES (:customer, :place, :operator, :msisdn) RETURNING place"
)


@dataclass(frozen=True, slots=True)
class CustomerWrite:
    """A customer as it is from now on: version 1 is a new one, any other replaces the one before.

    `ReferenceTaken` names the customer whose reference it is; `Stale`: another change came first.
    """

    customer: Customer

    def marks(self) -> Iterator[Hashable]:
        """The customer, and its reference."""
        yield "customer", self.customer.id
        yield "customer's reference", self.customer.merchant, self.customer.about.reference

    def writing(self) -> Generator[Statement, Sequence[Row], Verdict]:
        """The customer, then its wallets."""
        values = _values(self.customer)
        named = {name: values[name] for name in ("merchant", "reference")}
        taken = (yield _BY_REFERENCE, named) if named["reference"] is not None else []
        if taken and taken[0][0] != self.customer.id:
            return ReferenceTaken(taken[0][0])
        if self.customer.version == 1:
            if not (yield _INSERT, values):
                return Broken(f"customer {self.customer.id} is there already")
        else:
            step = {name: values[name] for name in ("id", *_CHANGED)}
            if not (yield _UPDATE, step):
                return Stale()
            yield _NO_WALLETS, {"customer": self.customer.id}
        for place, wallet in enumerate(self.customer.about.wallets):
            yield (
                _INSERT_WALLET,
                {
                    "customer": self.customer.id,
                    "place": place,
                    "operator": wallet.operator,
                    "msisdn": wallet.msisdn.e164,
                },
            )
        return Saved()

    def looking_for(self) -> Question:
        """The customer's own row, as it was written."""
        sql = f"SELECT {_COLUMNS} FROM customers WHERE id = :id"
        return sql, {"id": self.customer.id}, tuple(_values(self.customer).values())


async def find(reader: Reader, customer_id: str, *, merchant: str) -> Customer | None:
    """A merchant's customer; None is all that another merchant learns (I-40)."""
    found = await _read(
        reader, "id = :id AND merchant = :merchant", {"id": customer_id, "merchant": merchant}
    )
    return found[0] if found else None


async def exists(reader: Reader, customer_id: str, *, merchant: str) -> bool:
    """Whether the merchant has that customer, without reading it."""
    found = await reader.rows(
        "SELECT id FROM customers WHERE id = :id AND merchant = :merchant",
        {"id": customer_id, "merchant": merchant},
    )
    return bool(found)


async def page(
    reader: Reader,
    *,
    merchant: str,
    part: Page,
    reference: str | None = None,
    msisdn: str | None = None,
) -> tuple[Sequence[Customer], bool]:
    """A page of a merchant's customers, newest first, and whether there are more."""
    conditions = ["merchant = :merchant"]
    given: dict[str, Any] = {"merchant": merchant, **part.numbers}
    if reference is not None:
        conditions.append("reference = :reference")
        given["reference"] = reference
    if msisdn is not None:
        conditions.append("id IN (SELECT customer FROM customer_wallets WHERE msisdn = :msisdn)")
        given["msisdn"] = msisdn
    return part.cut(await _read(reader, part.among(conditions), given, order=part.order))


async def _read(
    reader: Reader, chosen: str, parameters: dict[str, Any], *, order: str = "ASC"
) -> list[Customer]:
    """Customers with their wallets, in one statement: of one snapshot of the books."""
    found = await reader.rows(
        f"SELECT {_OF_CUSTOMER} FROM customers c LEFT JOIN customer_wallets w ON w.customer = c.id"
        f" WHERE c.id IN (SELECT id FROM customers WHERE {chosen}) ORDER BY c.id {order}, w.place",
        parameters,
    )
    grouped: dict[str, tuple[Row, list[WalletAt]]] = {}
    for row in found:
        wallets = grouped.setdefault(row[0], (row, []))[1]
        if row[-2] is not None:
            wallets.append(WalletAt(row[-2], Msisdn(row[-1])))
    return [_customer(row, tuple(wallets)) for row, wallets in grouped.values()]


def _customer(row: Row, wallets: tuple[WalletAt, ...]) -> Customer:
    about = About(row[4], row[5], row[6], wallets, json.loads(row[7]))
    return Customer(row[0], row[1], bool(row[2]), row[3], about, moment(row[8]), moment(row[9]))


def _values(customer: Customer) -> dict[str, Any]:
    about = customer.about
    return {
        "id": customer.id,
        "merchant": customer.merchant,
        "livemode": int(customer.livemode),
        "version": customer.version,
        "name": about.name,
        "email": about.email,
        "reference": about.reference,
        "metadata": json.dumps(dict(about.metadata), sort_keys=True),
        "created_at": micros(customer.created_at),
        "updated_at": micros(customer.updated_at),
    }
