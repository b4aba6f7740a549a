"""A scene for the contract: one installed operator's connector before its own simulator."""

import asyncio
import importlib
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

import pytest

from cross.domain.ids import operator_reference
from cross.domain.money import Money
from cross.domain.msisdn import Msisdn
from cross.domain.operator import (
    CollectMode,
    HandOver,
    LegRequest,
    LookUp,
    Operator,
    Original,
    Pending,
    Profile,
    RawCallback,
    RefundMode,
    Visit,
)
from cross.operators.registry import installed
from cross.outbound import HttpRequest, HttpResponse, NoAnswer
from cross.simulation.settings import SimulationSettings
from tests.simulators.stage import AT_ONCE, CLIENT, NOON, SIMULATORS, Stage, play, seeded_bits

INSTALLED: Final = installed()
NAMES: Final = tuple(INSTALLED)

COLLECTION: Final = ("collect", "look_up_collection")
PAYOUT: Final = ("pay_out", "look_up_payout")
QUERIES: Final = ("look_up_collection", "look_up_payout")
OPEN_SECONDS: Final = 1800
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
        """What the operator sent to us so far, as the web server hands it on."""
        return [
            RawCallback(
                call.method,
                call.query.decode("ascii"),
                tuple((name.decode(), value.decode("latin-1")) for name, value in call.headers),
                call.body,
                "127.0.0.1",
            )
            for call in self.stage.listener.calls
            if call.path.startswith("/callbacks/")
        ]

    def order(self, *, serial: int = 1, amount: int = 1500) -> LegRequest:
        """A collection whose payer is known only to the operator's page, open for half an hour."""
        return replace(
            self.request(serial=serial, amount=amount),
            wallet=None,
            visit=Visit(
                title="Commande 77",
                return_url=f"{CLIENT}/pay/back",
                cancel_url=f"{CLIENT}/pay/cancelled",
                until=NOON + timedelta(seconds=OPEN_SECONDS),
            ),
        )

    def refund_of(self, paid: LegRequest, *, amount: int, serial: int = 9) -> LegRequest:
        """A refund of a collection that was paid, whole or in part, to the wallet that paid."""
        original = Original(paid.reference, None, paid.money)
        request = self.request(serial=serial, amount=amount)
        return replace(
            request,
            reference=operator_reference(request.movement, "refund"),
            wallet=paid.wallet,
            original=original,
        )

    async def sent_away(self, request: LegRequest) -> HandOver:
        """The way to the operator's page, from the order's answer."""
        said = await self.operator.collect(request)
        assert isinstance(said, Pending)
        return self.way(request, said)

    def way(self, request: LegRequest, said: Pending) -> HandOver:
        """The way to the operator's page, from the reference that is kept."""
        assert said.keeps
        assert said.operator_reference is not None
        way = self.operator.hand_over(request, said.operator_reference)
        assert way is not None
        return way

    async def learned(self, request: LegRequest) -> LookUp:
        """What we know of a collection: by a query, or by the first callback that proves it."""
        if not self.profile.answers_queries:
            for callback in self.callbacks():
                hint = self.operator.read_callback(callback)
                if hint.reference == request.reference and hint.answer is not None:
                    return hint.answer
        return await self.operator.look_up_collection(request)

    async def wait(self, seconds: float) -> None:
        """Let time pass for everybody, and what it brings arrive."""
        await asyncio.sleep(seconds)
        await self.stage.settle()


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
        await act(Scene(PROFILES[name], operator, stage))

    play(whole, simulation)


def callback_of(body: object) -> RawCallback:
    """A callback with this JSON, or these bytes."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return RawCallback("POST", "", (), raw, CLIENT)


def _unused() -> datetime:
    raise AssertionError("connecting takes no time")


class _Nowhere:
    """No network: connecting sends nothing."""

    async def send(self, request: HttpRequest) -> HttpResponse:
        raise NoAnswer(f"nobody is at {request.url}", sent=False)


PROFILES: Final[Mapping[str, Profile]] = {
    name: found.connect(
        outbound=_Nowhere(),
        settings=sandbox_settings(name),
        clock=_unused,
        random_bits=seeded_bits(),
    ).profile
    for name, found in INSTALLED.items()
}
"""Every operator as the sandbox connects to it: what it offers may depend on its settings."""

COLLECTING: Final = tuple(
    name for name, profile in PROFILES.items() if profile.collect is CollectMode.PUSH
)
REDIRECTING: Final = tuple(
    name for name, profile in PROFILES.items() if profile.collect is CollectMode.REDIRECT
)
PAYING: Final = tuple(name for name, profile in PROFILES.items() if profile.pay_out)
OFFERED: Final = tuple(
    (name, *pair)
    for name in NAMES
    for pair, names in ((COLLECTION, COLLECTING), (PAYOUT, PAYING))
    if name in names
)
"""An operator, an effect that it offers, and the query that asks what became of it."""

of_every_operator: Final = pytest.mark.parametrize("name", NAMES)
of_every_push_collection: Final = pytest.mark.parametrize("name", COLLECTING)
of_every_hosted_page: Final = pytest.mark.parametrize("name", REDIRECTING)
of_every_hosted_page_with_queries: Final = pytest.mark.parametrize(
    "name", [name for name in REDIRECTING if PROFILES[name].answers_queries]
)
of_every_refund_of_its_own: Final = pytest.mark.parametrize(
    "name", [name for name in NAMES if PROFILES[name].refunds is RefundMode.OPERATOR]
)
of_every_refund_by_credit: Final = pytest.mark.parametrize(
    "name", [name for name in PAYING if PROFILES[name].refunds is RefundMode.CREDIT]
)
of_every_payout: Final = pytest.mark.parametrize("name", PAYING)
of_every_query: Final = pytest.mark.parametrize(
    ("name", "query"),
    [
        (name, query)
        for name, profile in PROFILES.items()
        for query, offered in ((COLLECTION[1], True), (PAYOUT[1], profile.pay_out))
        if offered and profile.answers_queries
    ],
)
of_every_silent_operator: Final = pytest.mark.parametrize(
    "name", [name for name, profile in PROFILES.items() if not profile.answers_queries]
)
of_every_effect: Final = pytest.mark.parametrize(("name", "effect", "query"), OFFERED)
