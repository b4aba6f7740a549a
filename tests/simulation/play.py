"""Plays seeds: each in a world of its own, and tells what happened there."""

import shutil
from collections import Counter
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, Final, Self

import structlog

from tests.keys_read_once import keys_read_once
from tests.simulation.blank import make_blank_books
from tests.simulation.loop import Deadlock, SimulatedLoop
from tests.simulation.swarm import Swarm, stream, swarm_of
from tests.simulation.tape import Tape
from tests.simulation.world import Stage, World, settings_of_switch

MEMORY: Final = Path("/dev/shm")  # noqa: S108  where there is one: files in memory
EXPECTED: Final = ("success_after_failure", "break_opened", "books_unavailable")
"""Errors that the switch may log without being wrong."""
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
    """A folder in memory where worlds are put up and taken down."""

    def __init__(self, *, keep_all: bool = False) -> None:
        self._keep_all = keep_all
        self._folder = TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None)
        self._blanks: dict[bool, Path] = {}
        self._keys = keys_read_once()

    def __enter__(self) -> Self:
        self._keys.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._keys.__exit__(kind, error, trace)
        self._folder.cleanup()

    def play(self, seed: int) -> Report:
        """One seed, from beginning to end."""
        swarm = swarm_of(seed, operators=("flooz", "tmoney"))
        loop = SimulatedLoop(stream(seed, "order"), in_turn=swarm.in_turn)
        tape = Tape(loop.time, keep_all=self._keep_all)
        folder = Path(self._folder.name) / f"{seed}"
        folder.mkdir()
        path = self._books_in(folder, swarm)
        world = World(Stage(seed, swarm, loop, tape, path))
        try:
            with _logs_of(world):
                _run(world, loop)
                return _report(seed, world, loop, tape)
        finally:
            loop.dispose()
            world.books.close()
            shutil.rmtree(folder)

    def _books_in(self, folder: Path, swarm: Swarm) -> Path:
        blank = self._blanks.get(swarm.poor)
        if blank is None:
            blank = Path(self._folder.name) / f"blank-{'poor' if swarm.poor else 'rich'}.db"
            make_blank_books(blank, settings_of_switch(), poor=swarm.poor)
            self._blanks[swarm.poor] = blank
        path = folder / "books.db"
        shutil.copyfile(blank, path)
        return path


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
        violations=[*world.watch.violations, *world.merchant.outcomes.strange],
        virtual_seconds=loop.time(),
        steps=loop.steps,
        deaths=Counter(world.reaper.deaths),
        faults=world.network.faults,
        ends=ends
        + Counter({f"refused {k}": n for k, n in world.merchant.outcomes.refused.items()}),
        lines=tape.lines,
    )


@contextmanager
def _logs_of(world: World) -> Iterator[None]:
    """An error that the switch logs is a violation: nobody is there to read it."""

    def read(_: Any, __: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
        if event["event"] not in EXPECTED and event.get("error") not in DISK_FULL:
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
