"""What the simulated D-Money tells its clients: notifications, and signed ways back (5.5, 5.7)."""

from typing import Final
from urllib.parse import urlencode, urlsplit

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from cross.operators.dmoney.signing import signed
from cross.operators.dmoney.simulator_answers import seconds_text
from cross.operators.dmoney.simulator_facts import FACTS
from cross.operators.dmoney.simulator_rules import whole_amount
from cross.simulation.callbacks import CallbackBody
from cross.simulation.exchange import json_reply
from cross.simulation.payments import Failure, Payment, State
from cross.simulation.world import World

_PAYING: Final = ("Paying", "PAYING")
_COMPLETED: Final = ("Completed", "PAY_SUCCESS")
_FAILURE: Final = ("Failure", "PAY_FAILED")
_EXPIRED: Final = ("Expired", "ORDER_CLOSED")

# Source: operators.md section 5.7: the document's table, its example, and the family's sample
_FIELDS: Final = {
    "table": (
        "notify_url",
        "appid",
        "notify_time",
        "merch_code",
        "merch_order_id",
        "payment_order_id",
        "total_amount",
        "trans_currency",
        "trade_status",
        "trans_end_time",
        "callback_info",
    ),
    "example": (
        "appid",
        "merch_code",
        "merch_order_id",
        "transId",
        "total_amount",
        "trans_currency",
        "trade_status",
        "timestamp",
        "callback_info",
    ),
    "telebirr": (
        "notify_url",
        "appid",
        "notify_time",
        "merch_code",
        "merch_order_id",
        "payment_order_id",
        "total_amount",
        "trans_id",
        "trans_currency",
        "trade_status",
        "trans_end_time",
        "callback_info",
    ),
}
_MOMENTS: Final = ("notify_time", "trans_end_time")
_ALTERED_AMOUNT: Final = "999999"
_WAY_BACK: Final = (
    "merch_order_id",
    "payment_order_id",
    "trade_status",
    "total_amount",
    "trans_currency",
    "trans_end_time",
)
CANCELLED: Final = "Cancelled"  # ASSUMED: no document words the way back of who cancels


class Notices:
    """Words notifications: each with the time and the signature of the moment when it leaves."""

    def __init__(self, world: World) -> None:
        self._world = world

    def notification(self, payment: Payment) -> CallbackBody:
        """What the client is told of an order or a payout; a forger has not the gateway's key."""
        settings = payment.order.client.settings
        flaw = settings["notify_flaw"]
        fields = _in_dialect(self._fields(payment), str(settings["notify_dialect"]))
        if flaw == "unknown_order":
            fields["merch_order_id"] = f"{fields['merch_order_id']}X"
        if flaw == "other_merchant":
            fields["merch_code"] = f"{fields['merch_code']}1"
        if flaw != "unsigned":
            fields = signed(fields, self._key(is_ours=not payment.forged and flaw != "wrong_key"))
        if flaw == "altered_after_signing":
            fields["total_amount"] = _ALTERED_AMOUNT
        return CallbackBody(json_reply(fields).body)

    def way_back(self, payment: Payment, *, is_cancelled: bool = False) -> str | None:
        """Where the payer's browser goes when he leaves the page, if his merchant said so."""
        url = str(payment.order.asked.get("redirect_url", ""))
        if not url:
            return None
        fields = self._fields(payment)
        if is_cancelled:
            fields["trade_status"] = CANCELLED
        told: dict[str, object] = {name: fields[name] for name in _WAY_BACK if name in fields}
        parts = urlsplit(url)
        query = urlencode(signed(told, self._key(is_ours=True)))
        query = f"{parts.query}&{query}" if parts.query else query
        return parts._replace(query=query).geturl()

    def _fields(self, payment: Payment) -> dict[str, object]:
        order = payment.order
        now = seconds_text(self._world.timers.now())
        fields: dict[str, object] = {
            "notify_url": str(order.asked.get("notify_url", "")),
            "appid": order.client.credentials["appid"],
            "notify_time": now,
            "merch_code": order.client.credentials["merch_code"],
            "merch_order_id": order.reference,
            "total_amount": _amount_text(payment),
            "trans_currency": str(order.asked["trans_currency"]),
            "trade_status": _status(payment),
            "timestamp": now,
            "callback_info": str(order.asked.get("callback_info", "")),
        }
        if payment.state is State.PAID and payment.decided_at is not None:
            number = payment.operator_reference
            fields |= dict.fromkeys(("payment_order_id", "trans_id", "transId"), number)
            fields["trans_end_time"] = seconds_text(payment.decided_at)
        return {name: value for name, value in fields.items() if value}

    def _key(self, *, is_ours: bool) -> RSAPrivateKey:
        keys = self._world.keys
        return keys.gateway(FACTS.name) if is_ours else keys.stranger(FACTS.name)


def _in_dialect(fields: dict[str, object], dialect: str) -> dict[str, object]:
    if dialect == "union":
        return fields
    told = {name: fields[name] for name in _FIELDS[dialect] if name in fields}
    if dialect == "telebirr":
        told |= {name: f"{told[name]}000" for name in _MOMENTS if name in told}
        amount = whole_amount(str(told["total_amount"]))
        told["total_amount"] = f"{amount}.00"
    return told


def _amount_text(payment: Payment) -> str:
    """The amount as it was ordered, unless this notification claims another."""
    text = str(payment.order.asked["total_amount"])
    return text if whole_amount(text) == payment.order.amount else str(payment.order.amount)


def _status(payment: Payment) -> str:
    title, huawei = _words_of(payment)
    case = payment.order.client.settings["notify_status_case"]
    if case == "upper_huawei":
        return huawei
    return title.lower() if case == "lower" else title


def _words_of(payment: Payment) -> tuple[str, str]:
    if payment.state is State.PENDING:
        return _PAYING
    if payment.state is State.PAID:
        return _COMPLETED
    return _EXPIRED if payment.failure is Failure.EXPIRED else _FAILURE
