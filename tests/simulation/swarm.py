"""What one seed's world is like: which faults happen there, how often, and how often death comes.

A swarm: each seed has a few families of faults only, so that each family meets many others.
"""

from dataclasses import dataclass
from random import Random
from typing import Final

from cross.simulation.faults import FaultKind
from cross.simulation.settings import LostAnswer, SimulationSettings

NETWORK: Final = ("refuse", "lose", "lose_answer", "reset", "duplicate", "slow")
HELD: Final = "hold"
HELD_SECONDS: Final = (70.0, 900.0)
"""How long a request is held that comes out when nobody believes in it any more (F-N03)."""
HELD_SHORT_SECONDS_MAX: Final = 45.0
"""Or so long only: inside the settling window, so that nobody may have given it up."""

PLANTED: Final = tuple(FaultKind)
ABROAD: Final = "dmoney"
SLOW_SECONDS_MAX: Final = 40.0
"""The longest that the network holds a message: well inside every settling window (60 s)."""


def stream(seed: int, name: str) -> Random:
    """An independent source of randomness for one purpose of one seed."""
    return Random(f"{seed}:{name}")  # noqa: S311  reproducible on purpose


@dataclass(frozen=True, slots=True)
class Planted:
    """A fault at an operator, planted at one moment of the run for some seconds."""

    operator: str
    kind: FaultKind
    probability: float
    value: int
    at_seconds: float
    for_seconds: float


@dataclass(frozen=True, slots=True)
class Cut:
    """A time when nothing passes between switch and operators: refused at once, or lost.

    One way, operators still reach the switch (F-N07).
    """

    at_seconds: float
    for_seconds: float
    is_refused: bool
    is_one_way: bool


@dataclass(frozen=True, slots=True)
class FullDisk:
    """A time when the books cannot be written (F-D13)."""

    at_seconds: float
    for_seconds: float


@dataclass(frozen=True, slots=True)
class Swarm:
    """One seed's profile; all seconds are virtual.

    `is_abroad`: some orders go to D-Money, in its currency.
    `network`: probability of each fault for each request. `deaths`: how many;
    `faults_end_seconds`: after that everybody is well, and everything must come to an end.
    """

    network: dict[str, float]
    cuts: tuple[Cut, ...]
    full_disks: tuple[FullDisk, ...]
    planted: tuple[Planted, ...]
    deaths: int
    in_turn: bool
    disk_seconds: float
    poor: bool
    look_every_seconds: float
    simulation: SimulationSettings
    faults_end_seconds: float
    is_abroad: bool


def swarm_of(seed: int, *, operators: tuple[str, ...]) -> Swarm:
    """The profile of a seed."""
    random = stream(seed, "swarm")
    is_abroad = stream(seed, "abroad").random() < 0.3
    operators = (*operators, ABROAD) if is_abroad else operators
    calm = random.random() < 0.05
    network = {
        name: random.choice((0.02, 0.1, 0.3))
        for name in NETWORK
        if not calm and random.random() < 0.4
    }
    ends = random.choice((60.0, 180.0, 400.0))
    if not calm and random.random() < 0.25:
        network[HELD] = random.choice((0.1, 0.4))
        ends = 900.0
    kinds = () if calm else _some(random, PLANTED)
    return Swarm(
        network=network,
        cuts=() if calm else tuple(_cut(random, ends) for _ in range(random.choice((0, 0, 1, 3)))),
        full_disks=() if calm else _full_disks(random, ends),
        planted=tuple(_planted(random, kind, operators, ends) for kind in kinds),
        deaths=0 if calm else random.choice((0, 1, 2, 4, 8)),
        in_turn=random.random() < 0.2,
        disk_seconds=random.choice((0.0, 0.001, 0.02, 0.5)),
        poor=random.random() < 0.3,
        look_every_seconds=random.choice((20.0, 30.0, 60.0)),
        simulation=SimulationSettings(
            prompt_delay_seconds=random.choice((0.0, 1.0, 20.0)),
            ack_delay_seconds=random.choice((0.0, 0.0, 0.5)),
            callback_delay_seconds=random.choice((0.0, 0.0, 3.0)),
            lost_answer=random.choice((LostAnswer.HOLD, LostAnswer.ERROR)),
        ),
        faults_end_seconds=ends,
        is_abroad=is_abroad,
    )


def _some(random: Random, kinds: tuple[FaultKind, ...]) -> tuple[FaultKind, ...]:
    count = random.choice((0, 0, 1, 2, 4))
    return tuple(random.sample(kinds, count))


def _cut(random: Random, ends: float) -> Cut:
    return Cut(
        at_seconds=random.uniform(0.0, ends * 0.8),
        for_seconds=random.choice((3.0, 30.0, 100.0)),
        is_refused=random.random() < 0.5,
        is_one_way=random.random() < 0.5,
    )


def _full_disks(random: Random, ends: float) -> tuple[FullDisk, ...]:
    times = random.choice((0, 0, 0, 0, 1, 4))
    return tuple(
        FullDisk(random.uniform(0.0, ends * 0.8), random.choice((0.5, 5.0, 40.0)))
        for _ in range(times)
    )


def _planted(random: Random, kind: FaultKind, operators: tuple[str, ...], ends: float) -> Planted:
    at = random.uniform(0.0, ends / 2)
    return Planted(
        operator=random.choice(operators),
        kind=kind,
        probability=random.choice((0.2, 0.5, 1.0)),
        value=random.choice((1, 2, 3)) * (1 if kind is FaultKind.DUPLICATE_CALLBACK else 4_000),
        at_seconds=at,
        for_seconds=random.uniform(5.0, ends - at),
    )
