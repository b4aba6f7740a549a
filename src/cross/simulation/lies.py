"""Lies that a test plants: an operator whose answers are not what it did (F-O04 to F-O13)."""

from dataclasses import replace
from functools import partial

from cross.simulation.facts import Facts
from cross.simulation.faults import Fault, LieKind
from cross.simulation.journal import Kind
from cross.simulation.payments import Failure, Order, Payment, State
from cross.simulation.wallets import Purse, Wallet
from cross.simulation.world import World


class Lies:
    """What one operator does otherwise than it says."""

    def __init__(self, facts: Facts, *, world: World, purse: Purse) -> None:
        self._facts = facts
        self._world = world
        self._purse = purse
        self._last_reference: str | None = None

    def order_taken(self, order: Order) -> Order:
        """The order as it will be executed: of another amount, where that is planted (F-O09)."""
        fault = self._strike(LieKind.OTHER_AMOUNT, order)
        return order if fault is None else replace(order, amount=fault.value or order.amount - 1)

    def reference_given(self, order: Order, reference: str) -> str:
        """The operator's own reference: the last one again, where that lie is planted (F-O11)."""
        if self._last_reference is not None and self._strike(LieKind.REUSE_REFERENCE, order):
            return self._last_reference
        self._last_reference = reference
        return reference

    def move(self, payment: Payment, *, wallet: Wallet) -> Failure | None:
        """Moves the money of a payment once, or as planted; why the operator says it did not."""
        order = payment.order
        is_debit = order.kind is Kind.DEBIT
        if self._strike(LieKind.CLAIM_SUCCESS, order):
            return None
        if not self._purse.move(payment, wallet=wallet):
            return Failure.NO_FUNDS if is_debit else Failure.FLOAT_TOO_LOW
        if self._strike(LieKind.EXECUTE_TWICE, order):
            self._purse.move(payment, wallet=wallet)
        if (fault := self._strike(LieKind.UNDO, order)) is not None:
            self._world.timers.after(fault.value / 1000, partial(self._undo, payment, wallet))
        if self._strike(LieKind.CLAIM_FAILURE, order):
            return Failure.REFUSED if is_debit else Failure.CREDIT_REFUSED
        return None

    def _undo(self, payment: Payment, wallet: Wallet) -> None:
        """The operator takes back what it had done and said (F-O07)."""
        self._purse.take_back(payment, wallet=wallet)
        payment.state, payment.failure = State.FAILED, Failure.REFUSED

    def _strike(self, kind: LieKind, order: Order) -> Fault | None:
        faults = self._world.faults
        if not faults:
            return None
        return faults.strike(self._facts.name, kind, (order.reference, order.msisdn))
