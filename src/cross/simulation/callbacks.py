"""Operators calling back: what a client is told, how often, and how that goes wrong."""

import asyncio
from collections import deque
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Final, Protocol

from cross.outbound import HttpRequest, HttpResponse, NoAnswer
from cross.simulation.faults import FaultKind
from cross.simulation.numbers import Number
from cross.simulation.payments import Payment, State
from cross.simulation.world import World

RETRY_SECONDS: Final = (5, 30, 120, 600)  # ASSUMED: operators.md section 2.4: five tries
DEADLINE_SECONDS: Final = 30.0  # ASSUMED: how long an operator waits for a client's answer
OTHER_AMOUNT: Final = 100  # how much more a falsified callback claims
_CALLBACKS_KEPT: Final = 1_000
_ANSWER_KEPT_BYTES: Final = 500
_NEVER_SENT: Final = (Number.CALLBACK_LOST, Number.DEBIT_ANSWER_LOST, Number.QUERIES_FAIL)


@dataclass(frozen=True, slots=True)
class CallbackBody:
    """A callback in an operator's own words."""

    body: bytes
    content_type: str = "application/json"


class Words(Protocol):
    """How one operator words its callbacks and recognises its client's thanks."""

    def callback(self, payment: Payment) -> CallbackBody:
        """What the client is told of a decided payment."""

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

    def __init__(self, words: Words, *, world: World) -> None:
        self._words = words
        self._world = world
        self.attempts: deque[Attempt] = deque(maxlen=_CALLBACKS_KEPT)

    def announce(self, payment: Payment) -> None:
        """Tell the client what was decided, as wrongly as its number or a fault say."""
        if not payment.order.calls_back or payment.order.client.callback_url is None:
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
        if payment.order.client.callback_url is None:
            return
        if payment.number is Number.FORGED_FIRST or self._struck(payment, FaultKind.FORGE_CALLBACK):
            forged = replace(
                _with_other_amount(payment),
                state=State.PAID,
                operator_reference=_other_reference(payment.operator_reference),
                decided_at=self._world.timers.now(),
            )
            self._send(_Sending(payment, forged, is_repeated=False, is_true=False))

    def resend(self, payment: Payment) -> None:
        """Send the true callback once more, whatever became of the others."""
        self._send(_Sending(payment, payment, is_repeated=False))

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
        url = sending.payment.order.client.callback_url
        if url is None:
            return
        callback = self._words.callback(sending.told)
        headers = (("Content-Type", callback.content_type),)
        try:
            response = await self._world.outbound.send(
                HttpRequest("POST", url, headers, callback.body, DEADLINE_SECONDS)
            )
        except NoAnswer as silence:
            delivered = self._keep(sending, callback.body, detail=silence.detail)
        else:
            delivered = self._keep(sending, callback.body, response)
        payment = sending.payment
        if payment.last_callback is asyncio.current_task():
            payment.last_callback = None  # kept for every payment, tasks would fill the memory
        if delivered:
            payment.callback_delivered |= sending.is_true
        elif sending.is_repeated and sending.attempt <= len(RETRY_SECONDS):
            again = replace(sending, attempt=sending.attempt + 1)
            self._send_after(RETRY_SECONDS[sending.attempt - 1], again)

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
        self.attempts.append(
            Attempt(
                operator=sending.payment.operator,
                reference=sending.payment.order.reference,
                at=self._world.timers.now(),
                body=body,
                status=status,
                answer=answer,
                delivered=delivered,
                acknowledged=delivered and self._words.acknowledges(answer),
                detail=detail,
            )
        )
        return delivered


def _other_reference(reference: str) -> str:
    return f"{reference[:-1]}{'0' if reference[-1] == '9' else '9'}"


def _with_other_amount(payment: Payment) -> Payment:
    order = replace(payment.order, amount=payment.order.amount + OTHER_AMOUNT)
    return replace(payment, order=order)
