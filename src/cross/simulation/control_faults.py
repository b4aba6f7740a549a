"""Control calls about what goes wrong and when: faults, the clock, what came in, starting anew."""

from collections import deque
from collections.abc import Callable, Mapping
from itertools import islice
from typing import Final

from cross.simulation.control import (
    Content,
    Handlers,
    desk_named,
    desks_asked,
    listed,
    query_of,
    whole_in,
    wire_moment,
)
from cross.simulation.control_fields import (
    BadCall,
    number,
    one_of,
    read_fields,
    required,
    text,
    whole,
)
from cross.simulation.desk import Desk, Exchange
from cross.simulation.exchange import Request
from cross.simulation.faults import DEFAULT_VALUES, Fault, FaultKind, LieKind
from cross.simulation.world import World

_KINDS: Final[Mapping[str, FaultKind | LieKind]] = {
    kind.value: kind for kind in (*FaultKind, *LieKind)
}


class FaultCalls:
    """Plants faults and moves the time."""

    def __init__(
        self,
        desks: Mapping[str, Desk],
        *,
        world: World,
        exchanges: deque[Exchange],
        reset: Callable[[], None],
    ) -> None:
        self._desks = desks
        self._world = world
        self._exchanges = exchanges
        self._reset = reset

    def handlers(self) -> Handlers:
        """The calls answered here."""
        return {
            ("POST", "faults", 0): self._plant,
            ("GET", "faults", 0): self._planted,
            ("DELETE", "faults", 0): self._remove,
            ("DELETE", "faults", 1): self._remove,
            ("POST", "clock", 0): self._advance,
            ("GET", "clock", 0): self._time,
            ("GET", "requests", 0): self._requests,
            ("POST", "reset", 0): self._start_anew,
        }

    def _plant(self, request: Request, _: tuple[str, ...]) -> Content:
        fields = read_fields(
            request,
            {
                "operator": text,
                "fault": one_of(*_KINDS),
                "probability": _probability,
                "count": _positive,
                "match": text,
                "value": whole,
            },
        )
        desk = desk_named(self._desks, text("operator", required(fields, "operator")))
        kind = _KINDS[text("fault", required(fields, "fault"))]
        fault = Fault(id="", operator=desk.facts.name, kind=kind)
        fault.probability = number("probability", fields.get("probability", 1))
        fault.value = whole("value", fields.get("value", DEFAULT_VALUES.get(kind, 0)))
        if "count" in fields:
            fault.count = whole("count", fields["count"])
        if "match" in fields:
            fault.match = text("match", fields["match"])
        return _shown(self._world.faults.plant(fault))

    def _planted(self, _: Request, __: tuple[str, ...]) -> Content:
        return listed([_shown(fault) for fault in self._world.faults.planted()])

    def _remove(self, _: Request, parts: tuple[str, ...]) -> Content:
        if not self._world.faults.remove(*parts):
            raise BadCall(404, "no such fault", field="id")
        return self._planted(_, ())

    def _advance(self, request: Request, _: tuple[str, ...]) -> Content:
        fields = read_fields(request, {"advance_seconds": number})
        self._world.timers.advance(number("advance_seconds", required(fields, "advance_seconds")))
        return self._time(request, ())

    def _time(self, _: Request, __: tuple[str, ...]) -> Content:
        return {"now": wire_moment(self._world.timers.now())}

    def _requests(self, request: Request, _: tuple[str, ...]) -> Content:
        query = query_of(request, "operator", "limit")
        names = [desk.facts.name for desk in desks_asked(self._desks, query)]
        limit = whole_in(query, "limit", default=100)
        latest = (e for e in reversed(self._exchanges) if e.operator in names)
        return listed([_exchange(exchange) for exchange in islice(latest, limit)])

    def _start_anew(self, _: Request, __: tuple[str, ...]) -> Content:
        self._reset()
        return {"reset": True}


def _probability(name: str, value: object) -> float:
    probability = number(name, value)
    if probability > 1:
        raise BadCall(422, f"{name} is above 1", field=name)
    return probability


def _positive(name: str, value: object) -> int:
    count = whole(name, value)
    if count == 0:
        raise BadCall(422, f"{name} is 0", field=name)
    return count


def _shown(fault: Fault) -> Content:
    return {
        "id": fault.id,
        "operator": fault.operator,
        "fault": fault.kind.value,
        "probability": fault.probability,
        "count": fault.count,
        "match": fault.match,
        "value": fault.value,
    }


def _exchange(exchange: Exchange) -> Content:
    request, reply = exchange.request, exchange.reply
    return {
        "operator": exchange.operator,
        "at": wire_moment(exchange.at),
        "method": request.method,
        "path": request.path,
        "query": request.query.decode("latin-1"),
        "headers": {k.decode("latin-1"): v.decode("latin-1") for k, v in request.headers},
        "body": request.body.decode("utf-8", "replace"),
        "status": None if reply is None else reply.status,
        "answer": None if reply is None else reply.body.decode("utf-8", "replace"),
    }
