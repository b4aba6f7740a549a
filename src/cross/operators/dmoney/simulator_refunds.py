"""Refunds and payouts at the simulated D-Money (operators.md sections 5.8 and 5.10)."""

from functools import partial
from typing import Final

from cross.operators.dmoney.simulator_answers import (
    DUPLICATE,
    FAILURES,
    NOT_FOUND,
    NOT_VALID,
    REFUND_TOO_HIGH,
    WRONG_STATE,
    Answers,
    local_text,
    refusal,
)
from cross.operators.dmoney.simulator_orders import (
    Checkout,
    Orders,
    Refund,
    RefundState,
    order_from,
    status_of,
    told,
)
from cross.operators.dmoney.simulator_requests import Asked, Requests
from cross.operators.dmoney.simulator_rules import REFUND, TRANSFER, broken, whole_amount
from cross.simulation.dialect import Office
from cross.simulation.exchange import Call, Effect, Reply, Request
from cross.simulation.journal import Kind
from cross.simulation.payments import Order, Payment, State

_AMOUNTS: Final = ("refund_amount", "actual_amount")  # operators.md section 5.8: either name
_ACCEPTED: Final = "ACCEPTED"  # operators.md section 5.10


class MoneyBack:
    """Gives back what an order brought, and pays out: every movement from the merchant's float."""

    def __init__(self, office: Office, orders: Orders, requests: Requests) -> None:
        self._office = office
        self._orders = orders
        self._requests = requests
        self._answers = Answers(office.world)

    def read_refund(self, request: Request) -> Call:
        """A refund, whole or in part, known by its `refund_request_no`."""
        asked = self._requests.read(request, "payment.refund")
        if isinstance(asked, Reply):
            return asked
        amounts = {asked.text(name) for name in _AMOUNTS if asked.text(name)}
        details = broken(REFUND, asked)
        if details is None and len(amounts) != 1:
            details = "refund_amount or actual_amount, and one amount only"
        if details is not None:
            return refusal(NOT_VALID, details)
        checkout = self._checkout_of(asked)
        if checkout is None:
            return refusal(NOT_FOUND, "no such order")
        amount_text = amounts.pop()
        order = Order(
            Kind.REFUND,
            asked.client,
            asked.text("refund_request_no"),
            checkout.payment.order.msisdn,
            whole_amount(amount_text) or 0,
            asked.content,
            calls_back=False,
        )
        return Effect(order, partial(self._refund, checkout, amount_text))

    def read_transfer(self, request: Request) -> Call:
        """A payout: the simulator's own dialect, for no document exists (section 5.10)."""
        asked = self._requests.read(request, "payment.transfer")
        if isinstance(asked, Reply):
            return asked
        details = broken(TRANSFER, asked)
        if details is not None:
            return refusal(NOT_VALID, details)
        return Effect(
            order_from(Kind.CREDIT, asked, msisdn=asked.text("payee_msisdn")), self._pay_out
        )

    def _checkout_of(self, asked: Asked) -> Checkout | None:
        reference, number = asked.text("merch_order_id"), asked.text("payment_order_id")
        if not reference:
            return self._orders.find_paid(asked.client, number) if number else None
        found = self._orders.find(asked.client, reference)
        if found is not None and number not in ("", found.payment.operator_reference):
            return None
        return found

    def _refund(self, checkout: Checkout, amount_text: str, order: Order) -> Reply:
        for refund in checkout.refunds:
            if refund.request_no == order.reference:
                # operators.md section 5.8: known by its number, so the same answer again
                if refund.asked != order.asked:
                    return refusal(DUPLICATE, "refund_request_no was used for another refund")
                return self._answers.success(_refund_told(checkout, refund))
        objection = self._objection(checkout, order)
        if objection is not None:
            return objection
        number = self._orders.next_reference()
        refund = Refund(order.reference, number, order.amount, amount_text, order.asked)
        checkout.refunds.append(refund)
        seconds = order.client.settings["refund_s"]
        if isinstance(seconds, int) and seconds:
            self._office.world.timers.after(seconds, partial(self._give_back, refund, order))
            return self._answers.success(_refund_told(checkout, refund))
        payment = self._give_back(refund, order)
        return self._answers.success(_refund_told(checkout, refund), payment=payment)

    def _objection(self, checkout: Checkout, order: Order) -> Reply | None:
        if self._office.cashier.find(order.reference, client=order.client, kind=Kind.REFUND):
            return refusal(DUPLICATE, "refund_request_no was used for another order")
        if checkout.payment.state is not State.PAID:
            return refusal(WRONG_STATE, "the order is not paid")
        spoken_for = sum(r.amount for r in checkout.refunds if r.state != RefundState.FAILED)
        if spoken_for + order.amount > checkout.payment.order.amount:
            return refusal(REFUND_TOO_HIGH, "the refunds together exceed what was paid")
        return None

    def _give_back(self, refund: Refund, order: Order) -> Payment:
        payment = self._office.cashier.make_credit(order, operator_reference=refund.order_id)
        is_made = payment.state is State.PAID
        refund.state = RefundState.SUCCESS if is_made else RefundState.FAILED
        refund.failure = payment.failure
        refund.refunded_at = local_text(self._office.world.timers.now())
        return payment

    def _pay_out(self, order: Order) -> Reply:
        cashier = self._office.cashier
        known = cashier.find(order.reference, client=order.client)
        if known is None:
            number = self._orders.next_reference()
            payment = cashier.make_credit(order, operator_reference=number)
            return self._answers.success(_payout_told(payment), payment=payment)
        if known.order.kind is not Kind.CREDIT or known.order.asked != order.asked:
            return refusal(DUPLICATE, "merch_order_id was used before")
        return self._answers.success(_payout_told(known))


def _refund_told(checkout: Checkout, refund: Refund) -> dict[str, str]:
    payment = checkout.payment
    content = {
        "merch_code": checkout.client.credentials["merch_code"],
        "merch_order_id": payment.order.reference,
        "trans_order_id": payment.operator_reference,
        "refund_order_id": refund.order_id,
        "refund_request_no": refund.request_no,
        "refund_amount": refund.amount_text,
        "refund_currency": checkout.asked("trans_currency"),
        "refund_status": refund.state,
    }
    if refund.refunded_at:
        content["refund_time"] = refund.refunded_at
    if refund.failure is not None:
        content["fail_code"], content["fail_reason"] = FAILURES[refund.failure]
    return content


def _payout_told(payment: Payment) -> dict[str, str]:
    """What became of a payout, or only that it was accepted: a query tells the rest."""
    content = told(payment, status_of(payment, []))
    if payment.order.client.settings["payout_answer"] == "final":
        return content
    return {"merch_order_id": payment.order.reference, "trade_status": _ACCEPTED}
