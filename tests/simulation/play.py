"""Plays seeds: each in a world of its own, and tells what happened there."""

import shutil
from collections import Counter
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, Self

import structlog

from cross.domain.stop import PAID_AFTER_REFUSAL
from tests.keys_read_once import keys_read_once
from tests.power_loss import PowerLossDisk
from tests.simulation.blank import Blank, make_blank_books, master_key_in, quick_passwords
from tests.simulation.families import families_of
from tests.simulation.loop import Deadlock, SimulatedLoop
from tests.simulation.shops import true_time
from tests.simulation.swarm import stream, swarm_of
from tests.simulation.tape import Tape
from tests.simulation.world import Stage, World, settings_of_switch

MEMORY: Final = Path("/dev/shm")  # noqa: S108  where there is one: files in memory
OPERATORS: Final = ("flooz", "tmoney")
EXPECTED: Final = (
    *("success_after_failure", "break_opened", "books_unavailable"),
    *("alarm_raised", "page"),
)
"""Errors that the switch may log without being wrong; a safety stop is none of them (I-46).

But one: for what the network brought after every window, and its operator paid (F-N03, F-O05).
"""
DISK_FULL: Final = ("SwitchUnavailable", "StoreUnavailable")
"""What a task may end with where the books could not be written."""


@dataclass
class Report:
    """What one seed came to."""

    seed: int
    digest: str = ""
    violations: list[str] = field(default_factory=list)
    virtual_seconds: float = 0.0
    steps: int = 0
    deaths: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    ends: Counter[str] = field(default_factory=Counter)
    lines: list[str] = field(default_factory=list)


class Studio:
    """A folder in memory where worlds are put up and taken down.

    `synchronous` is how the books are synced where power may be lost: production's way.
    """

    def __init__(self, *, keep_all: bool = False, synchronous: str = "FULL") -> None:
        self._keep_all = keep_all
        self._synchronous = synchronous
        self._folder = TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None)
        self._blanks: dict[bool, Blank] = {}
        self._open = ExitStack()
        self._master_key = master_key_in(Path(self._folder.name))

    def __enter__(self) -> Self:
        self._open.enter_context(keys_read_once())
        self._open.enter_context(quick_passwords())
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()
        self._folder.cleanup()

    def play(self, seed: int) -> Report:
        """One seed, from beginning to end."""
        swarm = swarm_of(seed, operators=OPERATORS)
        families = families_of(seed, ends=swarm.faults_end_seconds, operators=OPERATORS)
        loop = SimulatedLoop(stream(seed, "order"), in_turn=swarm.in_turn)
        tape = Tape(loop.time, keep_all=self._keep_all)
        folder = Path(self._folder.name) / f"{seed}"
        folder.mkdir()
        blank = self._blank(poor=swarm.poor)
        path = folder / "books.db"
        shutil.copyfile(blank.path, path)
        settings = settings_of_switch(self._master_key, swarm, families)
        with ExitStack() as undone:
            undone.callback(shutil.rmtree, folder)
            power = undone.enter_context(PowerLossDisk()) if families.loses_power else None
            how = "OFF" if power is None else self._synchronous
            signing = blank.signing
            stage = Stage(seed, swarm, families, loop, tape, path, settings, signing, how, power)
            world = World(stage)
            undone.callback(world.close)
            undone.callback(loop.dispose)
            undone.enter_context(_logs_of(world))
            undone.enter_context(true_time(loop.clock))
            _run(world, loop)
            return _report(seed, world, loop, tape)

    def _blank(self, *, poor: bool) -> Blank:
        blank = self._blanks.get(poor)
        if blank is None:
            path = Path(self._folder.name) / f"blank-{'poor' if poor else 'rich'}.db"
            blank = make_blank_books(path, settings_of_switch(self._master_key), poor=poor)
            self._blanks[poor] = blank
        return blank


def _run(world: World, loop: SimulatedLoop) -> None:
    def failed(_: Any, context: dict[str, Any]) -> None:
        world.watch.broken("F-P12", f"{context['message']}: {context.get('exception')!r}")

    loop.set_exception_handler(failed)
    try:
        loop.run_until_complete(world.play())
    except Deadlock:
        world.watch.broken("I-21", "everybody waits, and nothing will ever happen")
    except RuntimeError:
        if not world.watch.violations:
            raise
    world.watch.violations += world.process.failures


def _report(seed: int, world: World, loop: SimulatedLoop, tape: Tape) -> Report:
    ends = Counter(
        f"{movement.kind} {movement.state}"
        for movement in world.books.snapshot().movements.values()
    )
    return Report(
        seed=seed,
        digest=tape.digest,
        violations=[*world.watch.violations, *world.strange()],
        virtual_seconds=loop.time(),
        steps=loop.steps,
        deaths=Counter(world.reaper.deaths),
        faults=world.network.faults,
        ends=ends + _told(world),
        lines=tape.lines,
    )


def _told(world: World) -> Counter[str]:
    """What merchants were refused, and what became of what others were to be told."""
    told = Counter[str]()
    for merchant in world.merchants:
        told.update({f"refused {k}": n for k, n in merchant.outcomes.refused.items()})
    for state, count in world.books.rows("SELECT state, count(*) FROM deliveries GROUP BY state"):
        told[f"webhook {state}"] += count
    for said in world.bank.words.said.values():
        told[f"bank {said[-1]}"] += 1
    return told


def _is_expected(world: World, event: Mapping[str, Any]) -> bool:
    if event["event"] == "safety_stop" and event["cause"] == PAID_AFTER_REFUSAL:
        return world.watch.was_belated(event["found"])
    return event["event"] in EXPECTED


@contextmanager
def _logs_of(world: World) -> Iterator[None]:
    """An error that the switch logs is a violation: nobody is there to read it."""

    def read(_: Any, __: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
        if event.get("error") not in DISK_FULL and not _is_expected(world, event):
            world.watch.broken("F-P12", f"logged {event}")
        raise structlog.DropEvent

    before = structlog.get_config()
    structlog.configure(
        processors=[read],
        wrapper_class=structlog.make_filtering_bound_logger("error"),
        cache_logger_on_first_use=False,
    )
    try:
        yield
    finally:
        structlog.configure(**before)
