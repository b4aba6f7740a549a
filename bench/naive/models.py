"""The naive variant's tables: the usual declarative models."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import BigInteger, ForeignKey, LargeBinary, String
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

MOMENT: Final = TIMESTAMP(timezone=True)


class Model(DeclarativeBase):
    """What every table has in common."""


class Account(Model):
    """A ledger account with its balance: debits less credits."""

    __tablename__ = "accounts"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(64), unique=True)
    balance: Mapped[int] = mapped_column(BigInteger, default=0)


class Transfer(Model):
    """A transfer as it stands."""

    __tablename__ = "transfers"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    idempotency_key: Mapped[str] = mapped_column(String(255), unique=True)
    reference: Mapped[str] = mapped_column(String(64), unique=True)
    status: Mapped[str] = mapped_column(String(16), index=True)
    payer: Mapped[str] = mapped_column(String(16))
    payee: Mapped[str] = mapped_column(String(16))
    debit: Mapped[int] = mapped_column(BigInteger)
    credit: Mapped[int] = mapped_column(BigInteger)
    debit_reference: Mapped[str] = mapped_column(String(40), unique=True)
    credit_reference: Mapped[str] = mapped_column(String(40), unique=True)
    debit_status: Mapped[str] = mapped_column(String(16))
    credit_status: Mapped[str] = mapped_column(String(16))
    description: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(MOMENT)
    completed_at: Mapped[datetime | None] = mapped_column(MOMENT)


class Entry(Model):
    """A journal entry."""

    __tablename__ = "entries"

    id: Mapped[int] = mapped_column(primary_key=True)
    transfer_id: Mapped[str] = mapped_column(ForeignKey("transfers.id"), index=True)
    cause: Mapped[str] = mapped_column(String(32))
    postings: Mapped[list["Posting"]] = relationship()


class Posting(Model):
    """One line of an entry; positive is a debit."""

    __tablename__ = "postings"

    id: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("entries.id"), index=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    amount: Mapped[int] = mapped_column(BigInteger)


class Event(Model):
    """What the merchant is to be told."""

    __tablename__ = "events"

    id: Mapped[int] = mapped_column(primary_key=True)
    transfer_id: Mapped[str] = mapped_column(ForeignKey("transfers.id"), index=True)
    type: Mapped[str] = mapped_column(String(32))
    body: Mapped[dict[str, Any]] = mapped_column(JSONB)


class Callback(Model):
    """A callback as it came."""

    __tablename__ = "callbacks"

    id: Mapped[int] = mapped_column(primary_key=True)
    operator: Mapped[str] = mapped_column(String(16))
    reference: Mapped[str] = mapped_column(String(40), index=True)
    body: Mapped[bytes] = mapped_column(LargeBinary)
