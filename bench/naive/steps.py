"""The naive variant's steps: a session and a transaction each, the accounts locked and updated.

The same order as ours: the intent is committed before the request, a callback is verified by a
query, and the ledger gets the same lines. Nothing is gathered, and nothing is asked for again.
"""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from bench.naive.models import Account, Callback, Entry, Event, Posting, Transfer
from bench.naive.operators import Flooz, TMoney


class FloatTooLow(Exception):
    """The float at Flooz could not pay the recipient."""


class Steps:
    """Carries transfers from their acceptance to their end."""

    def __init__(
        self, sessions: async_sessionmaker[AsyncSession], tmoney: TMoney, flooz: Flooz
    ) -> None:
        self._sessions = sessions
        self._tmoney = tmoney
        self._flooz = flooz
        self._tasks: set[asyncio.Task[None]] = set()

    async def accept(self, transfer: Transfer) -> Transfer:
        """Keeps a new transfer, or finds the one of the same key, and begins its debit."""
        async with self._sessions() as session, session.begin():
            found = await session.scalar(
                select(Transfer).where(Transfer.idempotency_key == transfer.idempotency_key)
            )
            if found is not None:
                return found
            held = await _locked(session, ("float:flooz", "reserved:flooz"))
            if held["float:flooz"].balance - held["reserved:flooz"].balance < transfer.credit:
                raise FloatTooLow
            session.add(transfer)
            await session.flush()
            amount = transfer.credit
            await _book(
                session, transfer, "reserved", {"reserved:flooz": amount, "promises:flooz": -amount}
            )
            _announce(session, transfer, "transfer.created")
        self._begin(self._debit(transfer.id))
        return transfer

    async def receive(self, operator: str, reference: str, body: bytes) -> None:
        """Keeps a callback and begins to verify it."""
        async with self._sessions() as session, session.begin():
            session.add(Callback(operator=operator, reference=reference, body=body))
            transfer = await session.scalar(
                select(Transfer).where(Transfer.debit_reference == reference)
            )
        if transfer is not None:
            self._begin(self._verify(transfer.id))

    async def find(self, transfer_id: str) -> Transfer | None:
        """A transfer as it stands."""
        async with self._sessions() as session:
            return await session.get(Transfer, transfer_id)

    def _begin(self, work: Any) -> None:  # noqa: ANN401  a coroutine of any kind
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _debit(self, transfer_id: str) -> None:
        async with self._sessions() as session, session.begin():
            transfer = await session.get_one(Transfer, transfer_id)
            transfer.debit_status = "sent"
        taken = await self._tmoney.debit(transfer)
        async with self._sessions() as session, session.begin():
            transfer = await session.get_one(Transfer, transfer_id, with_for_update=True)
            if transfer.debit_status == "sent":
                transfer.debit_status = "pending" if taken else "failed"

    async def _verify(self, transfer_id: str) -> None:
        async with self._sessions() as session:
            transfer = await session.get_one(Transfer, transfer_id)
        if not await self._tmoney.is_debited(transfer):
            raise ValueError(f"{transfer_id}: the debit did not succeed")
        async with self._sessions() as session, session.begin():
            transfer = await session.get_one(Transfer, transfer_id, with_for_update=True)
            if transfer.status != "debiting":
                return
            transfer.status, transfer.debit_status = "crediting", "succeeded"
            transfer.credit_status = "sent"
            amount = transfer.debit
            lines = {"float:tmoney": amount, "in_transit": -amount}
            await _book(session, transfer, "debit.succeeded", lines)
            _announce(session, transfer, "transfer.debited")
        await self._credit(transfer_id)

    async def _credit(self, transfer_id: str) -> None:
        async with self._sessions() as session:
            transfer = await session.get_one(Transfer, transfer_id)
        if not await self._flooz.credit(transfer):
            raise ValueError(f"{transfer_id}: the credit did not succeed")
        async with self._sessions() as session, session.begin():
            transfer = await session.get_one(Transfer, transfer_id, with_for_update=True)
            transfer.status, transfer.credit_status = "completed", "succeeded"
            transfer.completed_at = datetime.now(UTC)
            lines = {
                "in_transit": transfer.debit,
                "promises:flooz": transfer.credit,
                "float:flooz": -transfer.credit,
                "fees": transfer.credit - transfer.debit,
                "reserved:flooz": -transfer.credit,
            }
            await _book(session, transfer, "credit.succeeded", lines)
            _announce(session, transfer, "transfer.completed")


async def _book(
    session: AsyncSession, transfer: Transfer, cause: str, lines: Mapping[str, int]
) -> None:
    accounts = await _locked(session, tuple(lines))
    entry = Entry(transfer_id=transfer.id, cause=cause)
    for name, amount in lines.items():
        account = accounts[name]
        account.balance += amount
        entry.postings.append(Posting(account_id=account.id, amount=amount))
    session.add(entry)


async def _locked(session: AsyncSession, names: tuple[str, ...]) -> Mapping[str, Account]:
    found = await session.scalars(
        select(Account).where(Account.name.in_(names)).order_by(Account.id).with_for_update()
    )
    return {account.name: account for account in found}


def _announce(session: AsyncSession, transfer: Transfer, event: str) -> None:
    body = {"id": transfer.id, "status": transfer.status, "reference": transfer.reference}
    session.add(Event(transfer_id=transfer.id, type=event, body=body))
