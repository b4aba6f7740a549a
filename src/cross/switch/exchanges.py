"""Exchanges: what was said to an operator and back while an order's attempt was worked on.

For everything else the door out costs one look at a context variable more.
"""

import hashlib
import re
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from typing import Any, Final, TypeAlias

from cross.domain.masking import masked
from cross.domain.movement import Movement, MovementKind
from cross.outbound import HttpRequest, HttpResponse, NoAnswer, Outbound
from cross.switch import order_log
from cross.switch.order_log import Note
from cross.switch.switch import Switch

Listener: TypeAlias = Callable[[HttpRequest, HttpResponse | NoAnswer], None]

EXCHANGES_MAX: Final = 40
"""Kept of one attempt whatever they say: an outcome may be asked about for days."""

_FIGURES: Final = re.compile(r"[0-9]+")
_NOBODY_LISTENS: Final = nullcontext()
_listening: Final[ContextVar[Listener | None]] = ContextVar("listening", default=None)


class Overheard:
    """The door out, as connectors get it: what passes while somebody listens is told to him."""

    def __init__(self, outbound: Outbound) -> None:
        self._outbound = outbound

    def send(self, request: HttpRequest) -> Coroutine[Any, Any, HttpResponse]:
        """The answer, whatever its status; raises `NoAnswer` and nothing else."""
        listener = _listening.get()
        if listener is None:
            return self._outbound.send(request)
        return self._overheard(request, listener)

    async def _overheard(self, request: HttpRequest, listener: Listener) -> HttpResponse:
        try:
            answer = await self._outbound.send(request)
        except NoAnswer as silence:
            listener(request, silence)
            raise
        listener(request, answer)
        return answer


def kept(switch: Switch, movement: Movement) -> AbstractContextManager[None]:
    """Keeps what is exchanged meanwhile in the order's log, where the movement is an attempt."""
    order = movement.terms.original
    if order is None or movement.kind is not MovementKind.COLLECTION:
        return _NOBODY_LISTENS
    return _kept_for(order, switch, movement)


@contextmanager
def _kept_for(order: str, switch: Switch, movement: Movement) -> Iterator[None]:
    def listen(request: HttpRequest, answer: HttpResponse | NoAnswer) -> None:
        told = _told(movement, request, answer)
        once = _once(switch, movement, told)
        order_log.note_in_passing(
            switch, order, Note("exchange", _sentence(request, answer), told, once)
        )

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


def _once(switch: Switch, movement: Movement, told: dict[str, Any]) -> str | None:
    """Beyond the first so many of an attempt: a name for what is no news but for its figures."""
    counted = f"{movement.id}/exchanges"
    switch.noted[counted] = switch.noted.get(counted, 0) + 1
    if switch.noted[counted] <= EXCHANGES_MAX:
        return None
    said = masked(f"{told['request']['method']} {told['request']['url']} {told['response']}")
    return f"exchange {hashlib.sha256(_FIGURES.sub('', said).encode()).hexdigest()[:24]}"


def _text(body: bytes) -> str:
    return body.decode("utf-8", "replace")
