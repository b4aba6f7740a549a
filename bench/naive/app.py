"""The yardstick: transfers as one usually writes them. `python -m bench.naive.app PLAN.json`."""

import json
import secrets
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import httpx
from fastapi import FastAPI, Header, HTTPException, Request
from pydantic import BaseModel, Field
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from bench.naive.models import Account, Model, Transfer
from bench.naive.operators import Flooz, TMoney
from bench.naive.steps import FloatTooLow, Steps
from bench.serving import serve
from bench.traffic import AUTHORIZATION, FLOAT
from cross.domain.ids import new_id, operator_reference
from cross.domain.leg import LegKind

CONNECTIONS: Final = 20
ACCOUNTS: Final[Mapping[str, int]] = {
    "capital": -2 * FLOAT,
    "float:tmoney": FLOAT,
    "float:flooz": FLOAT,
    "reserved:flooz": 0,
    "promises:flooz": 0,
    "in_transit": 0,
    "fees": 0,
}


class WalletForm(BaseModel):
    """A wallet at an operator."""

    operator: str
    msisdn: str = Field(pattern=r"^\+[0-9]{8,15}$")


class TransferForm(BaseModel):
    """What the merchant asks for."""

    source: WalletForm
    destination: WalletForm
    amount: int = Field(gt=0)
    currency: str
    fixed: str = "credit"
    reference: str
    description: str = ""


class TransferView(BaseModel):
    """What the merchant is answered."""

    id: str
    status: str
    reference: str
    debit: int
    credit: int
    created_at: datetime
    completed_at: datetime | None


def create_naive(plan: Mapping[str, Any]) -> FastAPI:
    """The application, with its tables made anew."""
    engine = create_async_engine(plan["database_url"], pool_size=CONNECTIONS, max_overflow=0)
    sessions = async_sessionmaker(engine, expire_on_commit=False)
    http = httpx.AsyncClient()
    tmoney = TMoney(http, plan["operators"]["tmoney"])
    steps = Steps(sessions, tmoney, Flooz(http, plan["operators"]["flooz"]))

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        async with engine.begin() as connection:
            await connection.run_sync(Model.metadata.create_all)
        await _furnish(sessions)
        await tmoney.sign_in()
        yield
        await http.aclose()
        await engine.dispose()

    app = FastAPI(lifespan=life)
    _add_routes(app, steps)
    return app


def _add_routes(app: FastAPI, steps: Steps) -> None:
    @app.post("/v1/transfers", status_code=202)
    async def create(
        form: TransferForm, idempotency_key: str = Header(), authorization: str = Header()
    ) -> TransferView:
        if authorization != AUTHORIZATION:
            raise HTTPException(401)
        try:
            return _view(await steps.accept(_new_transfer(form, idempotency_key)))
        except FloatTooLow:
            raise HTTPException(422, "float_too_low") from None

    @app.get("/v1/transfers/{transfer_id}")
    async def read(transfer_id: str) -> TransferView:
        found = await steps.find(transfer_id)
        if found is None:
            raise HTTPException(404)
        return _view(found)

    @app.post("/callbacks/{operator}")
    async def hear(operator: str, request: Request) -> dict[str, str]:
        body = await request.body()
        await steps.receive(operator, json.loads(body)["idRequete"], body)
        return {"code": "2001", "message": "received"}


async def _furnish(sessions: async_sessionmaker[AsyncSession]) -> None:
    async with sessions() as session, session.begin():
        session.add_all(Account(name=name, balance=held) for name, held in ACCOUNTS.items())


def _new_transfer(form: TransferForm, key: str) -> Transfer:
    now = datetime.now(UTC)
    transfer_id = new_id("trf", at=now, random_bits=secrets.randbits(80))
    return Transfer(
        id=transfer_id,
        idempotency_key=key,
        reference=form.reference,
        status="debiting",
        payer=form.source.msisdn[1:],
        payee=form.destination.msisdn[1:],
        debit=form.amount + -(-form.amount // 100),
        credit=form.amount,
        debit_reference=operator_reference(transfer_id, LegKind.DEBIT),
        credit_reference=operator_reference(transfer_id, LegKind.CREDIT),
        debit_status="planned",
        credit_status="planned",
        description=form.description,
        created_at=now,
    )


def _view(transfer: Transfer) -> TransferView:
    return TransferView.model_validate(transfer, from_attributes=True)


if __name__ == "__main__":
    plan = json.loads(Path(sys.argv[1]).read_text())
    serve(lambda: create_naive(plan))
