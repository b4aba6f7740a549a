"""A scene for the contract: one installed operator's connector before its own simulator."""

import asyncio
import importlib
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import pytest

from cross.domain.ids import operator_reference
from cross.domain.money import Money
from cross.domain.msisdn import Msisdn
from cross.domain.operator import CollectMode, LegRequest, Operator, Profile, RawCallback
from cross.operators.registry import installed
from cross.outbound import HttpRequest, HttpResponse, NoAnswer
from cross.simulation.settings import SimulationSettings
from tests.simulators.stage import AT_ONCE, CLIENT, NOON, SIMULATORS, Stage, play, seeded_bits

INSTALLED: Final = installed()
NAMES: Final = tuple(INSTALLED)
COLLECTING: Final = tuple(
    name for name, found in INSTALLED.items() if found.profile.collect is CollectMode.PUSH
)
PAYING: Final = tuple(name for name, found in INSTALLED.items() if found.profile.pay_out)

COLLECTION: Final = ("collect", "look_up_collection")
PAYOUT: Final = ("pay_out", "look_up_payout")
OFFERED: Final = tuple(
    (name, *pair)
    for name in NAMES
    for pair, names in ((COLLECTION, COLLECTING), (PAYOUT, PAYING))
    if name in names
)
"""An operator, an effect that it offers, and the query that asks what became of it."""

of_every_operator: Final = pytest.mark.parametrize("name", NAMES)
of_every_push_collection: Final = pytest.mark.parametrize("name", COLLECTING)
of_every_payout: Final = pytest.mark.parametrize("name", PAYING)
of_every_query: Final = pytest.mark.parametrize(
    ("name", "query"),
    [
        (name, query)
        for name, found in INSTALLED.items()
        for query, offered in ((COLLECTION[1], True), (PAYOUT[1], found.profile.pay_out))
        if offered and found.profile.answers_queries
    ],
)
of_every_silent_operator: Final = pytest.mark.parametrize(
    "name", [name for name, found in INSTALLED.items() if not found.profile.answers_queries]
)
of_every_effect: Final = pytest.mark.parametrize(("name", "effect", "query"), OFFERED)

QUERIES: Final = ("look_up_collection", "look_up_payout")
_MOVEMENT: Final = "trf_01HZX3T5J00000000000000"


@dataclass
class Scene:
    """The operator's connector, the stage on which its simulator stands, and requests to it."""

    profile: Profile
    operator: Operator
    stage: Stage

    def request(self, last_two: str = "01", *, serial: int = 1, amount: int = 1500) -> LegRequest:
        """A leg to the wallet whose number ends so; the serial tells legs apart."""
        movement = f"{_MOVEMENT}{serial:03d}"
        prefix = self.profile.prefixes[0].ljust(6, "1")
        return LegRequest(
            reference=operator_reference(movement, "debit"),
            wallet=Msisdn(f"+{self.profile.country.calling_code}{prefix}{last_two}"),
            money=Money(amount, self.profile.currency),
            movement=movement,
            description="Transfert Cross",
            requested_at=NOON,
        )

    async def ask(self, method: str, request: LegRequest) -> Any:
        """The operator's answer to that method."""
        return await getattr(self.operator, method)(request)

    async def moved(self, request: LegRequest) -> list[tuple[str, int]]:
        """What the simulator's journal says of the request: kind and amount of each movement."""
        movements = await self.stage.journal(
            operator=self.profile.name, reference=request.reference
        )
        return [(movement["kind"], movement["amount"]) for movement in movements]

    async def plant(self, fault: str, **more: object) -> None:
        """Plant a fault at this operator."""
        await self.stage.plant(self.profile.name, fault, **more)

    async def configure(self, **settings: object) -> None:
        """Change how the simulator serves us."""
        path = f"credentials/{self.profile.name}/cross"
        await self.stage.control("PUT", path, {"settings": settings})

    def callbacks(self) -> list[RawCallback]:
        """What was sent to us so far, as the web server hands it on."""
        return [
            RawCallback("POST", "", (("content-type", kind),), body, "192.0.2.7")
            for kind, body in self.stage.listener.heard
        ]


class Wrapped:
    """The network of a scene with something between, such as a cable that is cut."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self.cut = False

    async def send(self, request: HttpRequest) -> HttpResponse:
        if self.cut:
            raise NoAnswer("connection refused", sent=False)
        return await self._stage.network.send(request)


def simulator_of(name: str) -> Any:
    """The simulator in an operator's folder."""
    return importlib.import_module(f"cross.operators.{name.replace('-', '_')}.simulator")


def sandbox_settings(name: str) -> Mapping[str, str]:
    """The settings with which the sandbox connects to that operator's simulator."""
    settings: Mapping[str, str] = simulator_of(name).sandbox_settings(f"{SIMULATORS}/{name}")
    return settings


def clock() -> datetime:
    """The stage's clock: noon when its event loop starts."""
    return NOON + timedelta(seconds=asyncio.get_running_loop().time())


def connected(name: str, outbound: Wrapped, **settings: str) -> Operator:
    """The operator's connector with the sandbox's settings and these."""
    return INSTALLED[name].connect(
        outbound=outbound,
        settings={**sandbox_settings(name), **settings},
        clock=clock,
        random_bits=seeded_bits(7),
    )


def perform(
    name: str,
    act: Callable[[Scene], Awaitable[None]],
    *,
    simulation: SimulationSettings = AT_ONCE,
    settings: Mapping[str, str] | None = None,
) -> None:
    """Run one act before that operator's simulator; no money appears or vanishes in it."""

    async def whole(stage: Stage) -> None:
        await stage.listen(name)
        operator = connected(name, Wrapped(stage), **(settings or {}))
        await act(Scene(INSTALLED[name].profile, operator, stage))

    play(whole, simulation)


def callback_of(body: object) -> RawCallback:
    """A callback with this JSON, or these bytes."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return RawCallback("POST", "", (), raw, CLIENT)
