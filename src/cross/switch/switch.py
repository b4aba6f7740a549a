"""The switch: the parts it works with, and the movements this process holds open in memory."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, TypeAlias
from weakref import WeakValueDictionary

import structlog

from cross.clock import Clock, monotonic_seconds
from cross.domain.conversion import OfferedRate, Rate
from cross.domain.errors import CurrencyPairNotOffered, UnknownOperator
from cross.domain.fees import FeeSchedule, first_in_force
from cross.domain.ids import IdSource, RandomBits
from cross.domain.leg import LegKind, Patience
from cross.domain.money import Currency
from cross.domain.movement import Movement, MovementKind
from cross.domain.operator import LookUp, Operator, Profile
from cross.domain.steps import News
from cross.domain.webhook import Endpoint
from cross.outbound import Outbound
from cross.passwords import Aside, Passwords
from cross.sealing import Seals
from cross.settings import SwitchSettings
from cross.storage.store import Store
from cross.switch.bulkhead import Bulkheads
from cross.switch.deadlines import Deadlines
from cross.switch.directory import Directory
from cross.switch.failures import OFTEN, Failures
from cross.switch.health import Health
from cross.switch.kept_requests import RequestLogs
from cross.switch.lease import Lease
from cross.switch.limits import Keeper, KeyLimit, SourceLimit
from cross.switch.measures import Measures
from cross.switch.recorder import Recorder
from cross.switch.standing_stops import StandingStops
from cross.switch.usage import Usage
from cross.switch.velocity import Velocity
from cross.switch.wrong_pins import WrongPins

log = structlog.get_logger("cross.switch")


@dataclass(slots=True, eq=False)
class Live:
    """A movement that is not final, held by this process. `lock`: one step at a time.

    `due_seconds`: when by the steady clock it is looked after next; `timer` comes then, or sooner
    and waits on. `asked` counts queries since its open leg was sent; `asking` is True while one is
    under way, and `ask_again` says that news came meanwhile. `waits`: its leg was not sent yet, for
    it waits for its turn (`cross.switch.admission`). `taking`: the movement as it is being written.
    `unheard`: the last query led nowhere, for no answer came, or none that could be kept.

    `called` counts callbacks about its open leg; a refusal of it that came beside one is `refused`
    and put aside until the operator was asked (`cross.switch.called_back`).
    """

    movement: Movement
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    timer: asyncio.TimerHandle | None = None
    due_seconds: float = 0.0
    asked: int = 0
    asking: bool = False
    ask_again: bool = False
    asked_at: float = 0.0
    unheard: bool = False
    waits: bool = False
    taking: Movement | None = None
    called: int = 0
    refused: News | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """A movement accepted, now or (`replayed`) by an earlier request with the same key.

    `told` is its view as JSON, where it was made already.
    """

    movement: Movement
    replayed: bool = False
    told: str | None = None


HandedOver: TypeAlias = Callable[[Movement], Awaitable[bool]]
"""Whether the payer may have been sent to the operator's page; False is a proof that he was not."""


async def may_have_been_handed_over(movement: Movement) -> bool:
    """True: whoever reads a movement's `next_action` can send the payer there."""
    del movement
    return True


class Deliveries(Protocol):
    """Who sends webhooks in this process, as use cases know it."""

    def due(self, merchant: str) -> None:
        """Something is due to the merchant's endpoints now."""

    def changed(self, endpoint: Endpoint) -> None:
        """An endpoint was made, changed or taken out of use."""

    async def stop(self) -> None:
        """Lets what is being sent finish for a moment; the rest stays due."""


class Chain(Protocol):
    """Who links entries and audit lines in this process."""

    async def stop(self) -> None:
        """Links what is left."""


UrlCheck: TypeAlias = Callable[[str], Awaitable[None]]
"""Raises `WebhookUrlRefused` for a URL that no webhook is sent to."""


async def any_url(url: str) -> None:
    """Checks nothing: for books without a network."""
    del url


@dataclass(slots=True, eq=False)
class Switch:
    """All that a use case needs; made by `bootstrap`, one in a process.

    `prompts`: by operator and number, the movement that asked it last to pay. `probings`: by
    operator that is down, how it is probed; `trials`: those that take one request as a probe.
    `watched`: by movement, who waits for the answer to its first request; `ending`: who waits until
    it is final. `refunding`: by collection, one refund at a time of those accepted here.
    `unkept_alarms`: by name and subject, what the books could not take; whether its page was taken.
    `recorder_beside` records what is written often and beside the batch, so that no movement waits
    for it: on PostgreSQL one of its own, on SQLite, where one writes at a time, the same.
    """

    store: Store
    recorder: Recorder
    recorder_beside: Recorder
    operators: Mapping[str, Operator]
    profiles: Mapping[str, Profile]
    clock: Clock
    new_id: IdSource
    random_bits: RandomBits
    settings: SwitchSettings
    fees: Mapping[MovementKind, tuple[FeeSchedule, ...]]
    rates: tuple[OfferedRate, ...]
    lease: Lease
    health: Health
    callback_tokens: Mapping[str, str]
    seals: Seals
    live: dict[str, Live] = field(default_factory=dict)
    legs: dict[str, str] = field(default_factory=dict)
    prompts: dict[tuple[str, str], str] = field(default_factory=dict)
    probings: dict[str, Any] = field(default_factory=dict)
    trials: dict[str, None] = field(default_factory=dict)
    callbacks_waiting: int = 0
    accepting: dict[tuple[str, str], "asyncio.Task[Accepted]"] = field(default_factory=dict)
    directory: Directory = field(default_factory=Directory)
    tasks: dict[int, asyncio.Task[None]] = field(default_factory=dict)
    watched: dict[str, asyncio.Future[None]] = field(default_factory=dict)
    ending: dict[str, asyncio.Future[Movement]] = field(default_factory=dict)
    refunding: WeakValueDictionary[str, asyncio.Lock] = field(default_factory=WeakValueDictionary)
    handed_over: HandedOver = may_have_been_handed_over
    noted: dict[str, int] = field(default_factory=dict)
    patience: dict[str, Patience] = field(default_factory=dict)
    batches: dict[str, None] = field(default_factory=dict)
    settled_on: str = ""
    attention_looked_at: float = float("-inf")
    own_references: dict[str, str] = field(default_factory=dict)
    followers: list[Callable[[Movement], None]] = field(default_factory=list)
    deliveries: Deliveries | None = None
    chain: Chain | None = None
    check_webhook_url: UrlCheck = any_url
    webhook_door: Outbound | None = None
    door: Outbound | None = None
    stops: StandingStops = field(default_factory=StandingStops)
    failures: Failures = field(default_factory=Failures)
    is_paging: bool = False
    unkept_alarms: dict[tuple[str, str], bool] = field(default_factory=dict)
    measures: Measures = field(default_factory=Measures)
    request_logs: RequestLogs = field(default_factory=RequestLogs)
    passwords: Passwords = field(default_factory=Passwords)
    aside: Aside = asyncio.to_thread
    callback_limit: SourceLimit = field(init=False)
    key_limit: KeyLimit = field(init=False)
    stranger_limit: SourceLimit = field(init=False)
    velocity: Velocity = field(init=False)
    usage: Usage = field(init=False)
    wrong_pins: WrongPins = field(default_factory=WrongPins)
    keeper: Keeper = field(default_factory=Keeper)
    bulkheads: Bulkheads = field(init=False)
    deadlines: Deadlines = field(init=False)
    is_looking: bool = False
    is_catching_up: bool = False
    quarantined: bool = False
    restored_at: datetime | None = None
    stopping: bool = False

    def __post_init__(self) -> None:
        apart_seconds = 1 / self.settings.callbacks_per_second
        self.callback_limit = SourceLimit(apart_seconds=apart_seconds)
        self.key_limit = KeyLimit(apart_seconds=1 / self.settings.key_calls_per_second)
        self.stranger_limit = SourceLimit(apart_seconds=1 / self.settings.strangers_per_second)
        self.velocity = Velocity(self.settings.limits)
        self.usage = Usage(self.store, self.velocity)
        self.bulkheads = Bulkheads(self.settings.capacity)
        self.deadlines = Deadlines(self.settings.capacity.answer_seconds_max)

    def operator(self, name: str, *, param: str = "operator") -> Operator:
        """The connector of an operator; raises `UnknownOperator` naming the field at fault."""
        try:
            return self.operators[name]
        except KeyError:
            raise UnknownOperator(name=name, param=param) from None

    def profile(self, name: str) -> Profile:
        """What an operator is and offers."""
        return self.operator(name).profile

    def patience_with(self, operator: str) -> Patience:
        """How long to wait at that operator before *not found* counts, and how often to send."""
        known = self.patience.get(operator)
        if known is None:
            known = self.patience[operator] = self._patience_with(operator)
        return known

    def _patience_with(self, operator: str) -> Patience:
        profile = self.profile(operator)
        settling = self.settings.settling_seconds
        return Patience(
            profile.settling_seconds if settling is None else settling,
            self.settings.apart_seconds,
            self.settings.sends_max if profile.refuses_repeated_reference else 1,
        )

    def schedule_for(
        self, kind: MovementKind, currency: Currency, at: datetime, *, merchant: str
    ) -> FeeSchedule | None:
        """The fee schedule in force, the merchant's own first; None where nothing is due."""
        own = self.directory.fees.get(merchant)
        schedules = (*(own.get(kind, ()) if own else ()), *self.fees.get(kind, ()))
        return first_in_force(schedules, currency, at)

    def rate_between(self, source: Currency, destination: Currency, at: datetime) -> Rate:
        """The rate in force; raises `CurrencyPairNotOffered`."""
        for offered in self.rates:
            rate = offered.rate
            if rate.source is source and rate.destination is destination and offered.in_force(at):
                return rate
        raise CurrencyPairNotOffered(source=source.code, destination=destination.code)

    def hold(self, movement: Movement) -> Live:
        """Keeps an open movement in memory, findable by its legs' references."""
        live = Live(movement)
        self.live[movement.id] = live
        for leg in movement.legs:
            self.legs[leg.reference] = movement.id
        wallet = asked_wallet(movement)
        if wallet is not None and not movement.legs[0].is_final:
            self.prompts[wallet] = movement.id
        return live

    def release(self, live: Live) -> None:
        """Forgets a movement that is final, or another process's."""
        if live.timer is not None:
            live.timer.cancel()
            live.timer = None
        if self.live.get(live.movement.id) is live:
            del self.live[live.movement.id]
            for leg in live.movement.legs:
                self.legs.pop(leg.reference, None)
            wallet = asked_wallet(live.movement)
            if wallet is not None and self.prompts.get(wallet) == live.movement.id:
                del self.prompts[wallet]

    def heard(self, operator: str, call: str, answer: LookUp, *, asked_at: float) -> None:
        """Takes note of how an operator answered a call of ours, and how long it took."""
        now_seconds = monotonic_seconds()
        self.health.heard(operator, answer, now_seconds=now_seconds)
        if self.bulkheads.held and not self.health.is_down(operator):
            self.bulkheads.let_go(operator)
        self.measures.answered(operator, call, answer, seconds=now_seconds - asked_at)

    def spawn(self, work: Coroutine[Any, Any, None], *, about: str | None = None) -> None:
        """Runs work by itself; its failure is logged, never lost, and stops nothing else.

        Failures in a row are counted by what the work is about, else by its own name (F-P12).
        """
        task = asyncio.get_running_loop().create_task(work, name=about or _named(work))
        self.tasks[id(task)] = task
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self.tasks.pop(id(task), None)
        if task.cancelled():
            return
        if (error := task.exception()) is None:
            self.failures.worked(task.get_name())
            return
        again = self.failures.failed(task.get_name())
        shown = error if again <= OFTEN else None  # after that it is an alarm, and no news
        log.error("task_failed", error=type(error).__name__, times=again, exc_info=shown)


def _named(work: Coroutine[Any, Any, None]) -> str:
    """What work that is about nothing in particular is called."""
    return f"work.{getattr(work, '__qualname__', 'unnamed')}"


def asked_wallet(movement: Movement) -> tuple[str, str] | None:
    """The wallet that a movement asks to pay."""
    leg = movement.legs[0]
    if leg.kind is not LegKind.DEBIT or leg.msisdn is None:
        return None
    return leg.operator, leg.msisdn.e164
