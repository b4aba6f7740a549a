"""A bank on the MBANKING gateway: signs in once, then credits a wallet so many times a second."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, Final

from bench.connection import Connections
from bench.traffic import BANK, BANK_CREDIT, BANK_PASSWORD, bank_client

SIGNED_IN: Final = "2000"
SUCCEEDED: Final = "SUCCES"


class Bank:
    """What one bank asked for so far, and how long each answer took."""

    def __init__(self, switch: str) -> None:
        self._connections = Connections(switch)
        self._token: str | None = None
        self._asked = 0
        self.credit_seconds: list[float] = []

    @asynccontextmanager
    async def credits(self, rate: float) -> AsyncIterator[None]:
        """So many a second for as long as the block; those under way are waited for."""
        if rate and self._token is None:
            await self._sign_in()
        over = asyncio.Event()
        working = asyncio.create_task(self._work(rate, over))
        try:
            yield
        finally:
            over.set()
            await working

    async def _work(self, rate: float, over: asyncio.Event) -> None:
        async with asyncio.TaskGroup() as group:
            while rate and not over.is_set():
                group.create_task(self._credit(self._asked))
                self._asked += 1
                await asyncio.sleep(1 / rate)

    async def _sign_in(self) -> None:
        body = {"nomUtilisateur": BANK, "motDePasse": BANK_PASSWORD}
        told = await self._ask("/mbanking/login", body)
        self._token = str(told["data"]["token"])

    async def _credit(self, number: int) -> None:
        began = time.perf_counter()
        told = await self._ask(
            "/mbanking/v2/credit",
            {
                "idRequete": f"BANK-{number}",
                "numeroClient": bank_client(number),
                "montant": BANK_CREDIT,
                "refCommande": f"C-{number}",
                "dateHeureRequete": datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S"),
                "description": "Virement",
            },
        )
        if told.get("statutRequete") != SUCCEEDED:
            raise ValueError(f"the bank was told {told}")
        self.credit_seconds.append(time.perf_counter() - began)

    async def _ask(self, path: str, content: dict[str, Any]) -> dict[str, Any]:
        body = json.dumps(content)
        shown = "" if self._token is None else f"Authorization: {self._token}\r\n"
        request = (
            f"POST {path} HTTP/1.1\r\nHost: switch\r\nContent-Type: application/json\r\n{shown}"
            f"Content-Length: {len(body)}\r\n\r\n{body}"
        )
        answer = await self._connections.ask(request.encode())
        return dict(json.loads(answer.body))
