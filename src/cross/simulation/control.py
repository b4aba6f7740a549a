"""The control API of the simulators (sandbox.md section 2): JSON under `/control`."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final, TypeAlias
from urllib.parse import parse_qs

from cross.simulation.control_fields import BadCall
from cross.simulation.desk import Desk
from cross.simulation.exchange import Reply, Request

Content: TypeAlias = Mapping[str, object]
Handler: TypeAlias = Callable[[Request, tuple[str, ...]], "Content | Reply"]
Handlers: TypeAlias = Mapping[tuple[str, str, int], Handler]
"""By method, first word of the path, and how many parts follow it."""

LISTED_MAX: Final = 1_000_000


class Control:
    """Finds who handles a control call, and words refusals."""

    def __init__(self, *groups: Handlers) -> None:
        self._handlers: dict[tuple[str, str, int], Handler] = {}
        for group in groups:
            self._handlers.update(group)

    def answer(self, request: Request) -> Reply:
        """The answer to one call; a refusal has changed nothing."""
        noun, *parts = request.path.strip("/").split("/")
        handler = self._handlers.get((request.method, noun, len(parts)), _no_such_call)
        try:
            answer = handler(request, tuple(parts))
            return answer if isinstance(answer, Reply) else reply(200, answer)
        except BadCall as refusal:
            content: dict[str, object] = {"error": refusal.message}
            if refusal.field is not None:
                content["field"] = refusal.field
            return reply(refusal.status, content)


def query_of(request: Request, *names: str) -> Mapping[str, str]:
    """The query of a call; a parameter that it does not have is refused."""
    query = parse_qs(request.query.decode("latin-1"))
    for name in query:
        if name not in names:
            raise BadCall(422, f"unknown parameter {name!r}", field=name)
    return {name: values[-1] for name, values in query.items()}


def whole_in(query: Mapping[str, str], name: str, *, default: int) -> int:
    """A whole number in a query."""
    digits = query.get(name)
    if digits is None:
        return default
    if not digits.isascii() or not digits.isdigit():
        raise BadCall(422, f"{name} is not a whole number", field=name)
    return int(digits)


def desk_named(desks: Mapping[str, Desk], name: str) -> Desk:
    """The operator of that name; refuses an unknown one."""
    desk = desks.get(name)
    if desk is None:
        raise BadCall(404, f"no operator is named {name[:32]!r}", field="operator")
    return desk


def desks_asked(desks: Mapping[str, Desk], query: Mapping[str, str]) -> tuple[Desk, ...]:
    """The operator that a query names, or all."""
    if "operator" in query:
        return (desk_named(desks, query["operator"]),)
    return tuple(desks.values())


def listed(entries: list[Content]) -> Content:
    """A list as the control API gives it."""
    return {"object": "list", "data": entries}


def each(data: object) -> list[Content]:
    """The objects of a list in a JSON answer; nothing where there is no list."""
    return [one for one in data if isinstance(one, dict)] if isinstance(data, list) else []


def wire_moment(at: datetime) -> str:
    """A moment in ISO 8601, UTC."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _no_such_call(request: Request, _: tuple[str, ...]) -> Content:
    raise BadCall(404, f"no such control call: {request.method} {request.path}")


def reply(status: int, content: Content) -> Reply:
    """An answer in JSON, with the status that the call deserves."""
    return Reply(status, json.dumps(content, ensure_ascii=False).encode())
