"""One seed's world: the switch, its books, both operators, merchants, and the network between."""

import asyncio
import importlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

from cross.bootstrap import callback_token
from cross.domain.limits import UNHINDERED
from cross.operators.registry import installed
from cross.outbound import HttpRequest, HttpResponse
from cross.settings import EXAMPLE_RATES, Settings, given_settings
from cross.simulation.app import Simulators, create_simulators
from cross.simulation.journal import Movement
from cross.simulation.loopback import AsgiOutbound
from tests.simulation import rest
from tests.simulation.asked import OPERATORS
from tests.simulation.blank import float_at_start
from tests.simulation.books import Books
from tests.simulation.death import Ground, Reaper, SwitchProcess
from tests.simulation.invariants import Watch
from tests.simulation.loop import SimulatedLoop
from tests.simulation.network import Host, Network
from tests.simulation.swarm import Planted, Swarm, stream
from tests.simulation.tape import Tape
from tests.simulation.workload import SWITCH, Merchant, Person, orders_of

CALLBACK_SECRET: Final = "simulation"
REST_SECONDS_MAX: Final = 2 * 3600.0
LOOK_SECONDS: Final = 15.0
AFTERMATH_SECONDS: Final = 60.0


def settings_of_switch(swarm: Swarm | None = None) -> Settings:
    """The switch's settings: production's own, but for how often it looks for others' leavings."""
    operators = {
        name: dict(_simulator_of(name).sandbox_settings(f"{OPERATORS}/{name}"))
        for name in installed()
    }
    look_every = 20.0 if swarm is None else swarm.look_every_seconds
    return given_settings(
        {
            "callback_secret": CALLBACK_SECRET,
            "operators": operators,
            "rates": EXAMPLE_RATES,
            "limits": dict(UNHINDERED),
            "lease_seconds": 600.0,
            "look_every_seconds": look_every,
        }
    )


@dataclass(frozen=True, slots=True)
class Stage:
    """What a world is built from."""

    seed: int
    swarm: Swarm
    loop: SimulatedLoop
    tape: Tape
    path: Path


class World:
    """Everything of one seed, joined; `play` runs it to its end."""

    def __init__(self, stage: Stage) -> None:
        seed, swarm, loop = stage.seed, stage.swarm, stage.loop
        self._stage = stage
        self.network = Network(loop, stream(seed, "network"), stage.tape, dict(swarm.network))
        self.simulators: Simulators = create_simulators(
            outbound=self.network.line_of("operators"),
            clock=loop.clock,
            random_bits=stream(seed, "operators").getrandbits,
            settings=swarm.simulation,
        )
        self._direct = AsgiOutbound({OPERATORS: self.simulators})
        self.books = Books(stage.path)
        self.watch = Watch(self.books, self.simulators, stage.tape, loop.stop)
        self.merchant = Merchant(
            self.network.line_of("merchant"), stream(seed, "merchant"), stream(seed, "refunds")
        )
        self._person = Person(self._direct, stream(seed, "person"))
        self.process, self.reaper = self._make_process()
        self._totals: Mapping[str, int] = {}

    def _make_process(self) -> tuple[SwitchProcess, Reaper]:
        stage, host = self._stage, Host("switch")
        ground = Ground(
            loop=stage.loop,
            tape=stage.tape,
            network=self.network,
            path=stage.path,
            settings=settings_of_switch(stage.swarm),
            seed=stage.seed,
            disk_seconds=stage.swarm.disk_seconds,
        )
        process = SwitchProcess(ground, host)
        reaper = Reaper(process, ground, stream(stage.seed, "death"), deaths=stage.swarm.deaths)
        process.reaper = reaper
        self.network.attach(host, origin=SWITCH)
        self.network.attach(Host("operators", self.simulators), origin=OPERATORS)
        return process, reaper

    async def play(self) -> None:
        """From the first order until nothing moves any more, and then the last checks."""
        await self._set_up()
        self._listen()
        self.process.boot()
        people = asyncio.gather(*self._people())
        swarm = self._stage.swarm
        for planted in swarm.planted:
            self.network.later(planted.at_seconds, partial(self._spoil, planted))
        for full in swarm.full_disks:
            self.network.later(full.at_seconds, partial(self._fill_disk, is_full=True))
            until = full.at_seconds + full.for_seconds
            self.network.later(until, partial(self._fill_disk, is_full=False))
        for cut in swarm.cuts:
            self.network.later(cut.at_seconds, partial(self.network.cut, cut))
            self.network.later(cut.at_seconds + cut.for_seconds, partial(self.network.cut, None))
        await asyncio.sleep(swarm.faults_end_seconds)
        self.reaper.rest()
        self.network.calm_down()
        await self._control("DELETE", "/faults")
        self._stage.tape.note("calm")
        await people
        await self._until_at_rest()
        await asyncio.sleep(AFTERMATH_SECONDS)
        for violation in rest.check(
            self.watch, self.simulators, self.merchant.outcomes, self._totals
        ):
            self.watch.broken("", violation)

    async def _set_up(self) -> None:
        for name in self.simulators.desks:
            balance = float_at_start(poor=self._stage.swarm.poor)
            await self._control("PUT", f"/partner/{name}", {"balance": balance})
            address = f"{SWITCH}/callbacks/{name}/{callback_token(CALLBACK_SECRET, name)}"
            await self._control("PUT", f"/credentials/{name}/cross", {"callback_url": address})
        self._totals = self.simulators.totals()

    def _listen(self) -> None:
        seen, journal, watch = self.network.seen, self.simulators.journal, self.watch
        append = journal.append

        def write_down(movement: Movement) -> None:
            append(movement)
            watch.after_effect(movement)
            self.reaper.happened("effect")

        journal.append = write_down  # type: ignore[method-assign]
        seen.arrived, seen.sent, seen.not_sent = watch.arrived, self._sent, watch.not_sent
        seen.answered, seen.held = self._answered, watch.held
        self.process.committed = watch.after_commit

    def _sent(self, sender: str, request: HttpRequest) -> None:
        self.watch.sent(sender, request)
        if sender == "switch":
            self.reaper.happened("sent")

    def _answered(self, host: str, request: HttpRequest, response: HttpResponse) -> None:
        self.watch.answered(host, request, response)
        if host == "switch" and "/callbacks/" in request.url:
            self.reaper.happened("callback")

    def _people(self) -> list[Any]:
        seed, is_abroad = self._stage.seed, self._stage.swarm.is_abroad
        abroad = stream(seed, "orders abroad") if is_abroad else None
        orders = orders_of(stream(seed, "orders"), abroad)
        work: list[Any] = [self.merchant.place(order) for order in orders]
        for order in orders:
            wallet = order.wallets[0]
            if order.kind != "payout" and wallet.endswith("00"):
                work.append(self._person.hold(wallet, from_seconds=order.at_seconds))
        return work

    def _fill_disk(self, *, is_full: bool) -> None:
        self._stage.tape.note("disk", "full" if is_full else "has space")
        self.process.disk_is_full = is_full
        self.network.faults["disk_full"] += is_full

    def _spoil(self, planted: Planted) -> None:
        loop, network = self._stage.loop, self.network
        loop.create_task(self._plant(planted), context=network.world.copy())

    async def _plant(self, planted: Planted) -> None:
        fault = {
            "operator": planted.operator,
            "fault": planted.kind.value,
            "probability": planted.probability,
            "value": planted.value,
        }
        self._stage.tape.note("fault", f"{planted.operator} {planted.kind}")
        answer = await self._control("POST", "/faults", fault)
        self.network.faults[planted.kind.value] += 1
        self.network.later(planted.for_seconds, lambda: self._mend(answer["id"]))

    def _mend(self, fault: str) -> None:
        work = self._control("DELETE", f"/faults/{fault}", may_fail=True)
        self._stage.loop.create_task(work, context=self.network.world.copy())

    async def _until_at_rest(self) -> None:
        loop = self._stage.loop
        until = loop.time() + REST_SECONDS_MAX
        while True:
            now = self.books.snapshot()
            moving = [
                movement.id
                for movement in now.movements.values()
                if not movement.is_final and not rest.is_stuck(movement, now)
            ]
            heard = not self.books.rows("SELECT 1 FROM callbacks WHERE waiting = 1 LIMIT 1")
            if not moving and heard and loop.time() > self.network.held_until:
                return
            if loop.time() > until:
                self.watch.broken("I-21", f"under way: {moving}, callbacks all heard: {heard}")
            await asyncio.sleep(LOOK_SECONDS)

    async def _control(
        self, method: str, path: str, body: object = None, *, may_fail: bool = False
    ) -> Any:
        content = b"" if body is None else json.dumps(body).encode()
        request = HttpRequest(method, f"{OPERATORS}/control{path}", (), content)
        answer = await self._direct.send(request)
        if not may_fail and answer.status >= 300:
            raise RuntimeError(f"control {path}: {answer.status} {answer.body!r}")
        return json.loads(answer.body)


def _simulator_of(operator: str) -> Any:
    return importlib.import_module(f"cross.operators.{operator.replace('-', '_')}.simulator")
