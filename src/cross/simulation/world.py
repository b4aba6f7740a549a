"""What all simulated operators share: one time, one journal, one door out, one set of faults."""

from dataclasses import dataclass

from cross.clock import Clock
from cross.domain.ids import RandomBits
from cross.outbound import Outbound
from cross.simulation.faults import Faults
from cross.simulation.journal import Journal
from cross.simulation.keys import KeyRing
from cross.simulation.settings import SimulationSettings
from cross.simulation.timers import Timers


@dataclass(frozen=True, slots=True)
class World:
    """The surroundings in which every simulated operator lives."""

    settings: SimulationSettings
    outbound: Outbound
    random_bits: RandomBits
    timers: Timers
    journal: Journal
    faults: Faults
    keys: KeyRing


def create_world(
    *, outbound: Outbound, clock: Clock, random_bits: RandomBits, settings: SimulationSettings
) -> World:
    """A world in which nothing has happened yet."""
    return World(
        settings=settings,
        outbound=outbound,
        random_bits=random_bits,
        timers=Timers(clock),
        journal=Journal(),
        faults=Faults(random_bits),
        keys=KeyRing(settings.keys_folder),
    )
