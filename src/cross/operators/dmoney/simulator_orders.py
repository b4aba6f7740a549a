"""Orders at the simulated D-Money (operators.md section 5.11).

WAIT_PAY --page, phone and PIN--> PAYING --> PAY_SUCCESS --> REFUNDING --> REFUND_SUCCESS | _FAILED
WAIT_PAY --cancel--> WAIT_PAY            PAYING --> PAY_FAILED
WAIT_PAY --timeout_express, close--> ORDER_CLOSED
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from cross.operators.dmoney.simulator_answers import FAILURES, local_text
from cross.operators.dmoney.simulator_requests import Asked
from cross.operators.dmoney.simulator_rules import open_seconds, whole_amount
from cross.simulation.clients import Client
from cross.simulation.dialect import Office
from cross.simulation.journal import Kind
from cross.simulation.payments import Failure, Order, Payment, State

REGISTERED_CALLBACK_PATH: Final = "/dmoney/registered-callback"
"""A `notify_url` of this path, ours alone, means the `callback_url` that the client registered."""

_TOKEN_BITS: Final = 128


class RefundState:
    """What became of a refund, in the document's family's words (operators.md section 5.8)."""

    REFUNDING: Final = "REFUNDING"
    SUCCESS: Final = "REFUND_SUCCESS"
    FAILED: Final = "REFUND_FAILED"


@dataclass(slots=True, eq=False)
class Refund:
    """One refund of an order, by its client's `refund_request_no`."""

    request_no: str
    order_id: str
    amount: int
    amount_text: str
    asked: Mapping[str, object]
    state: str = RefundState.REFUNDING
    failure: Failure | None = None
    refunded_at: str = ""


@dataclass(slots=True, eq=False)
class Checkout:
    """An order and its page; `visit` is what only the page's own form knows."""

    payment: Payment
    prepay_id: str
    visit: str
    refunds: list[Refund] = field(default_factory=list)

    @property
    def client(self) -> Client:
        """Whose order it is."""
        return self.payment.order.client

    def asked(self, name: str) -> str:
        """A field of the order as its client gave it; empty where it did not."""
        return str(self.payment.order.asked.get(name, ""))


class Status(NamedTuple):
    """Where an order stands, in D-Money's word and in its family's."""

    order_status: str
    trade_status: str


WAITING: Final = Status("PENDING", "WAIT_PAY")
PAYING: Final = Status("PAYING", "PAYING")
PAID: Final = Status("PAID", "PAY_SUCCESS")
FAILED: Final = Status("FAILURE", "PAY_FAILED")
CLOSED: Final = Status("EXPIRED", "ORDER_CLOSED")


class Orders:
    """The orders that were taken, by the names that others have for them."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._serial = 0
        self._by_reference: dict[tuple[str, str], Checkout] = {}
        self._by_prepay_id: dict[str, Checkout] = {}
        self._by_visit: dict[str, Checkout] = {}

    def open(self, asked: Asked, order: Order) -> Checkout:
        """Take an order whose fields are right; its time starts now."""
        payment = self._office.cashier.take_hosted(
            order,
            operator_reference=self.next_reference(),
            seconds=open_seconds(asked) or 0,
        )
        checkout = Checkout(payment, prepay_id=f"prepay{self._token()}", visit=self._token())
        self._by_reference[asked.client.name, order.reference] = checkout
        self._by_prepay_id[checkout.prepay_id] = checkout
        self._by_visit[checkout.visit] = checkout
        return checkout

    def find(self, client: Client, reference: str) -> Checkout | None:
        """A client's order by its `merch_order_id`."""
        return self._by_reference.get((client.name, reference))

    def find_paid(self, client: Client, payment_order_id: str) -> Checkout | None:
        """A client's order by the gateway's own number of its payment."""
        payment = self._office.cashier.find_by_operator_reference(payment_order_id)
        return None if payment is None else self.find(client, payment.order.reference)

    def of_prepay_id(self, prepay_id: str) -> Checkout | None:
        """The order whose page is asked for."""
        return self._by_prepay_id.get(prepay_id)

    def of_visit(self, visit: str) -> Checkout | None:
        """The order whose page a form was on."""
        return self._by_visit.get(visit)

    def next_reference(self) -> str:
        """The gateway's next number of a payment, a payout or a refund."""
        self._serial += 1
        return f"00801104C911{self._serial:012d}"

    def _token(self) -> str:
        return f"{self._office.world.random_bits(_TOKEN_BITS):032x}"


def order_from(kind: Kind, asked: Asked, *, msisdn: str = "") -> Order:
    """What a client orders, told of at its `notify_url`."""
    notify_url = asked.text("notify_url")
    is_registered = urlsplit(notify_url).path == REGISTERED_CALLBACK_PATH
    return Order(
        kind,
        asked.client,
        asked.text("merch_order_id"),
        msisdn,
        whole_amount(asked.text("total_amount")) or 0,
        asked.content,
        calls_back=bool(notify_url),
        callback_url=None if is_registered else notify_url or None,
        credit_calls_back=True,
    )


def status_of(payment: Payment, refunds: list[Refund]) -> Status:
    """Where an order or a payout stands; any refund that was made shows (operators.md 5.6)."""
    if payment.state is State.PENDING:
        return WAITING if payment.authorised_at is None else PAYING
    if payment.state is State.FAILED:
        return CLOSED if payment.failure is Failure.EXPIRED else FAILED
    states = [refund.state for refund in refunds]
    if RefundState.REFUNDING in states:
        return Status("REFUNDING", RefundState.REFUNDING)
    if RefundState.SUCCESS in states:
        return Status("REFUNDED", RefundState.SUCCESS)
    return Status("PAID", RefundState.FAILED) if states else PAID


def told(payment: Payment, status: Status) -> dict[str, str]:
    """What a query tells of an order or a payout: no payment's numbers before it is paid."""
    order = payment.order
    content = {
        "merch_order_id": order.reference,
        "order_status": status.order_status,
        "trade_status": status.trade_status,
        "trans_time": local_text(payment.received_at),
        "trans_currency": str(order.asked["trans_currency"]),
        "total_amount": str(order.asked["total_amount"]),
    }
    if payment.state is State.PAID and payment.decided_at is not None:
        content["payment_order_id"] = payment.operator_reference
        content["trans_id"] = payment.operator_reference
        content["trans_end_time"] = local_text(payment.decided_at)
    if payment.failure is not None:
        content["fail_code"], content["fail_reason"] = FAILURES[payment.failure]
    return content
