"""The simulated operators' own process; they answer at once: `python -m bench.simulators`."""

import secrets

from bench.serving import serve
from cross.clock import system_clock
from cross.outbound_http import HttpOutbound
from cross.simulation.app import Simulators, create_simulators
from cross.simulation.settings import SimulationSettings


def simulators() -> Simulators:
    """All of them; payers approve at once, and what was asked is not kept to be looked at."""
    return create_simulators(
        outbound=HttpOutbound(),
        clock=system_clock,
        random_bits=secrets.randbits,
        settings=SimulationSettings(prompt_delay_seconds=0.0, requests_kept=1),
    )


if __name__ == "__main__":
    serve(simulators)
