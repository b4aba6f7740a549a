"""Operators calling back: what a client is told, how often, and how that goes wrong."""

import asyncio
from collections import deque
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Final, Protocol

from cross.outbound import HttpRequest, HttpResponse, NoAnswer
from cross.simulation.facts import Facts
from cross.simulation.faults import FaultKind
from cross.simulation.numbers import Number
from cross.simulation.payments import Payment, State
from cross.simulation.world import World

UNTIL_ACKNOWLEDGED: Final = "callbacks_until_acknowledged"
"""The setting of a client for which a callback counts only once its answer says *received*."""
OTHER_AMOUNT: Final = 100  # how much more a falsified callback claims
_CALLBACKS_KEPT: Final = 1_000
_ANSWER_KEPT_BYTES: Final = 500
_NEVER_SENT: Final = (Number.CALLBACK_LOST, Number.DEBIT_ANSWER_LOST, Number.QUERIES_FAIL)


@dataclass(frozen=True, slots=True)
class CallbackBody:
    """A callback in an operator's own words; one by GET says all of it in its `query`."""

    body: bytes
    content_type: str = "application/json"
    method: str = "POST"
    query: str = ""


class Words(Protocol):
    """How one operator words its callbacks and recognises its client's thanks."""

    def callback(self, payment: Payment) -> CallbackBody:
        """What the client is told of a payment, worded anew for every try."""

    def acknowledges(self, answer: bytes) -> bool:
        """Whether the client answered in the operator's own words for *received*."""


@dataclass(frozen=True, slots=True)
class _Sending:
    payment: Payment
    told: Payment
    attempt: int = 1
    is_repeated: bool = True
    is_true: bool = True


@dataclass(frozen=True, slots=True)
class Attempt:
    """One callback sent or lost; `status` is 0 where no answer came."""

    operator: str
    reference: str
    at: datetime
    body: bytes
    status: int
    answer: bytes
    delivered: bool
    acknowledged: bool
    detail: str = ""


class Callbacks:
    """The callbacks of one operator; those of one payment never overtake each other."""

    def __init__(self, words: Words, *, facts: Facts, world: World) -> None:
        self._words = words
        self._facts = facts
        self._world = world
        self.attempts: deque[Attempt] = deque(maxlen=_CALLBACKS_KEPT)

    def announce(self, payment: Payment) -> None:
        """Tell the client what was decided, as wrongly as its number or a fault say."""
        if not payment.order.calls_back or payment.callback_url is None:
            return
        number = payment.number
        if number in _NEVER_SENT or self._struck(payment, FaultKind.LOSE_CALLBACK):
            self._keep(_Sending(payment, payment), b"", detail="lost on the way")
            return
        told = payment
        if number is Number.OTHER_AMOUNT or self._struck(payment, FaultKind.ALTER_CALLBACK_AMOUNT):
            told = _with_other_amount(payment)
        delay_seconds = self._world.settings.callback_delay_seconds
        delay_seconds += self._struck(payment, FaultKind.DELAY_CALLBACK) / 1000
        copies = 3 if number is Number.CALLBACK_THRICE else 1
        copies = self._struck(payment, FaultKind.DUPLICATE_CALLBACK) or copies
        for _ in range(copies):
            self._send_after(delay_seconds, _Sending(payment, told))

    def forge_if_so_fated(self, payment: Payment) -> None:
        """Send a success that never was, before anything is decided, and never again."""
        if payment.callback_url is None:
            return
        if payment.number is Number.FORGED_FIRST or self._struck(payment, FaultKind.FORGE_CALLBACK):
            forged = replace(
                _with_other_amount(payment),
                state=State.PAID,
                operator_reference=_other_reference(payment.operator_reference),
                decided_at=self._world.timers.now(),
                forged=True,
            )
            self._send(_Sending(payment, forged, is_repeated=False, is_true=False))

    def resend(self, payment: Payment) -> None:
        """Send the true callback once more, whatever became of the others."""
        self._send(_Sending(payment, payment, is_repeated=False))

    def report(self, payment: Payment) -> None:
        """Tell the client once where a payment stands now, before it is decided."""
        if payment.number in _NEVER_SENT:
            return
        if payment.order.calls_back and payment.callback_url is not None:
            self._send(_Sending(payment, replace(payment), is_repeated=False, is_true=False))

    def is_early(self, payment: Payment) -> bool:
        """Whether this payment's callback comes before the answer to its request."""
        return payment.number is Number.CALLBACK_EARLY or bool(
            self._struck(payment, FaultKind.EARLY_CALLBACK)
        )

    def _struck(self, payment: Payment, kind: FaultKind) -> int:
        if not self._world.faults:
            return 0
        fault = self._world.faults.strike(payment.operator, kind, payment.concerns)
        return 0 if fault is None else max(1, fault.value)

    def _send_after(self, seconds: float, sending: _Sending) -> None:
        if seconds > 0:
            self._world.timers.after(seconds, partial(self._send, sending))
        else:
            self._send(sending)

    def _send(self, sending: _Sending) -> None:
        payment = sending.payment
        payment.last_callback = self._world.timers.start(
            self._deliver(sending, before=payment.last_callback)
        )

    async def _deliver(self, sending: _Sending, *, before: asyncio.Task[None] | None) -> None:
        if before is not None and not before.done():
            await asyncio.wait([before])
        url = sending.payment.callback_url
        if url is None:
            return
        callback = self._words.callback(sending.told)
        said = callback.body or callback.query.encode()
        try:
            response = await self._world.outbound.send(
                _request(url, callback, deadline_seconds=self._facts.answer_seconds)
            )
        except NoAnswer as silence:
            delivered = self._keep(sending, said, detail=silence.detail)
        else:
            delivered = self._keep(sending, said, response)
        payment = sending.payment
        if payment.last_callback is asyncio.current_task():
            payment.last_callback = None  # kept for every payment, tasks would fill the memory
        if delivered:
            payment.callback_delivered |= sending.is_true
        elif sending.is_repeated and sending.attempt <= len(self._facts.retry_seconds):
            again = replace(sending, attempt=sending.attempt + 1)
            self._send_after(self._facts.retry_seconds[sending.attempt - 1], again)

    def _keep(
        self,
        sending: _Sending,
        body: bytes,
        response: HttpResponse | None = None,
        detail: str = "",
    ) -> bool:
        status = 0 if response is None else response.status
        answer = b"" if response is None else response.body[:_ANSWER_KEPT_BYTES]
        delivered = 200 <= status < 300  # noqa: PLR2004 - RFC 9110: the 2xx class
        acknowledged = delivered and self._words.acknowledges(answer)
        if sending.payment.order.client.settings.get(UNTIL_ACKNOWLEDGED, False):
            delivered = acknowledged
        self.attempts.append(
            Attempt(
                operator=sending.payment.operator,
                reference=sending.payment.order.reference,
                at=self._world.timers.now(),
                body=body,
                status=status,
                answer=answer,
                delivered=delivered,
                acknowledged=acknowledged,
                detail=detail,
            )
        )
        return delivered


def _request(url: str, callback: CallbackBody, *, deadline_seconds: float) -> HttpRequest:
    headers = (("Content-Type", callback.content_type),) if callback.body else ()
    if callback.query:
        url += f"{'&' if '?' in url else '?'}{callback.query}"
    return HttpRequest(callback.method, url, headers, callback.body, deadline_seconds)


def _other_reference(reference: str) -> str:
    return f"{reference[:-1]}{'0' if reference[-1] == '9' else '9'}"


def _with_other_amount(payment: Payment) -> Payment:
    order = replace(payment.order, amount=payment.order.amount + OTHER_AMOUNT)
    return replace(payment, order=order)
