"""The simulated D-Money's calls about orders: preOrder, in-app, queryOrder and closeOrder."""

from collections.abc import Mapping
from functools import partial
from typing import Final

from cross.operators.dmoney.simulator_access import NO_SUCH_PATH
from cross.operators.dmoney.simulator_answers import (
    DUPLICATE,
    NOT_FOUND,
    NOT_VALID,
    WRONG_STATE,
    Answers,
    refusal,
)
from cross.operators.dmoney.simulator_orders import (
    CLOSED,
    Checkout,
    Orders,
    order_from,
    status_of,
    told,
)
from cross.operators.dmoney.simulator_requests import Asked, Requests
from cross.operators.dmoney.simulator_rules import PRE_ORDER, QUERY, broken
from cross.simulation.dialect import Office
from cross.simulation.exchange import Call, Effect, Query, Reply, Request
from cross.simulation.journal import Kind
from cross.simulation.payments import Failure, Order, State

_PRE_ORDER_METHODS: Final = ("payment.preorder", "payment_preorder")  # operators.md section 5.4
_IN_APP_METHODS: Final = (*_PRE_ORDER_METHODS, "payment.inapp", "payment.createorder")  # ASSUMED
_TRADE_TYPES: Final = {False: "Checkout", True: "InApp"}
_RECEIVE_CODE_BITS: Final = 128


class OrderCalls:
    """Takes orders and tells what became of them."""

    def __init__(self, office: Office, orders: Orders, requests: Requests) -> None:
        self._office = office
        self._orders = orders
        self._requests = requests
        self._answers = Answers(office.world)

    def read_order(self, request: Request, *, in_app: bool) -> Call:
        """An order to be paid on the page, or in the payer's application."""
        methods = _IN_APP_METHODS if in_app else _PRE_ORDER_METHODS
        asked = self._requests.read(request, *methods)
        if isinstance(asked, Reply):
            return asked
        details = broken(PRE_ORDER, asked)
        if details is None and asked.text("trade_type") != _TRADE_TYPES[in_app]:
            details = f"trade_type is not {_TRADE_TYPES[in_app]}"
        if details is not None:
            return refusal(NOT_VALID, details)
        order = order_from(Kind.DEBIT, asked)
        return Effect(order, partial(self._take, asked, in_app))

    def read_query(self, request: Request) -> Call:
        """A question about one order or payout."""
        asked = self._requests.read(request, "payment.queryorder")
        if isinstance(asked, Reply):
            return asked
        details = broken(QUERY, asked)
        if details is not None:
            return refusal(NOT_VALID, details)
        reference = asked.text("merch_order_id")
        return Query(reference, partial(self._answer, asked, reference))

    def read_close(self, request: Request) -> Call:
        """An order that nobody shall pay any more."""
        asked = self._requests.read(request, "payment.closeorder")
        if isinstance(asked, Reply):
            return asked
        details = broken(QUERY, asked)
        if details is not None:
            return refusal(NOT_VALID, details)
        if not asked.client.settings["close_available"]:
            return NO_SUCH_PATH
        checkout = self._orders.find(asked.client, asked.text("merch_order_id"))
        if checkout is None:
            return refusal(NOT_FOUND, "no such order")
        return Effect(checkout.payment.order, partial(self._close, checkout))

    def _take(self, asked: Asked, in_app: bool, order: Order) -> Reply:  # noqa: FBT001 - a partial's
        cashier = self._office.cashier
        checkout = self._orders.find(asked.client, order.reference)
        if checkout is None and cashier.find(order.reference, client=asked.client) is None:
            checkout = self._orders.open(asked, order)
            return self._accepted(checkout, in_app=in_app, is_new=True)
        # ASSUMED: operators.md section 5.4: the same again gives the same page, while unpaid
        is_same = checkout is not None and checkout.payment.order.asked == asked.content
        if checkout is None or not is_same or checkout.payment.state is not State.PENDING:
            return refusal(DUPLICATE, "merch_order_id was used before")
        return self._accepted(checkout, in_app=in_app, is_new=False)

    def _accepted(self, checkout: Checkout, *, in_app: bool, is_new: bool) -> Reply:
        payment = checkout.payment
        content = {
            "merch_order_id": payment.order.reference,
            "prepay_id": checkout.prepay_id,
            "order_id": payment.operator_reference,
            "status": "created",
        }
        if in_app:
            content["receiveCode"] = f"{self._office.world.random_bits(_RECEIVE_CODE_BITS):032x}"
        signs = bool(checkout.client.settings["sign_preorder_answer"])
        return self._answers.success(content, payment=payment if is_new else None, signs=signs)

    def _answer(self, asked: Asked, reference: str) -> Reply:
        checkout = self._orders.find(asked.client, reference)
        if checkout is not None:
            return self._answers.success(_told_of(checkout, asked.content))
        payout = self._office.cashier.find(reference, client=asked.client, kind=Kind.CREDIT)
        if payout is None:
            return refusal(NOT_FOUND, "no such order")
        return self._answers.success(told(payout, status_of(payout, [])))

    def _close(self, checkout: Checkout, _: Order) -> Reply:
        payment = checkout.payment
        is_open = payment.state is State.PENDING and payment.authorised_at is None
        if is_open:
            self._office.cashier.decide(payment, Failure.EXPIRED)
        elif status_of(payment, checkout.refunds) != CLOSED:
            return refusal(WRONG_STATE, "the order is paid, being paid, or failed")
        return self._answers.success(told(payment, CLOSED))


def _told_of(checkout: Checkout, asked: Mapping[str, object]) -> dict[str, str]:
    """An order, and its refund where one is named: ASSUMED, no document tells how to ask for it."""
    payment = checkout.payment
    content = told(payment, status_of(payment, checkout.refunds))
    content["prepay_id"] = checkout.prepay_id
    for refund in checkout.refunds:
        if refund.request_no == asked.get("refund_request_no"):
            content["refund_request_no"] = refund.request_no
            content["refund_status"] = refund.state
            content["refund_amount"] = refund.amount_text
    return content
