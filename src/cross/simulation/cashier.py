"""What every simulated operator does with an order: prompt the payer, decide, move, tell.

The payer's part is played by the number's last two digits, or by a person at a handset.
"""

import asyncio
from datetime import timedelta
from functools import partial
from typing import Final

from cross.simulation.callbacks import Callbacks
from cross.simulation.clients import Client
from cross.simulation.facts import Facts
from cross.simulation.journal import Kind
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
        self.reset()

    def reset(self) -> None:
        """Back to the start: no payment was ever asked for."""
        self._serial = 0
        self._by_reference: dict[str, list[Payment]] = {}
        self._open_prompts: dict[str, list[Payment]] = {}

    def find(
        self, reference: str, *, client: Client | None = None, kind: Kind | None = None
    ) -> Payment | None:
        """The payment of that reference, of any client and kind unless one is given."""
        for payment in self._by_reference.get(reference, ()):
            order = payment.order
            if client in (None, order.client) and kind in (None, order.kind):
                return payment
        return None

    def find_by_operator_reference(self, operator_reference: str) -> Payment | None:
        """The payment that the operator itself gave that reference."""
        for payments in self._by_reference.values():
            for payment in payments:
                if payment.operator_reference == operator_reference:
                    return payment
        return None

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

    def make_credit(self, order: Order, *, operator_reference: str) -> Payment:
        """Credit the wallet now, or say why not."""
        payment = self._take(order, operator_reference)
        failure = _NO_CREDIT.get(payment.number)
        wallet = None if failure is not None else self._purse.wallet(order.msisdn)
        if failure is None and wallet is None:
            failure = Failure.NOT_REGISTERED
        if wallet is not None and wallet.blocked and payment.number is not Number.WRONG_PIN:
            failure = Failure.BLOCKED
        if failure is None and wallet is not None and not self._purse.move(payment, wallet=wallet):
            failure = Failure.FLOAT_TOO_LOW
        self._settle(payment, failure)
        return payment

    def play(self, payment: Payment) -> None:
        """Let the payer answer, now or when the time comes; the order's answer has left."""
        if payment.state is not State.PENDING:
            return
        self._callbacks.forge_if_so_fated(payment)
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

    def _take(self, order: Order, operator_reference: str) -> Payment:
        self._serial += 1
        payment = Payment(
            order=order,
            operator=self._facts.name,
            number=number_of(order.msisdn),
            serial=self._serial,
            operator_reference=operator_reference,
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
        return None if self._purse.move(payment, wallet=wallet) else Failure.NO_FUNDS

    def _settle(self, payment: Payment, failure: Failure | None) -> None:
        payment.state = State.PAID if failure is None else State.FAILED
        payment.failure = failure
        payment.decided_at = self._world.timers.now()
        if payment.when_decided is not None and not payment.when_decided.done():
            payment.when_decided.set_result(None)
