"""Families of faults besides those of the operators' network: shops, clocks, disks, long silences.

Drawn apart from `swarm.py`, so that each family meets every other one.
"""

from dataclasses import dataclass, replace
from random import Random
from typing import Final

from tests.simulation.swarm import FullDisk, stream

SHOPS: Final = ("well", "dead", "slow", "hangs", "flaky", "gone")
"""How the second merchant's server treats webhooks until the faults end."""

SCHEDULES: Final[tuple[tuple[float, ...], ...]] = (
    (5.0, 10.0, 20.0, 40.0, 80.0, 160.0),
    (2.0, 4.0),
    (20.0, 20.0, 40.0, 40.0, 90.0, 180.0, 240.0),
)
"""Pauses between a webhook's attempts: production's take 80 hours, in which nothing new happens."""

STEPS_SECONDS: Final = (3_600.0, -3_600.0, 86_400.0, -86_400.0)
TO_1970: Final = -20_778 * 86_400.0
"""To the second day of 1970."""

SLOW_SYNC_SECONDS: Final = 2.0  # money-safety.md, F-D12
CRASH_LOOP: Final = 40  # money-safety.md, F-P03
DOWN_SECONDS: Final = 6 * 3_600.0  # money-safety.md, F-O02
DOWN_FOR_LONG: Final = 0.005
"""In so few seeds: six hours of virtual time cost a second."""


@dataclass(frozen=True, slots=True)
class ClockStep:
    """The switch's wall clock jumps, by so much from the true time (F-T01)."""

    at_seconds: float
    ahead_seconds: float


@dataclass(frozen=True, slots=True)
class Clog:
    """Nothing passes between the switch and one operator (F-N12, F-O02)."""

    operator: str
    at_seconds: float
    for_seconds: float
    is_refused: bool


@dataclass(frozen=True, slots=True)
class Families:
    """One seed's profile, the part that `Swarm` does not have.

    `loses_power`: deaths may be the machine's, and the books are synced as in production.
    `broken_syncs`: when a sync fails, in such seeds. `truncates`: how often an operator's answer
    is cut short. `pages`: payments on an operator's own page. `waits_seconds`: how long the
    gateway waits for a credit's end.
    """

    shop: str
    schedule: tuple[float, ...]
    failing_seconds: float
    bank_requests: int
    batches: int
    pages: int
    waits_seconds: float
    loses_power: bool
    broken_syncs: tuple[float, ...]
    slow_disks: tuple[FullDisk, ...]
    clock_steps: tuple[ClockStep, ...]
    clogs: tuple[Clog, ...]
    truncates: float
    is_crash_loop: bool

    @property
    def ends_seconds(self) -> float:
        """When the last operator is back."""
        return max((clog.at_seconds + clog.for_seconds for clog in self.clogs), default=0.0)


def families_of(seed: int, *, ends: float, operators: tuple[str, ...]) -> Families:
    """The profile of a seed whose faults end after so long."""
    random = stream(seed, "families")
    families = Families(
        shop=random.choice(SHOPS),
        schedule=random.choice(SCHEDULES),
        failing_seconds=random.choice((432_000.0, 432_000.0, 120.0)),
        bank_requests=random.choice((0, 0, 2, 6)),
        batches=random.choice((0, 0, 1, 2)),
        pages=random.choice((0, 0, 0, 0, 0, 0, 0, 2)),
        waits_seconds=random.choice((0.5, 5.0, 20.0)),
        loses_power=random.random() < 0.25,
        broken_syncs=tuple(
            random.uniform(0.0, ends * 0.9) for _ in range(random.choice((0, 0, 1, 3)))
        ),
        slow_disks=_slow_disks(random, ends) if random.random() < 0.08 else (),
        clock_steps=_clock_steps(random, ends) if random.random() < 0.2 else (),
        clogs=_clogs(random, ends, operators) if random.random() < 0.15 else (),
        truncates=random.choice((0.02, 0.2)) if random.random() < 0.15 else 0.0,
        is_crash_loop=random.random() < 0.02,
    )
    if random.random() >= DOWN_FOR_LONG:
        return families
    at = random.uniform(0.0, 60.0)
    down = Clog(random.choice(operators), at, DOWN_SECONDS, is_refused=random.random() < 0.5)
    return replace(families, clogs=(down,))


def _slow_disks(random: Random, ends: float) -> tuple[FullDisk, ...]:
    at = random.uniform(0.0, ends * 0.6)
    return (FullDisk(at, random.uniform(5.0, ends - at)),)


def _clock_steps(random: Random, ends: float) -> tuple[ClockStep, ...]:
    """Some jumps, each from the true time; the last is back to it, as faults end."""
    times = sorted(random.uniform(0.0, ends * 0.9) for _ in range(random.choice((1, 1, 2, 4))))
    ahead = [random.choice((*STEPS_SECONDS, TO_1970, 0.0)) for _ in times]
    return tuple(ClockStep(at, by) for at, by in zip(times, ahead, strict=True))


def _clogs(random: Random, ends: float, operators: tuple[str, ...]) -> tuple[Clog, ...]:
    """Operators stop one by one, and come back in any order."""
    stopped = random.sample(operators, len(operators))
    at = random.uniform(0.0, ends * 0.3)
    clogs = list[Clog]()
    for name in stopped:
        at += random.uniform(0.0, ends * 0.15)
        until = random.uniform(at, ends)
        clogs.append(Clog(name, at, until - at, is_refused=random.random() < 0.5))
    return tuple(clogs)
