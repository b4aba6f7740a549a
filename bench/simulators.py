"""The simulated operators' own process; they answer at once: `python -m bench.simulators`."""

import secrets

from bench.serving import serve

from cross.clock import system_clock
from cross.outbound_http import HttpOutbound
from cross.simulation.app import Simulators, create_simulators
from cross.simulation.asgi import Receive, Scope, Send
from cross.simulation.settings import SimulationSettings


class InTheLoop:
    """Makes the simulators once a loop runs, which their way out needs."""

    def __init__(self) -> None:
        self._app: Simulators | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Any event of ASGI."""
        if self._app is None:
            self._app = create_simulators(
                outbound=HttpOutbound(),
                clock=system_clock,
                random_bits=secrets.randbits,
                settings=SimulationSettings(prompt_delay_seconds=0.0, requests_kept=1),
            )
        await self._app(scope, receive, send)


if __name__ == "__main__":
    serve(lambda _: InTheLoop())
