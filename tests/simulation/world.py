"""One seed's world: switch, books, operators, merchants, a bank, and the network between."""

import asyncio
import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cross.bootstrap import callback_token
from cross.domain.limits import UNHINDERED
from cross.gateway_settings import MbankingSettings
from cross.operators.registry import installed
from cross.outbound import HttpRequest, HttpResponse
from cross.settings import EXAMPLE_RATES, Settings, given_settings
from cross.simulation.app import Simulators, create_simulators
from cross.simulation.journal import Movement
from cross.simulation.loopback import AsgiOutbound
from tests.power_loss import PowerLossDisk
from tests.simulation import rest, told
from tests.simulation.asked import OPERATORS
from tests.simulation.bank import BANK, Bank, wishes_of
from tests.simulation.blank import MERCHANT, OTHER, SECRETS, SHOPS, float_at_start
from tests.simulation.books import Books
from tests.simulation.death import Ground, Reaper, SwitchProcess
from tests.simulation.disk import Disk
from tests.simulation.families import CRASH_LOOP, Families
from tests.simulation.invariants import Watch
from tests.simulation.loop import START, SimulatedLoop
from tests.simulation.network import Host, Network
from tests.simulation.orders import Order, batches_of, orders_of, pages_of
from tests.simulation.payers import Person
from tests.simulation.shops import Shop
from tests.simulation.swarm import Swarm, stream
from tests.simulation.tape import Tape
from tests.simulation.troubles import Troubles
from tests.simulation.workload import SWITCH, Means, Merchant

CALLBACK_SECRET: Final = "simulation"
REST_SECONDS_MAX: Final = 4 * 3600.0
"""Two hours for which D-Money keeps an order open that nobody pays, and then it is asked hourly."""
LOOK_SECONDS: Final = 15.0
PROMPT_SECONDS: Final = 5.0
"""Within this a webhook goes out that nothing holds up."""
AFTERMATH_SECONDS: Final = 60.0


def settings_of_switch(
    master_key: Path, swarm: Swarm | None = None, families: Families | None = None
) -> Settings:
    """The switch's settings: production's own, but for how often it looks for others' leavings."""
    operators = {
        name: dict(_simulator_of(name).sandbox_settings(f"{OPERATORS}/{name}"))
        for name in installed()
    }
    given: dict[str, Any] = {
        "callback_secret": CALLBACK_SECRET,
        "master_key_file": master_key,
        "public_url": SWITCH,
        "operators": operators,
        "rates": EXAMPLE_RATES,
        "limits": dict(UNHINDERED),
        "lease_seconds": 600.0,
        "look_every_seconds": 20.0 if swarm is None else swarm.look_every_seconds,
        "webhook_private_networks": True,
    }
    if families is not None:
        given |= {
            "webhook_schedule_seconds": families.schedule,
            "webhook_failing_seconds": families.failing_seconds,
            "mbanking": MbankingSettings(credit_wait_seconds=families.waits_seconds),
        }
    return given_settings(given)


@dataclass(frozen=True, slots=True)
class Stage:
    """What a world is built from; `signing` are webhooks' secrets by merchant."""

    seed: int
    swarm: Swarm
    families: Families
    loop: SimulatedLoop
    tape: Tape
    path: Path
    settings: Settings
    signing: Mapping[str, str]
    synchronous: str
    power: PowerLossDisk | None


class World:
    """Everything of one seed, joined; `play` runs it to its end."""

    def __init__(self, stage: Stage) -> None:
        seed, swarm, loop = stage.seed, stage.swarm, stage.loop
        self._stage = stage
        rates = {**swarm.network, "truncate": stage.families.truncates}
        self.network = Network(loop, stream(seed, "network"), stage.tape, rates)
        self.simulators: Simulators = create_simulators(
            outbound=self.network.line_of("operators"),
            clock=loop.clock,
            random_bits=stream(seed, "operators").getrandbits,
            settings=swarm.simulation,
        )
        direct = AsgiOutbound({OPERATORS: self.simulators})
        self.books = Books(stage.path)
        self.watch = Watch(self.books, self.simulators, stage.tape, loop.stop)
        self.person = Person(direct, stream(seed, "person"))
        self.merchants = self._make_merchants()
        self.bank = Bank(self.network.line_of("bank"), stream(seed, "bank"))
        self.shops = self._make_shops()
        self.process, self.reaper, ground = self._make_process()
        self._troubles = Troubles(ground, direct)
        self._totals: Mapping[str, int] = {}
        self._sent_at: dict[str, float] = {}

    def _make_merchants(self) -> list[Merchant]:
        seed = self._stage.seed
        made = list[Merchant]()
        for merchant, name in ((MERCHANT, ""), (OTHER, " of the other")):
            means = Means(
                merchant,
                SECRETS[merchant],
                self.network.line_of("merchant"),
                self.person.pay_on,
                stream(seed, f"merchant{name}"),
                stream(seed, f"refunds{name}"),
            )
            made.append(Merchant(means, made[0].outcomes if made else None))
        return made

    def _make_shops(self) -> dict[str, Shop]:
        stage = self._stage
        manners = {MERCHANT: "well", OTHER: stage.families.shop}
        shops = {
            merchant: Shop(merchant, secret, stream(stage.seed, merchant), manner=manners[merchant])
            for merchant, secret in stage.signing.items()
        }
        for merchant, shop in shops.items():
            self.network.attach(Host(SHOPS[merchant], shop), origin=SHOPS[merchant])
        self.network.attach(Host("bank", self.bank), origin=BANK)
        return shops

    def _make_process(self) -> tuple[SwitchProcess, Reaper, Ground]:
        stage, host = self._stage, Host("switch")
        swarm, random = stage.swarm, stream(stage.seed, "disk")
        disk = Disk(random, swarm.disk_seconds, stage.synchronous, stage.power)
        ground = Ground(
            loop=stage.loop,
            tape=stage.tape,
            network=self.network,
            path=stage.path,
            books=self.books,
            settings=stage.settings,
            seed=stage.seed,
            disk=disk,
        )
        process = SwitchProcess(ground, host)
        is_loop = stage.families.is_crash_loop and swarm.deaths > 0
        deaths = CRASH_LOOP if is_loop else swarm.deaths
        reaper = Reaper(process, ground, deaths=deaths, in_a_row=is_loop)
        process.reaper = reaper

        def committed() -> None:
            self.watch.after_commit()
            reaper.happened("commit")

        disk.committed, disk.lost = committed, process.disk_failed
        self.network.attach(host, origin=SWITCH)
        self.network.attach(Host("operators", self.simulators), origin=OPERATORS)
        return process, reaper, ground

    async def play(self) -> None:
        """From the first order until nothing moves any more, and then the last checks."""
        stage = self._stage
        await self._set_up()
        self._listen()
        self.process.boot()
        people = asyncio.gather(*self._people())
        self._troubles.begin(stage.swarm, stage.families)
        await asyncio.sleep(max(stage.swarm.faults_end_seconds, stage.families.ends_seconds))
        self.reaper.rest()
        for shop in self.shops.values():
            shop.manner = "well"
        await self._troubles.end()
        stage.tape.note("calm")
        await people
        await self.bank.settle()
        await self._until_at_rest()
        await asyncio.sleep(AFTERMATH_SECONDS)
        await self._until_told()
        for violation in self._violations_at_rest():
            self.watch.broken("", violation)

    def strange(self) -> list[str]:
        """What somebody outside found wrong."""
        lists = [merchant.outcomes.strange for merchant in self.merchants]
        lists += [shop.strange for shop in self.shops.values()]
        return [found for one in [*lists, self.bank.words.strange] for found in one]

    def close(self) -> None:
        """Let the file go."""
        self.process.close()
        self.books.close()

    def _violations_at_rest(self) -> list[str]:
        outcomes = [merchant.outcomes for merchant in self.merchants]
        tries_max = len(self._stage.families.schedule) + 1
        put_off = bool(self._stage.families.clock_steps)
        heard = told.Heard(self.shops, self.bank.words, tries_max, put_off)
        now = self.books.snapshot()
        return [
            *rest.check(self.watch, self.simulators, outcomes, self._totals),
            *told.check(self.books, now, heard, outcomes),
            *(self._late_webhooks() if self._is_prompt() else ()),
        ]

    def _is_prompt(self) -> bool:
        """Whether nothing holds webhooks up but what the other merchant's server does."""
        swarm, families = self._stage.swarm, self._stage.families
        held_up = (
            *(swarm.deaths, swarm.full_disks, swarm.disk_seconds > 0.02),
            *(families.clock_steps, families.slow_disks),
            *(name in swarm.network for name in ("lose", "lose_answer", "reset", "slow")),
        )
        return not any(held_up)

    def _late_webhooks(self) -> list[str]:
        return [
            f"I-39 {event} was first sent after {seconds:.1f} s"
            for event, seconds in told.first_sent(self.books, MERCHANT, self._sent_at)
            if seconds > PROMPT_SECONDS
        ]

    async def _set_up(self) -> None:
        control = self._troubles.control
        for name in self.simulators.desks:
            balance = float_at_start(name, poor=self._stage.swarm.poor)
            await control("PUT", f"/partner/{name}", {"balance": balance})
            address = f"{SWITCH}/callbacks/{name}/{callback_token(CALLBACK_SECRET, name)}"
            await control("PUT", f"/credentials/{name}/cross", {"callback_url": address})
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

    def _sent(self, sender: str, request: HttpRequest) -> None:
        self.watch.sent(sender, request)
        if sender != "switch":
            return
        is_webhook = not request.url.startswith(OPERATORS)
        if is_webhook:
            event = dict(request.headers).get("webhook-id", "")
            self._sent_at.setdefault(event, self._stage.loop.time())
        self.reaper.happened("webhook" if is_webhook else "sent")

    def _answered(self, host: str, request: HttpRequest, response: HttpResponse) -> None:
        self.watch.answered(host, request, response)
        if host == "switch":
            self.reaper.happened("callback" if "/callbacks/" in request.url else "told")

    def _people(self) -> list[Any]:
        seed, families = self._stage.seed, self._stage.families
        abroad = stream(seed, "orders abroad") if self._stage.swarm.is_abroad else None
        orders = orders_of(stream(seed, "orders"), abroad)
        others = orders_of(stream(seed, "orders of the other"), counts=(1, 6))
        pages = pages_of(stream(seed, "pages"), families.pages)
        batches = batches_of(stream(seed, "batches"), families.batches)
        first, second = self.merchants
        work: list[Any] = [first.place(order) for order in (*orders, *pages, *batches)]
        work += [second.place(order) for order in others]
        wallets = [order.wallets[0] for order in orders]
        wishes = wishes_of(stream(seed, "wishes"), families.bank_requests, wallets)
        work += [self.bank.want(wish) for wish in wishes]
        work += [self._hold(order) for order in (*orders, *others) if _is_held(order)]
        return work

    def _hold(self, order: Order) -> Any:
        return self.person.hold(order.wallets[0], from_seconds=order.at_seconds)

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
            moving += told.waiting(self.books, until=START.timestamp() + until)
            heard = not self.books.rows("SELECT 1 FROM callbacks WHERE waiting = 1 LIMIT 1")
            if not moving and heard and loop.time() > self.network.held_until:
                return
            if loop.time() > until:
                self.watch.broken("I-21", f"under way: {moving}, callbacks all heard: {heard}")
            await asyncio.sleep(LOOK_SECONDS)

    async def _until_told(self) -> None:
        """News of the last moments, as of the house, has the time that any webhook has (I-38)."""
        loop = self._stage.loop
        until = loop.time() + PROMPT_SECONDS
        while loop.time() < until and told.waiting(self.books, until=START.timestamp() + until):
            await asyncio.sleep(1.0)


def _is_held(order: Order) -> bool:
    return order.kind != "payout" and order.wallets[0].endswith("00")


def _simulator_of(operator: str) -> Any:
    return importlib.import_module(f"cross.operators.{operator.replace('-', '_')}.simulator")
