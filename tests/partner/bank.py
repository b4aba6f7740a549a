"""A bank at the gateway of a small world, and the server at which it is called back."""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from cross.bootstrap import Surroundings, close_switch, front_door, open_switch
from cross.clock import system_clock
from cross.domain.money import XOF, xof
from cross.domain.partner import Partner
from cross.gateway_settings import MbankingSettings
from cross.outbound import HttpRequest, HttpResponse
from cross.settings import Settings
from cross.storage.store import Store
from cross.switch import balances, partners, recovery
from cross.switch.partners import Deposit
from cross.switch.switch import Switch
from tests.world import SWITCH_ADDRESS, World, quick_settings, small_world, with_master_key

USERNAME: Final = "banque-test"
PASSWORD: Final = "un mot de passe"
MERCHANTID: Final = "2000000000000002"
CALLBACKS: Final = "http://bank.example/callbacks"
FLOAT: Final = 5_000_000


@dataclass(slots=True)
class Receiver:
    """What the bank was told, as it came; `status` is what it answers."""

    bodies: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    status: int = 200

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        self.bodies.append(json.loads(body))
        self.headers.append({key.decode(): value.decode() for key, value in scope["headers"]})
        await send({"type": "http.response.start", "status": self.status, "headers": []})
        await send({"type": "http.response.body", "body": b'{"code":"2001"}'})


@dataclass(slots=True)
class Bank:
    """A partner, its world, and short ways to ask."""

    world: World
    partner: Partner
    receiver: Receiver
    settings: Settings
    folder: Path
    token: str = ""
    clock_ahead_seconds: int = 0

    async def leave(self, path: str | None, fields: Any, query: Any) -> None:
        """Asks for a credit, and is gone before the answer: of version 2, or of version 1."""
        pairs = (("authorization", self.token),)
        body = json.dumps(fields).encode()
        if path is None:
            asked = {"merchantid": MERCHANTID, "password": PASSWORD, **query}
            asked["referenceid"] = fields["idRequete"]
            path, body = f"/mbanking/v1/credit?{urlencode(asked)}", b""
        method = "POST" if body else "GET"
        gone = HttpRequest(method, SWITCH_ADDRESS + path, pairs, body, deadline_seconds=0)
        await self.world.network.send(gone)

    async def deliveries(self) -> list[tuple[str, int]]:
        """The callbacks that the books hold: state and tries."""
        found = await self.world.switch.store.rows("SELECT state, tries FROM deliveries", {})
        return sorted((str(row[0]), int(row[1])) for row in found)

    async def die(self) -> None:
        """Ends all that the process does, wherever it is; of its lease nothing is left."""
        switch = self.world.switch
        switch.stopping = True
        for task in [*switch.tasks.values(), *self.world.network._running]:
            task.cancel()
        recovery.let_go_of_all(switch)
        assert await switch.store.renew(switch.lease.owner, lease_seconds=0)

    @asynccontextmanager
    async def in_another_process(self, store: Store) -> AsyncIterator[Switch]:
        """Another process on the books, at the same addresses."""

        def clock() -> datetime:
            return system_clock() + timedelta(seconds=self.clock_ahead_seconds)

        around = Surroundings(clock, secrets.randbits, self.world.network, store)
        switch, worker = await open_switch(with_master_key(self.settings, self.folder), around)
        self.world.network._routes[SWITCH_ADDRESS] = front_door(switch, self.settings)  # type: ignore[index]
        yield switch
        await close_switch(switch, worker)

    async def send(
        self, method: str, path: str, body: bytes = b"", **headers: str
    ) -> tuple[int, Any]:
        """Any request; status and JSON."""
        answer = await self.answer(method, path, body, **headers)
        return answer.status, json.loads(answer.body)

    async def answer(
        self, method: str, path: str, body: bytes = b"", **headers: str
    ) -> HttpResponse:
        """Any request, its whole answer."""
        pairs = tuple((name.replace("_", "-"), value) for name, value in headers.items())
        request = HttpRequest(method, SWITCH_ADDRESS + path, pairs, body)
        return await self.world.network.send(request)

    async def log_in(self, **fields: Any) -> tuple[int, Any]:
        """The login call; keeps the token."""
        asked = {"nomUtilisateur": USERNAME, "motDePasse": PASSWORD, **fields}
        status, told = await self.send("POST", "/mbanking/login", json.dumps(asked).encode())
        if "data" in told:
            self.token = told["data"]["token"]
        return status, told

    async def ask(self, path: str, fields: Any, *, token: str | None = None) -> tuple[int, Any]:
        """A POST of version 2."""
        given = self.token if token is None else token
        body = json.dumps(fields).encode()
        return await self.send("POST", path, body, authorization=given)

    async def get(self, path: str, **fields: Any) -> tuple[int, Any]:
        """A GET, of version 1 or of a check."""
        return await self.send("GET", f"{path}?{urlencode(fields)}", authorization=self.token)

    async def old(self, path: str, **fields: Any) -> tuple[int, Any]:
        """A GET of version 1, with its credentials."""
        asked = {"merchantid": MERCHANTID, "password": PASSWORD, **fields}
        return await self.get(path, **asked)

    async def set(self, **fields: Any) -> None:
        """The partner changed."""
        found = await partners.find(self.world.switch, self.partner.id)
        self.partner = await partners.change(self.world.switch, found, fields, who="test")

    async def spend_down_to(self, left: int) -> None:
        """Credits until so much of the float is left."""
        number = 0
        while True:
            number += 1
            fields = {"montant": 1_000_000, "numeroClient": f"2289011{number:02}99"}
            found = await balances.of_merchant(self.world.switch, self.partner.merchant)
            available = next(one.available for one in found if one.currency is XOF)
            if available <= left:
                return
            fields["montant"] = min(1_000_000, available - left)
            _, told = await self.ask("/mbanking/v2/credit", order(f"SPENT-{number}", **fields))
            assert told["statutRequete"] == "SUCCES", told


def order(bank_id: str, **fields: Any) -> dict[str, Any]:
    """A body of version 2."""
    return {
        "idRequete": bank_id,
        "numeroClient": "22890112201",
        "montant": 1500,
        "refCommande": "CMD-77",
        "dateHeureRequete": "2026-11-22 10:15:00",
        "description": "Depot",
        **fields,
    }


@asynccontextmanager
async def open_bank(
    folder: Path, *, store: Store | None = None, wait_seconds: float = 5.0, **more: Any
) -> AsyncIterator[Bank]:
    """A bank with money in its float, signed in."""
    mbanking = MbankingSettings(credit_wait_seconds=wait_seconds, **more)
    settings = quick_settings(mbanking=mbanking, webhook_private_networks=True)
    async with small_world(folder, store=store, settings=settings) as world:
        receiver = Receiver()
        world.network._routes["http://bank.example"] = receiver  # type: ignore[index]
        partner = await partners.open_partner(
            world.switch,
            {
                "name": "Banque Test",
                "number": "77",
                "username": USERNAME,
                "merchantid": MERCHANTID,
                "callback_url": CALLBACKS,
            },
            password=PASSWORD,
            who="test",
        )
        await partners.fund(
            world.switch, partner, Deposit("tmoney", xof(FLOAT), "start"), who="test"
        )
        partner_float = await world.control("GET", "/partner/tmoney")
        await world.control("PUT", "/partner/tmoney", {"balance": partner_float["balance"] + FLOAT})
        world.totals_at_start = world.simulators.totals()
        bank = Bank(world, partner, receiver, settings, folder)
        await bank.log_in()
        yield bank


def with_bank(folder: Path, promise: Callable[[Bank], Awaitable[None]], **settings: Any) -> None:
    """Keeps a promise in a small world with one bank, whose books agree in the end."""

    async def kept() -> None:
        async with open_bank(folder, **settings) as bank:
            await promise(bank)
            await bank.world.assert_in_agreement()

    asyncio.run(kept())
