"""The simulated operators and their control API as one ASGI application."""

from collections import deque
from collections.abc import Mapping

from cross import garbage
from cross.clock import Clock
from cross.domain.ids import RandomBits
from cross.outbound import Outbound
from cross.simulation.asgi import (
    Receive,
    Scope,
    Send,
    answer_lifespan,
    read_request,
    send_reply,
)
from cross.simulation.bank_server import BankServer
from cross.simulation.bench import Bench
from cross.simulation.control import Control
from cross.simulation.control_clients import ClientCalls
from cross.simulation.control_faults import FaultCalls
from cross.simulation.control_money import MoneyCalls
from cross.simulation.control_people import PeopleCalls
from cross.simulation.control_statements import StatementCalls
from cross.simulation.desk import Desk, Exchange
from cross.simulation.dialect import installed_modules
from cross.simulation.exchange import Reply, Request
from cross.simulation.handset import Handsets
from cross.simulation.journal import Journal
from cross.simulation.receiver import WebhookReceiver
from cross.simulation.settings import SimulationSettings
from cross.simulation.world import World, create_world

_NOT_FOUND = Reply(404, b'{"error":"no operator is simulated here"}')


class Simulators:
    """Every installed operator's simulator, each below `/<name>`, and `/control`."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._exchanges: deque[Exchange] = deque(maxlen=world.settings.requests_kept)
        self.desks: Mapping[str, Desk] = {
            module.FACTS.name: Desk(module, world=world, exchanges=self._exchanges)
            for module in installed_modules()
        }
        people = PeopleCalls(self.desks)
        self._receiver = WebhookReceiver(world.timers)
        self._bank = BankServer(world.timers)
        self._bench = Bench(
            self.desks,
            world=world,
            exchanges=self._exchanges,
            webhooks=self._receiver.received,
        )
        self._handsets = Handsets(
            people, operators=tuple(self.desks), random_bits=world.random_bits
        )
        self._control = Control(
            MoneyCalls(self.desks, journal=world.journal).handlers(),
            people.handlers(),
            self._bench.handlers(),
            self._receiver.handlers(),
            self._bank.handlers(),
            StatementCalls(self.desks, journal=world.journal, timers=world.timers).handlers(),
            ClientCalls(self.desks, keys=world.keys).handlers(),
            FaultCalls(
                self.desks, world=world, exchanges=self._exchanges, reset=self.reset
            ).handlers(),
        )

    @property
    def journal(self) -> Journal:
        """Every movement at every operator."""
        return self._world.journal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer an operator's client, a control call, or the server's own start and stop."""
        if scope["type"] == "lifespan":
            garbage.look_seldom()
            await answer_lifespan(receive, send)
            return
        if scope["type"] != "http":
            return
        mount, _, rest = scope["path"][1:].partition("/")
        desk = self.desks.get(mount)
        if desk is not None:
            await desk.serve(scope, receive, send, f"/{rest}")
            return
        request = await read_request(scope, receive, path=rest)
        await send_reply(send, _NOT_FOUND if request is None else await self._house(mount, request))

    async def _house(self, mount: str, request: Request) -> Reply:
        """What the house itself serves beside the operators."""
        match mount:
            case "control":
                return self._control.answer(request)
            case "handset":
                return self._handsets.answer(request)
            case "bench":
                return await self._bench.answer(request)
            case "webhooks":
                return await self._receiver.answer(request)
            case "bank":
                return self._bank.answer(request)
            case _:
                return _NOT_FOUND

    def totals(self) -> Mapping[str, int]:
        """All the money at each operator: what never changes but by a PUT."""
        return {name: desk.purse.totals().total for name, desk in self.desks.items()}

    def advance(self, seconds: float) -> None:
        """Move the simulators' clock ahead."""
        self._world.timers.advance(seconds)

    async def settle(self) -> None:
        """Wait until every callback under way has been answered or given up."""
        await self._world.timers.settle()

    def reset(self) -> None:
        """Back to the start, but for the first clients' callback addresses."""
        self._world.timers.clear()
        self._world.journal.clear()
        self._world.faults.remove()
        self._exchanges.clear()
        self._receiver.forget()
        self._bank.forget()
        for desk in self.desks.values():
            desk.reset()


def create_simulators(
    *, outbound: Outbound, clock: Clock, random_bits: RandomBits, settings: SimulationSettings
) -> Simulators:
    """The simulated operators, in which nothing has happened; callbacks leave by `outbound`."""
    return Simulators(
        create_world(outbound=outbound, clock=clock, random_bits=random_bits, settings=settings)
    )
