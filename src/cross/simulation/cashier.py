"""What every simulated operator does with an order: prompt the payer, decide, move, tell.

The payer's part is played by the number's last two digits, or by a person at a handset, or on the
operator's own page: `take_hosted`, `name_payer`, `check_pin` and `authorise` follow each other.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Final

from cross.simulation.callbacks import Callbacks
from cross.simulation.clients import Client
from cross.simulation.facts import Facts
from cross.simulation.journal import Kind, answers_to
from cross.simulation.lies import Lies
from cross.simulation.numbers import Number, number_of
from cross.simulation.payments import Failure, Order, Payment, State
from cross.simulation.wallets import Purse, Wallet
from cross.simulation.world import World

PIN_TRIES: Final = 3  # sandbox.md section 3, number 19

_NO_PROMPT: Final = {
    Number.NOT_REGISTERED: Failure.NOT_REGISTERED,
    Number.LIMIT_REACHED: Failure.LIMIT_REACHED,
    Number.PROMPT_OPEN: Failure.PROMPT_OPEN,
}
_PAYER_SAYS: Final = {
    Number.NO_FUNDS: Failure.NO_FUNDS,
    Number.REFUSES: Failure.REFUSED,
    Number.WRONG_PIN: Failure.WRONG_PIN,
}
_NO_CREDIT: Final = {
    Number.NOT_REGISTERED: Failure.NOT_REGISTERED,
    Number.LIMIT_REACHED: Failure.LIMIT_REACHED,
    Number.CREDIT_REFUSED: Failure.CREDIT_REFUSED,
}


class Cashier:
    """The payments of one operator, from the order to the callback."""

    def __init__(self, facts: Facts, *, world: World, purse: Purse, callbacks: Callbacks) -> None:
        self._facts = facts
        self._world = world
        self._purse = purse
        self._callbacks = callbacks
        self._lies = Lies(facts, world=world, purse=purse)
        self.reset()

    def reset(self) -> None:
        """Back to the start: no payment was ever asked for."""
        self._serial = 0
        self._forgotten: str | None = None
        self._by_reference: dict[str, list[Payment]] = {}
        self._open_prompts: dict[str, list[Payment]] = {}

    def find(
        self, reference: str, *, client: Client | None = None, kind: Kind | None = None
    ) -> Payment | None:
        """The payment of that reference, of any client and kind unless one is given."""
        if reference == self._forgotten:
            return None
        for payment in self._by_reference.get(reference, ()):
            order = payment.order
            if client in (None, order.client) and kind in (None, order.kind):
                return payment
        return None

    @contextmanager
    def forgetting(self, reference: str) -> Iterator[None]:
        """Meanwhile nobody ever asked for that reference."""
        self._forgotten = reference
        try:
            yield
        finally:
            self._forgotten = None

    def named(self, reference: str) -> Payment | None:
        """The first payment of that reference, or of one that begins with it before a hyphen."""
        found = self.find(reference)
        if found is not None:
            return found
        names = (name for name in self._by_reference if answers_to(name, reference))
        return next((self._by_reference[name][0] for name in names), None)

    def find_by_operator_reference(self, operator_reference: str) -> Payment | None:
        """The payment that the operator itself gave that reference."""
        for payments in self._by_reference.values():
            for payment in payments:
                if payment.operator_reference == operator_reference:
                    return payment
        return None

    def open_prompts(self) -> tuple[Payment, ...]:
        """Every payment that some phone is asked to approve now."""
        return tuple(payment for waiting in self._open_prompts.values() for payment in waiting)

    def prompts_of(self, msisdn: str) -> tuple[Payment, ...]:
        """The payments that this phone is asked to approve now."""
        return tuple(self._open_prompts.get(msisdn, ()))

    def objection_to_debit(self, order: Order) -> Failure | None:
        """Why the payer cannot even be asked, if so.

        One prompt is open per wallet: operators.md section 3.10 for Flooz, ASSUMED for the others.
        """
        number = number_of(order.msisdn)
        if number in _NO_PROMPT:
            return _NO_PROMPT[number]
        wallet = self._purse.wallet(order.msisdn)
        if wallet is None:
            return Failure.NOT_REGISTERED
        if number is Number.WRONG_PIN:
            return None  # its outcome is fixed, blocked or not
        if wallet.blocked:
            return Failure.BLOCKED
        return Failure.PROMPT_OPEN if order.msisdn in self._open_prompts else None

    def take_debit(
        self, order: Order, *, operator_reference: str, objection: Failure | None = None
    ) -> Payment:
        """Take the order of a debit, to be played once its answer has left; no money moves yet."""
        payment = self._take(order, operator_reference)
        payment.objection = objection
        return payment

    def take_hosted(self, order: Order, *, operator_reference: str, seconds: float) -> Payment:
        """Take an order that its payer answers on the operator's page, within so many seconds."""
        payment = self._take(order, operator_reference)
        payment.hosted = True
        payment.prompt_expires_at = payment.received_at + timedelta(seconds=seconds)
        self._world.timers.after(seconds, partial(self._expire, payment))
        return payment

    def name_payer(self, payment: Payment, msisdn: str) -> Failure | None:
        """Whose wallet pays, as typed on the page; why that wallet cannot be asked, if so."""
        payment.order = replace(payment.order, msisdn=msisdn)
        payment.number = number_of(msisdn)
        payment.payer_known_at = self._world.timers.now()
        return self.objection_to_debit(payment.order)

    def check_pin(self, payment: Payment, pin: str) -> bool:
        """Whether this opens the payer's wallet; the third wrong one blocks it and ends this."""
        wallet = self._purse.wallet(payment.order.msisdn)
        is_right = wallet is not None and pin == wallet.pin
        if not is_right:
            payment.pin_attempts += 1
            if payment.pin_attempts >= PIN_TRIES:
                self.decide(payment, Failure.WRONG_PIN)
        return is_right

    def authorise(self, payment: Payment) -> None:
        """The payer said yes on the page: decide as his number tells, now or when the time comes.

        A silent number authorises nothing: its order expires.
        """
        if payment.state is not State.PENDING or payment.authorised_at is not None:
            return
        if payment.number is Number.SILENT:
            return
        timers, settings = self._world.timers, self._world.settings
        payment.authorised_at = timers.now()
        if payment.number is Number.FORGED_FIRST:
            self._callbacks.forge_if_so_fated(payment)
        says = _PAYER_SAYS.get(payment.number)
        if payment.number is Number.LATE_APPROVAL and payment.prompt_expires_at is not None:
            left = payment.prompt_expires_at - timers.now()
            late = left.total_seconds() + settings.late_approval_seconds
            timers.after(late, partial(self.decide, payment, says))
        elif settings.prompt_delay_seconds > 0 and payment.number is not Number.DEBIT_ANSWER_LOST:
            timers.after(settings.prompt_delay_seconds, partial(self.decide, payment, says))
        else:
            self.decide(payment, says)

    def report(self, payment: Payment) -> None:
        """Tell the client where a payment stands now, before it is decided."""
        self._callbacks.report(payment)

    def make_credit(self, order: Order, *, operator_reference: str) -> Payment:
        """Credit the wallet now, or say why not."""
        payment = self._take(order, operator_reference)
        failure = _NO_CREDIT.get(payment.number)
        wallet = None if failure is not None else self._purse.wallet(order.msisdn)
        if failure is None and wallet is None:
            failure = Failure.NOT_REGISTERED
        if wallet is not None and wallet.blocked and payment.number is not Number.WRONG_PIN:
            failure = Failure.BLOCKED
        if failure is None and wallet is not None:
            failure = self._lies.move(payment, wallet=wallet)
        self._settle(payment, failure)
        return payment

    def play(self, payment: Payment) -> None:
        """Let the payer answer, now or when the time comes; the order's answer has left.

        A credit is decided by then: the client is told of it, where its operator does that.
        """
        if payment.state is not State.PENDING:
            if payment.order.kind is Kind.CREDIT and payment.order.credit_calls_back:
                self._callbacks.announce(payment)
            return
        self._callbacks.forge_if_so_fated(payment)
        if payment.hosted:
            return
        settings = self._world.settings
        if payment.objection is not None:
            self.decide(payment, payment.objection)
        elif payment.number in (Number.PERSON, Number.SILENT):
            self._prompt(payment, settings.prompt_seconds, Failure.EXPIRED)
        elif payment.number is Number.LATE_APPROVAL:
            late = settings.prompt_seconds + settings.late_approval_seconds
            self._prompt(payment, late, None)
        elif settings.prompt_delay_seconds > 0:
            says = _PAYER_SAYS.get(payment.number)
            self._prompt(payment, settings.prompt_delay_seconds, says)
        else:
            self.decide(payment, _PAYER_SAYS.get(payment.number))

    def decide_at_once(self, payment: Payment) -> None:
        """Let the payer answer before the order's answer has left, unless he takes his time."""
        if payment.number not in (Number.PERSON, Number.SILENT, Number.LATE_APPROVAL):
            self.decide(payment, payment.objection or _PAYER_SAYS.get(payment.number))

    def decide(self, payment: Payment, failure: Failure | None) -> None:
        """Make a debit final, once: move its money unless it failed, and tell the client."""
        if payment.state is not State.PENDING:
            return
        wallet = self._purse.wallet(payment.order.msisdn)
        if failure is None:
            failure = self._debit(payment, wallet)
        if failure is Failure.WRONG_PIN and wallet is not None:
            wallet.blocked = True
        self._close_prompt(payment)
        self._settle(payment, failure)
        self._callbacks.announce(payment)

    def answer_prompt(self, payment: Payment, *, pin: str | None) -> int:
        """What a person did: typed a PIN, or refused with None. Gives the PIN tries left."""
        wallet = self._purse.wallet(payment.order.msisdn)
        if pin is None:
            self.decide(payment, Failure.REFUSED)
        elif wallet is None or pin == wallet.pin:
            self.decide(payment, None)
        else:
            payment.pin_attempts += 1
            if payment.pin_attempts >= PIN_TRIES:
                self.decide(payment, Failure.WRONG_PIN)
        return PIN_TRIES - payment.pin_attempts

    async def until_decided(self, payment: Payment) -> None:
        """Wait for the payer."""
        if payment.state is State.PENDING:
            if payment.when_decided is None:
                payment.when_decided = asyncio.get_running_loop().create_future()
            await payment.when_decided

    def _expire(self, payment: Payment) -> None:
        if payment.authorised_at is None:
            self.decide(payment, Failure.EXPIRED)

    def _take(self, order: Order, operator_reference: str) -> Payment:
        self._serial += 1
        order = self._lies.order_taken(order)
        payment = Payment(
            order=order,
            operator=self._facts.name,
            number=number_of(order.msisdn),
            serial=self._serial,
            operator_reference=self._lies.reference_given(order, operator_reference),
            received_at=self._world.timers.now(),
        )
        self._by_reference.setdefault(order.reference, []).append(payment)
        return payment

    def _prompt(self, payment: Payment, seconds: float, says: Failure | None) -> None:
        timers = self._world.timers
        payment.prompt_expires_at = timers.now() + timedelta(
            seconds=self._world.settings.prompt_seconds
        )
        self._open_prompts.setdefault(payment.order.msisdn, []).append(payment)
        timers.after(seconds, partial(self.decide, payment, says))

    def _close_prompt(self, payment: Payment) -> None:
        prompts = self._open_prompts.get(payment.order.msisdn)
        if prompts is not None and payment in prompts:
            prompts.remove(payment)
            if not prompts:
                del self._open_prompts[payment.order.msisdn]

    def _debit(self, payment: Payment, wallet: Wallet | None) -> Failure | None:
        if wallet is None:
            return Failure.NOT_REGISTERED
        return self._lies.move(payment, wallet=wallet)

    def _settle(self, payment: Payment, failure: Failure | None) -> None:
        payment.state = State.PAID if failure is None else State.FAILED
        payment.failure = failure
        payment.decided_at = self._world.timers.now()
        if payment.when_decided is not None and not payment.when_decided.done():
            payment.when_decided.set_result(None)
