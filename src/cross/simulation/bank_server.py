"""A partner bank's server that is not there: it takes the gateway's callbacks, and shows them."""

from collections import deque
from datetime import datetime
from typing import Any, Final, NamedTuple

from cross.simulation.control import Content, Handlers, listed, reply, wire_moment
from cross.simulation.exchange import Reply, Request, json_object
from cross.simulation.timers import Timers

PATH: Final = "/bank"
CALLBACKS_KEPT: Final = 1_000


class _Callback(NamedTuple):
    at: datetime
    body: dict[str, Any]


class BankServer:
    """Takes callbacks of the MBANKING gateway, and answers as banks do (operators.md 2.4)."""

    def __init__(self, timers: Timers) -> None:
        self._timers = timers
        self._received: deque[_Callback] = deque(maxlen=CALLBACKS_KEPT)

    def handlers(self) -> Handlers:
        """`GET /control/bank_callbacks`."""
        return {("GET", "bank_callbacks", 0): self._list}

    def answer(self, request: Request) -> Reply:
        """Takes one callback; code 2001 says so."""
        body = json_object(request.body)
        if request.method != "POST" or body is None:
            return reply(400, {"error": "callbacks come as JSON by POST"})
        self._received.append(_Callback(self._timers.now(), body))
        echoed = {name: body.get(name) for name in ("idRequete", "refCommande", "dateHeureRequete")}
        message = "Callback successfully executed"
        return reply(200, {"code": "2001", "message": message, **echoed})

    def forget(self) -> None:
        """Nothing received."""
        self._received.clear()

    def _list(self, request: Request, _: tuple[str, ...]) -> Content:
        del request
        return listed([{"at": wire_moment(one.at), "body": one.body} for one in self._received])
