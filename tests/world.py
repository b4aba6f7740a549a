"""A whole small world in one process: the real switch, real books, and the simulated operators.

Times are short so that a test waits for conditions and not for patience; nothing else differs
from production but the network, which calls the applications in place.
"""

import asyncio
import importlib
import json
import secrets
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cross.bootstrap import Surroundings, close_switch, front_door, open_switch
from cross.clock import system_clock
from cross.domain.leg import Leg
from cross.domain.limits import UNHINDERED
from cross.domain.money import Money
from cross.domain.movement import Movement, MovementKind
from cross.domain.msisdn import Msisdn
from cross.domain.quote import WalletAt
from cross.operators.registry import installed
from cross.outbound import HttpRequest, HttpResponse
from cross.sealing import new_master_key_line
from cross.settings import Settings
from cross.simulation.app import Simulators, create_simulators
from cross.simulation.loopback import AsgiOutbound
from cross.simulation.settings import SimulationSettings
from cross.storage import ledger
from cross.storage import movements as stored_movements
from cross.storage.sqlite import OwnThread, SqliteStore
from cross.storage.store import ApiKeyRow, MerchantRow, Store
from cross.switch import movements
from cross.switch.funding import fund_float, fund_merchant
from cross.switch.keys import SCOPES, hash_of
from cross.switch.switch import Switch
from cross.worker import Worker

SWITCH_ADDRESS: Final = "http://switch"
SIMULATORS_ADDRESS: Final = "http://simulators"
MERCHANT: Final = "mer_01JABCDEFGHJKMNPQRSTVWXYZ0"
SECRET: Final = "sk_test_world"
FLOAT: Final = 100_000_000
MERCHANT_HOLDS_AT: Final = ("flooz", "tmoney")
"""Whichever operators are installed, the merchant starts with the same money."""

StoreMaker = Callable[[], Store]


def quick_settings(*, only: Collection[str] = (), **changed: Any) -> Settings:
    """Settings of a switch that is as patient as a test, connected to all or to a few operators."""
    operators = {
        name: {
            **_simulator_of(name).sandbox_settings(f"{SIMULATORS_ADDRESS}/{name}"),
            "answer_timeout_seconds": "0.4",
        }
        for name in only or installed()
    }
    quick: dict[str, Any] = {
        "callback_secret": "world",
        "public_url": SWITCH_ADDRESS,
        "query_schedule_seconds": (0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0, 1.5, 2.0),
        "query_every_seconds": 0.5,
        "settling_seconds": 0.2,
        "apart_seconds": 0.1,
        "look_every_seconds": 0.1,
        "limits": dict(UNHINDERED),
        # A machine that tests share may stand still for seconds: that is no overload.
        "capacity": {"lag_seconds_max": 60.0, "writes_seconds_max": 60.0},
        "operators": operators,
    }
    return Settings(**{**quick, **changed})


@dataclass(slots=True, eq=False)
class World:
    """The switch, its surroundings, and short ways to ask both."""

    switch: Switch
    worker: Worker
    simulators: Simulators
    network: AsgiOutbound
    totals_at_start: Mapping[str, int]

    async def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        key: str | None = None,
        secret: str = SECRET,
    ) -> tuple[HttpResponse, Any]:
        """An API call as the merchant; the answer and its JSON."""
        headers = [("Authorization", f"Bearer {secret}"), ("Content-Type", "application/json")]
        if key is not None:
            headers.append(("Idempotency-Key", key))
        content = b"" if body is None else json.dumps(body).encode()
        request = HttpRequest(method, SWITCH_ADDRESS + path, tuple(headers), content)
        answer = await self.network.send(request)
        return answer, json.loads(answer.body) if answer.body else None

    async def control(self, method: str, path: str, body: Any = None) -> Any:
        """A call of the simulators' control API."""
        content = b"" if body is None else json.dumps(body).encode()
        headers = (("Content-Type", "application/json"),)
        request = HttpRequest(method, f"{SIMULATORS_ADDRESS}/control{path}", headers, content)
        answer = await self.network.send(request)
        assert answer.status < 300, answer.body
        return json.loads(answer.body) if answer.body else None

    async def stored(self, kind: MovementKind, movement_id: str) -> Movement:
        """The movement as the switch has it."""
        return await movements.find(self.switch, movement_id, merchant=MERCHANT, kind=kind)

    async def stored_leg(self, movement_id: str) -> Leg:
        """The first leg of a movement, as the books have it."""
        found = await stored_movements.get(self.switch.store, movement_id)
        assert found is not None
        return found.legs[0]

    async def balances(self) -> Mapping[str, int]:
        """Every ledger account's balance in its natural direction."""
        found = await ledger.balances(self.switch.store)
        return {balance.account.name: balance.natural for balance in found}

    async def assert_in_agreement(self) -> None:
        """I-01, I-02, I-33, conservation: operators and books agree to the franc."""
        assert self.simulators.totals() == self.totals_at_start
        books = await self.balances()
        for name in self.switch.operators:
            partner = await self.control("GET", f"/partner/{name}")
            assert partner["balance"] == books[f"float:{name}"], name
        assert await ledger.unbalanced(self.switch.store) == []
        assert await ledger.drifted(self.switch.store) == []


def wallet(operator: str, msisdn: str) -> WalletAt:
    """A wallet by operator and E.164 number."""
    return WalletAt(operator, Msisdn(msisdn))


async def until(condition: Callable[[], bool], *, seconds: float = 20.0) -> None:
    """Waits until something is so; `TimeoutError` where it never is."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.005)


@asynccontextmanager
async def small_world(
    folder: Path,
    *,
    store: Store | None = None,
    settings: Settings | None = None,
    simulation: SimulationSettings | None = None,
) -> AsyncIterator[World]:
    """A world with funded floats and a merchant; closed at the end, its tasks finished."""
    network_routes: dict[str, Any] = {}
    network = AsgiOutbound(network_routes)
    simulators = create_simulators(
        outbound=network,
        clock=system_clock,
        random_bits=secrets.randbits,
        settings=simulation or SimulationSettings(prompt_delay_seconds=0.0),
    )
    network_routes[SIMULATORS_ADDRESS] = simulators
    books = store or SqliteStore(
        folder / "books.db", clock=system_clock, writer=OwnThread("w"), reader=OwnThread("r")
    )
    around = Surroundings(system_clock, secrets.randbits, network, books)
    settings = with_master_key(settings or quick_settings(), folder)
    switch, worker = await open_switch(settings, around)
    network_routes[SWITCH_ADDRESS] = front_door(switch, settings)
    world = World(switch, worker, simulators, network, simulators.totals())
    await _furnish(world)
    try:
        yield world
    finally:
        await close_switch(world.switch, world.worker)
        await network.settle()


def with_master_key(settings: Settings, folder: Path) -> Settings:
    """The settings, with a master key in the folder unless they name one."""
    if settings.master_key_file is not None:
        return settings
    file = folder / "master.key"
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(new_master_key_line("first", random_bits=secrets.randbits))
    return settings.model_copy(update={"master_key_file": file})


async def _furnish(world: World) -> None:
    switch = world.switch
    now = switch.clock()
    await switch.store.add_merchant(
        MerchantRow(MERCHANT, "Boutique", now),
        ApiKeyRow(
            "key_world",
            MERCHANT,
            livemode=False,
            secret_hash=hash_of(SECRET),
            scopes=SCOPES,
            at=now,
        ),
    )
    for name in switch.operators:
        currency, theirs = switch.profile(name).currency, 0
        if name in MERCHANT_HOLDS_AT:
            theirs = FLOAT // 2
            await fund_merchant(switch, MERCHANT, name, Money(theirs, currency), name="start")
        await fund_float(switch, name, Money(FLOAT - theirs, currency), name="start")
        await world.control(
            "PUT",
            f"/credentials/{name}/cross",
            {"callback_url": f"{SWITCH_ADDRESS}/callbacks/{name}/{switch.callback_tokens[name]}"},
        )


def _simulator_of(operator: str) -> Any:
    return importlib.import_module(f"cross.operators.{operator.replace('-', '_')}.simulator")
