"""Where requests to one simulated operator come in, and where planted faults meet them."""

import asyncio
from collections import deque
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from cross.simulation.asgi import (
    Receive,
    Scope,
    Send,
    client_leaves,
    drip_reply,
    read_request,
    send_reply,
)
from cross.simulation.callbacks import CallbackBody, Callbacks
from cross.simulation.cashier import Cashier
from cross.simulation.clients import Clients
from cross.simulation.dialect import Module, Office
from cross.simulation.exchange import Call, Effect, Query, Reply, Request, Visit
from cross.simulation.faults import Fault, FaultKind, LieKind
from cross.simulation.journal import Kind
from cross.simulation.numbers import Number, number_of
from cross.simulation.payments import Payment
from cross.simulation.settings import LostAnswer
from cross.simulation.wallets import Purse
from cross.simulation.world import World

UNAVAILABLE_TIMES: Final = 2  # sandbox.md section 3, number 10
_BAD_GATEWAY: Final = b"<html><head><title>502 Bad Gateway</title></head><body></body></html>"
_UNAVAILABLE: Final = Reply(503, b"", b"text/plain")
_ERROR: Final = Reply(500, b"", b"text/plain")
_FAULTY_REPLIES: Final = (
    (FaultKind.DOWN, _UNAVAILABLE),
    (FaultKind.ERROR_500, _ERROR),
    (FaultKind.ERROR_502_HTML, Reply(502, _BAD_GATEWAY, b"text/html")),
)
_NOT_FOUND: Final = Reply(404, b'{"error":"no such path"}')
_WRONG_METHOD: Final = Reply(405, b'{"error":"method not allowed"}')
_WRONG_BODY: Final = Reply(413, b'{"error":"body too long"}')


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request that came in and its answer; None where the answer was lost."""

    operator: str
    at: datetime
    request: Request
    reply: Reply | None


class Desk:
    """One simulated operator: its money, clients and payments, and its HTTP server."""

    def __init__(self, module: Module, *, world: World, exchanges: deque[Exchange]) -> None:
        self.module = module
        self.facts = module.FACTS
        self.clients = Clients(self.facts)
        self.purse = Purse(self.facts, journal=world.journal, timers=world.timers)
        self.callbacks = Callbacks(self, facts=self.facts, world=world)
        self.cashier = Cashier(self.facts, world=world, purse=self.purse, callbacks=self.callbacks)
        self._world = world
        self._exchanges = exchanges
        self._office = Office(world, self.clients, self.purse, self.cashier)
        self.reset()

    def reset(self) -> None:
        """Back to the start."""
        self.clients.reset()
        self.purse.reset()
        self.cashier.reset()
        self.callbacks.attempts.clear()
        self._unavailable: dict[str, int] = {}
        self._dialect = self.module.create_dialect(self._office)
        self._routes = self._dialect.routes()

    def callback(self, payment: Payment) -> CallbackBody:
        """What the client is told of a payment, in the operator's words of this moment."""
        return self._dialect.callback(payment)

    def acknowledges(self, answer: bytes) -> bool:
        """Whether the client answered in the operator's own words for *received*."""
        return self.module.acknowledges(answer)

    async def serve(self, scope: Scope, receive: Receive, send: Send, path: str) -> None:
        """Answer one HTTP request, unless its answer is to be lost."""
        request = await read_request(scope, receive, path=path)
        if request is None:
            await send_reply(send, _WRONG_BODY)
            return
        understood = self._understand(request)
        call: Call | None = understood
        if self._world.faults:
            call = await self._struck_before(understood)
        reply = None if call is None else await self._act(call)
        self._exchanges.append(Exchange(self.facts.name, self._world.timers.now(), request, reply))
        if reply is None:
            await self._lose_answer(receive, send)
            return
        await self._send(send, reply, understood)
        if reply.payment is not None and not isinstance(understood, Visit):
            self.cashier.play(reply.payment)

    def _understand(self, request: Request) -> Call:
        path = request.path.lower() if self.facts.paths_fold_case else request.path
        route = self._routes.get(path)
        if route is None:
            return _NOT_FOUND
        if request.method not in route.methods:
            return _WRONG_METHOD
        return route.read(request)

    async def _act(self, call: Call) -> Reply | None:
        if isinstance(call, Reply):
            return call
        if isinstance(call, Query):
            return _ERROR if self._queries_fail(call) else self._answer(call)
        return await self._act_once_reached(call)

    async def _act_once_reached(self, call: Effect | Visit) -> Reply | None:
        reference, msisdn = _concerns(call)
        number = number_of(msisdn)
        if number is Number.REQUEST_LOST:
            return None
        if number is Number.UNAVAILABLE_TWICE and self._is_unavailable(reference):
            return _UNAVAILABLE
        if isinstance(call, Visit):
            return await self._after_visit(call, call.act())
        reply = call.act(call.order)
        if reply.payment is None:
            return None if self._strike(FaultKind.DROP_AFTER, call) else reply
        return await self._after_effect(call, reply, reply.payment)

    async def _after_effect(self, call: Effect, reply: Reply, payment: Payment) -> Reply | None:
        if self._strike(FaultKind.DROP_AFTER, call) is not None:
            self.cashier.play(payment)
            return None
        if payment.order.kind is not Kind.DEBIT:
            if payment.number is not Number.CREDIT_ANSWER_LOST:
                return reply
            self.cashier.play(payment)
            return None
        return reply if payment.hosted else await self._after_debit(reply, payment)

    async def _after_visit(self, call: Visit, reply: Reply) -> Reply | None:
        if self._strike(FaultKind.DROP_AFTER, call) is not None:
            return None
        payment = reply.payment
        if payment is None:
            return reply
        if payment.number is Number.DEBIT_ANSWER_LOST:
            return None
        if reply.finish is None:
            return reply
        await self.cashier.until_decided(payment)
        if self.callbacks.is_early(payment) and payment.last_callback is not None:
            await asyncio.wait([payment.last_callback])
        return reply.finish(payment)

    async def _after_debit(self, reply: Reply, payment: Payment) -> Reply | None:
        if payment.number is Number.DEBIT_ANSWER_LOST:
            self.cashier.decide(payment, payment.objection)
            return None
        if self.callbacks.is_early(payment):
            self.cashier.decide_at_once(payment)
            if payment.last_callback is not None:
                await asyncio.wait([payment.last_callback])
        if reply.finish is None:
            return reply
        self.cashier.play(payment)
        await self.cashier.until_decided(payment)
        return reply.finish(payment)

    async def _struck_before(self, call: Call) -> Call | None:
        if (fault := self._strike(FaultKind.LATENCY, call)) is not None:
            await self._world.timers.sleep(fault.value / 1000)
        if self._strike(FaultKind.DROP_BEFORE, call) is not None:
            return None
        for kind, reply in _FAULTY_REPLIES:
            if self._strike(kind, call) is not None:
                return reply
        if isinstance(call, Query) and self._strike(FaultKind.STATUS_QUERY_DOWN, call) is not None:
            return _ERROR
        if isinstance(call, Reply | Visit) or self._strike(FaultKind.EXPIRED_TOKEN, call) is None:
            return call
        return self._dialect.expire_tokens()

    async def _send(self, send: Send, reply: Reply, call: Call) -> None:
        if self._world.settings.ack_delay_seconds:
            await self._world.timers.sleep(self._world.settings.ack_delay_seconds)
        if self._world.faults:
            if self._strike(FaultKind.TRUNCATE_BODY, call) is not None:
                reply = replace(reply, body=reply.body[: len(reply.body) // 2])
            if self._strike(FaultKind.DRIP, call) is not None:
                await drip_reply(send, reply, timers=self._world.timers)
                return
        await send_reply(send, reply)

    async def _lose_answer(self, receive: Receive, send: Send) -> None:
        settings = self._world.settings
        if settings.lost_answer is LostAnswer.HOLD and await client_leaves(
            receive, within_seconds=settings.lost_answer_seconds
        ):
            return
        await send_reply(send, _ERROR)

    def _answer(self, query: Query) -> Reply:
        """What is known of it, unless the operator forgets it for a moment (F-O06, F-O13)."""
        if self._strike(LieKind.FORGET, query) is None:
            return query.answer()
        with self.cashier.forgetting(query.reference):
            return query.answer()

    def _strike(self, kind: FaultKind | LieKind, call: Call) -> Fault | None:
        faults = self._world.faults
        return faults.strike(self.facts.name, kind, _concerns(call)) if faults else None

    def _queries_fail(self, query: Query) -> bool:
        payment = self.cashier.find(query.reference)
        if payment is None or payment.number is not Number.QUERIES_FAIL:
            return False
        since = self._world.timers.now() - (payment.payer_known_at or payment.received_at)
        return since.total_seconds() < self._world.settings.queries_fail_seconds

    def _is_unavailable(self, reference: str) -> bool:
        self._unavailable[reference] = self._unavailable.get(reference, 0) + 1
        return self._unavailable[reference] <= UNAVAILABLE_TIMES


def _concerns(call: Call) -> tuple[str, ...]:
    if isinstance(call, Effect):
        return call.order.reference, call.order.msisdn
    if isinstance(call, Visit):
        return call.reference, call.msisdn
    return (call.reference,) if isinstance(call, Query) else ()
