"""Exchanges: what was said to an operator and back while an order's attempt was worked on.

For everything else the door out costs one look at a context variable more.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final, TypeAlias

from cross.domain.movement import Movement, MovementKind
from cross.outbound import HttpRequest, HttpResponse, NoAnswer, Outbound
from cross.switch import order_log
from cross.switch.order_log import Note
from cross.switch.switch import Switch

Listener: TypeAlias = Callable[[HttpRequest, HttpResponse | NoAnswer], None]

_listening: Final[ContextVar[Listener | None]] = ContextVar("listening", default=None)


class Overheard:
    """The door out, as connectors get it: what passes while somebody listens is told to him."""

    def __init__(self, outbound: Outbound) -> None:
        self._outbound = outbound

    async def send(self, request: HttpRequest) -> HttpResponse:
        """The answer, whatever its status; raises `NoAnswer` and nothing else."""
        listener = _listening.get()
        if listener is None:
            return await self._outbound.send(request)
        try:
            answer = await self._outbound.send(request)
        except NoAnswer as silence:
            listener(request, silence)
            raise
        listener(request, answer)
        return answer


@contextmanager
def kept(switch: Switch, movement: Movement) -> Iterator[None]:
    """Keeps what is exchanged meanwhile in the order's log, where the movement is an attempt."""
    order = movement.terms.original
    if order is None or movement.kind is not MovementKind.COLLECTION:
        yield
        return

    def listen(request: HttpRequest, answer: HttpResponse | NoAnswer) -> None:
        said = Note("exchange", _sentence(request, answer), _told(movement, request, answer))
        order_log.note_in_passing(switch, order, said)

    token = _listening.set(listen)
    try:
        yield
    finally:
        _listening.reset(token)


def _sentence(request: HttpRequest, answer: HttpResponse | NoAnswer) -> str:
    heard = f"no answer: {answer.detail}" if isinstance(answer, NoAnswer) else f"{answer.status}"
    return f"{request.method} {request.url.partition('?')[0]}: {heard}"


def _told(
    movement: Movement, request: HttpRequest, answer: HttpResponse | NoAnswer
) -> dict[str, Any]:
    """Headers are left out: credentials are in them."""
    response: dict[str, Any]
    if isinstance(answer, NoAnswer):
        response = {"status": None, "body": None, "silence": answer.detail, "sent": answer.sent}
    else:
        response = {"status": answer.status, "body": _text(answer.body)}
    return {
        "attempt": movement.id,
        "operator": movement.legs[0].operator,
        "request": {"method": request.method, "url": request.url, "body": _text(request.body)},
        "response": response,
    }


def _text(body: bytes) -> str:
    return body.decode("utf-8", "replace")
