"""Joins the parts: from settings to a switch that runs, and an ASGI application around it."""

import asyncio
import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import structlog

from cross import garbage
from cross.api import back, health
from cross.api.admin.app import AdminApp
from cross.api.app import create_app
from cross.api.metrics import PLACE as METRICS
from cross.api.metrics import MetricsApp
from cross.api.noted import Noted
from cross.clock import Clock, system_clock
from cross.connector.live import unfit_for_live_money
from cross.domain.conversion import OfferedRate, Rate, read_rate, require_sound
from cross.domain.ids import RandomBits
from cross.domain.limits import UnknownLimit, read_limit
from cross.domain.money import currency_named
from cross.domain.webhook_address import Rules, target_of
from cross.front_door import App, FrontDoor, Receive, Scope, Send
from cross.operators.registry import installed
from cross.outbound import Outbound
from cross.outbound_guard import GuardedOutbound
from cross.outbound_http import HttpOutbound
from cross.partner.app import PLACES as GATEWAY
from cross.partner.app import Gateway
from cross.randomness import IdMaker, RandomSource
from cross.sealing import KeyFile, SealingRefused, Seals, is_readable_by_others
from cross.settings import RateSettings, Settings, SwitchSettings
from cross.storage import quarantines
from cross.storage.postgres import PostgresStore, jittered
from cross.storage.reading import PostgresBooks, SqliteBooks
from cross.storage.sqlite import OwnThread, SqliteStore
from cross.storage.sqlite_disk import end_process
from cross.storage.store import Store
from cross.switch import admission, chain, heads, merchants, monitors, projection, secrets
from cross.switch.deliveries import Deliverer
from cross.switch.exchanges import Overheard
from cross.switch.fees import fee_schedules
from cross.switch.health import Health
from cross.switch.lag import watch as watch_lag
from cross.switch.lease import Lease
from cross.switch.recorder import Recorder
from cross.switch.secrets import Vault
from cross.switch.switch import Switch
from cross.web.app import PLACES, Pages
from cross.worker import Worker

DRAIN_SECONDS: Final = 15.0
WEBHOOKS: Final = "webhooks"
"""The role that calls addresses which merchants chose, and knows no operator's credentials."""

log = structlog.get_logger("cross.bootstrap")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the world gives: time, randomness, network, disk. A simulation brings its own.

    `webhooks` is the door to addresses that merchants choose; without it, the same as any other.
    """

    clock: Clock
    random_bits: RandomBits
    outbound: Outbound
    store: Store
    webhooks: Outbound | None = None


def store_for(url: str, *, clock: Clock, random_bits: RandomBits) -> Store:
    """The store that a URL names: `sqlite:PATH` or `postgresql://…`; raises `ValueError`."""
    scheme, _, rest = url.partition(":")
    if scheme == "sqlite" and rest:
        return SqliteStore(
            Path(rest),
            clock=clock,
            writer=OwnThread("books"),
            reader=OwnThread("reader"),
            lost=end_process,
        )
    if scheme in ("postgresql", "postgres"):
        return PostgresStore(url, clock=clock, pause=jittered(random_bits))
    raise ValueError("database_url: sqlite:PATH or postgresql://… is expected")


def books_to_read(url: str, *, clock: Clock) -> SqliteBooks | PostgresBooks:
    """The books at a URL, to look at only; raises `ValueError`, `StoreRefused`."""
    scheme, _, rest = url.partition(":")
    if scheme == "sqlite" and rest:
        return SqliteBooks(Path(rest))
    if scheme in ("postgresql", "postgres"):
        return PostgresBooks(url, clock=clock)
    raise ValueError("database_url: sqlite:PATH or postgresql://… is expected")


def real_surroundings(settings: Settings) -> Surroundings:
    """The machine's own; call it within the running loop; raises `ValueError`."""
    random_bits = RandomSource()
    store = store_for(settings.database_url, clock=system_clock, random_bits=random_bits)
    guarded = GuardedOutbound(webhook_rules(settings.for_switch()))
    return Surroundings(system_clock, random_bits, HttpOutbound(), store, guarded)


async def open_switch(settings: Settings, around: Surroundings) -> tuple[Switch, Worker]:
    """A switch whose books are open and whose unfinished work is taken up; raises `ValueError`."""
    _check_names(settings)
    seals = seals_of(settings, around.random_bits)
    await around.store.open()
    if settings.role == WEBHOOKS:
        settings = settings.model_copy(update={"operators": {}})  # S-OUT-04
    else:
        vault = secrets.vault_alone(around.store, seals, around.clock)
        settings = await completed(settings, vault)
    _check(settings)
    heard = Overheard(around.outbound)
    operators = {
        name: found.connect(
            outbound=heard,
            settings=settings.operators[name],
            clock=around.clock,
            random_bits=around.random_bits,
        )
        for name, found in installed().items()
        if name in settings.operators
    }
    shipped_to = settings.chain.ship_file
    await heads.require_shipped(around.store, seals, file=shipped_to, now=around.clock())
    restored = await quarantines.newest(around.store)
    recorder, beside = _recorders(around.store)
    switch = Switch(
        store=around.store,
        recorder=recorder,
        recorder_beside=beside,
        operators=operators,
        profiles={name: operator.profile for name, operator in operators.items()},
        clock=around.clock,
        new_id=IdMaker(around.clock, around.random_bits),
        random_bits=around.random_bits,
        settings=settings.for_switch(),
        fees=fee_schedules(settings.fees),
        rates=offered_rates(settings.rates),
        lease=Lease(around.store, name="switch", seconds=settings.lease_seconds),
        health=Health(),
        callback_tokens={
            name: callback_token(settings.callback_secret, name) for name in operators
        },
        seals=seals,
    )
    if restored is not None:
        switch.quarantined, switch.restored_at = restored.is_in_force, restored.since
    projection.follow(switch)
    await merchants.begin(switch)
    switch.door = around.outbound
    await monitors.begin(switch)
    worker = Worker(switch)
    await worker.start()
    await _deliver(switch, around)
    chain.begin(switch, around.outbound)
    return switch, worker


def _recorders(store: Store) -> tuple[Recorder, Recorder]:
    """For movements, and for what must not hold them up; begun."""
    recorder = beside = Recorder(store)
    recorder.start()
    if store.engine != "sqlite":
        beside = Recorder(store)
        beside.listeners = recorder.listeners
        beside.start()
    return recorder, beside


async def _deliver(switch: Switch, around: Surroundings) -> None:
    """Where webhooks may go is checked here; they go out from a process whose role it is."""
    door = around.webhooks or around.outbound
    switch.webhook_door = door
    if isinstance(door, GuardedOutbound):
        switch.check_webhook_url = door.check
    else:
        rules = webhook_rules(switch.settings)

        async def check(url: str) -> None:
            target_of(url, rules)

        switch.check_webhook_url = check
    if switch.settings.role in ("all", WEBHOOKS):
        await Deliverer(switch, door).start()


def webhook_rules(settings: SwitchSettings) -> Rules:
    """Where webhooks may go: never to this switch itself, by whatever name."""
    wanted, own = settings.webhooks, urlsplit(settings.public_url)
    port = own.port or (443 if own.scheme == "https" else 80)
    return Rules(
        ports=(443, *wanted.ports),
        private=wanted.private_networks,
        denied=wanted.denied_networks,
        own=((own.hostname or "localhost", port),),
    )


async def completed(settings: Settings, vault: Vault) -> Settings:
    """The settings with what is stored sealed, which wins over what the file says.

    Raises `ValueError` naming a stored secret that does not open: nothing starts without (F-H04).
    """
    try:
        await secrets.require_readable(vault)
        stored = await secrets.opened(vault)
    except SealingRefused as refused:
        raise ValueError(f"a stored secret cannot be read: {refused}") from None
    known = installed()
    operators = {
        name: {**known[name].settings.spelt(values), **stored.get(name, {})}
        for name, values in settings.operators.items()
    }
    return settings.model_copy(
        update={"operators": operators, **stored.get(secrets.OURS, {})},
    )


def _check_names(settings: Settings) -> None:
    """What no single setting can tell: a misspelt operator must not be an operator left out."""
    if settings.role != "all" and settings.database_url.startswith("sqlite:"):
        raise ValueError(f"role: {settings.role} shares the books with others, on PostgreSQL only")
    known = installed()
    for name in settings.operators:
        if name not in known:
            raise ValueError(f"operators: {name!r} is not one of {', '.join(known)}")


def _check(settings: Settings) -> None:
    """What only all settings together tell, those that are stored sealed among them."""
    for limit in settings.limits:
        try:
            read_limit(limit)
        except UnknownLimit as refusal:
            raise ValueError(f"limits: {refusal}") from None
    if settings.livemode and settings.webhook_private_networks:
        raise ValueError("webhook_private_networks: never in live mode")
    if settings.operators and not settings.callback_secret:
        raise ValueError("callback_secret: without it callback addresses are guessable")
    if settings.livemode and settings.operators:
        flaw = unfit_for_live_money(settings.public_url, settings.operators)
        if flaw is not None:
            raise ValueError(flaw)


async def close_switch(switch: Switch, worker: Worker) -> None:
    """Takes no more work, lets what is under way finish for a while, closes the books (F-P04)."""
    switch.stopping = True
    admission.let_go_on(switch)
    await worker.stop()
    if switch.tasks:
        await asyncio.wait(list(switch.tasks.values()), timeout=DRAIN_SECONDS)
    for task in list(switch.tasks.values()):
        task.cancel()
    if switch.deliveries is not None:
        await switch.deliveries.stop()
    if switch.chain is not None:
        await switch.chain.stop()
    await switch.recorder.stop()
    if switch.recorder_beside is not switch.recorder:
        await switch.recorder_beside.stop()
    await switch.store.close()


def seals_of(settings: Settings, random_bits: RandomBits) -> Seals:
    """What opens and seals secrets here; raises `ValueError` where the master key is unreadable.

    In live mode also where others than its owner may read it (S-SEC-02).
    """
    file = settings.master_key_file
    if file is None:
        return Seals(None, random_bits=random_bits)
    keys = KeyFile(file)
    if is_readable_by_others(file):
        if settings.livemode:
            raise ValueError(f"master_key_file: others may read {file}: chmod 0400 {file}")
        log.warning("master_key_file_readable_by_others")
    return Seals(keys, random_bits=random_bits)


def callback_token(secret: str, operator: str) -> str:
    """The unguessable part of an operator's callback address."""
    return hmac.new(secret.encode(), operator.encode(), "sha256").hexdigest()[:40]


def offered_rates(rates: tuple[RateSettings, ...]) -> tuple[OfferedRate, ...]:
    """The configured rates; raises `CrossError`, or `ValueError` where they cannot all hold."""
    return require_sound(
        OfferedRate(
            Rate(
                currency_named(one.from_currency),
                currency_named(one.to_currency),
                *read_rate(one.rate),
                one.margin_bp,
            ),
            one.valid_from,
            one.valid_until,
            one.source,
        )
        for one in rates
    )


def front_door(switch: Switch, settings: Settings, *, with_document: bool = False) -> FrontDoor:
    """What a process of this role answers: each part at addresses of its own, health at all."""
    role = settings.role
    elsewhere: dict[tuple[str, ...], App] = {(METRICS,): MetricsApp(switch)}
    if role in ("all", "checkout"):
        pages = Pages(switch, frame_ancestors=settings.checkout_frame_ancestors)
        elsewhere[PLACES] = Noted(pages, switch, PLACES)
    if role in ("all", "api"):
        elsewhere["/admin/",] = AdminApp(switch)
        if role == "all":
            elsewhere[GATEWAY] = Gateway(switch, settings.mbanking)
        return FrontDoor(create_app(switch, with_document=with_document), elsewhere)
    if role == "partner":
        elsewhere[GATEWAY] = Gateway(switch, settings.mbanking)
    nouns = (back, health) if role == "checkout" else (health,)
    return FrontDoor(create_app(switch, nouns=nouns), elsewhere)


class Application:
    """The ASGI application of a process: opens the switch at start-up and closes it at the end."""

    def __init__(
        self, settings: Settings, *, ready: Callable[[Switch], Awaitable[None]] | None = None
    ) -> None:
        self._settings = settings
        self._ready = ready
        self._switch: Switch
        self._worker: Worker
        self._lag: asyncio.Task[None]
        self._api: Callable[[Scope, Receive, Send], Awaitable[None]]

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Answers a request, or runs the life of the process."""
        if scope["type"] == "lifespan":
            return self._live(receive, send)
        return self._api(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        around: Surroundings | None = None
        try:
            around = real_surroundings(self._settings)
            self._switch, self._worker = await open_switch(self._settings, around)
            self._api = front_door(self._switch, self._settings, with_document=True)
            if self._ready is not None:
                await self._ready(self._switch)
            lag_watch = watch_lag(self._switch.measures)
            self._lag = asyncio.get_running_loop().create_task(lag_watch, name="lag")
            garbage.look_seldom()
        except Exception as error:  # noqa: BLE001  the server must be told why, whatever it is
            await _hang_up(around)
            await send({"type": "lifespan.startup.failed", "message": f"{error}"})
            return
        await send({"type": "lifespan.startup.complete"})
        await receive()
        self._lag.cancel()
        await close_switch(self._switch, self._worker)
        await _hang_up(around)
        await send({"type": "lifespan.shutdown.complete"})


async def _hang_up(around: Surroundings | None) -> None:
    if around is not None and isinstance(around.outbound, HttpOutbound):
        await around.outbound.close()
    if around is not None and isinstance(around.webhooks, GuardedOutbound):
        await around.webhooks.close()
