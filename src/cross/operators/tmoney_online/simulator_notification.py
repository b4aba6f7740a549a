"""The notification of the simulated TMoney Online, word for word as operators.md 1.4 has it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from urllib.parse import urlencode

from cross.simulation.callbacks import CallbackBody
from cross.simulation.payments import Failure, Payment, State
from cross.simulation.wallets import Purse

RETRY_SECONDS: Final = (30, 90)  # ASSUMED: operators.md 1.4: three tries, at 0, 30 and 120 s
ANSWER_SECONDS: Final = 10.0  # ASSUMED: operators.md 1.4

# Source: operators.md 1.3 and 1.4.
_ERRORS: Final[Mapping[Failure, str]] = {
    Failure.REFUSED: "CANCEL",
    Failure.EXPIRED: "EXPIRED_SESSION",
    Failure.WRONG_PIN: "AUTHENTICATION",
}
_ANY_OTHER: Final = "PAYMENT_FAILED"
_NO_NAME: Final = "CLIENT TMONEY"


def notification(payment: Payment, *, purse: Purse, now: datetime) -> CallbackBody:
    """What the merchant is told of a payment; every field is there, some of them empty."""
    order = payment.order
    wallet = purse.existing(order.msisdn)
    told: dict[str, str] = {
        "purchaseref": order.reference,
        "amount": str(order.amount or order.asked["amount"]),
        "currency": str(order.asked["currency"]),
        "status": "OK" if payment.state is State.PAID else "NOK",
        "clientid": "",
        "cname": "" if wallet is None else wallet.name or _NO_NAME,
        "mobile": order.msisdn,
        "paymentref": "",
        "payid": "",
        "timestamp": str(int((payment.decided_at or now).timestamp())),
        "error": "" if payment.state is State.PAID else _error(payment),
    }
    if payment.state is State.PAID:  # ASSUMED: operators.md 1.4: empty without a payment
        told["clientid"] = order.msisdn[-4:]
        told["paymentref"] = payment.operator_reference
        told["payid"] = str(90_000 + payment.serial)
    return CallbackBody(b"", method="GET", query=urlencode(told))


def _error(payment: Payment) -> str:
    if payment.failure is Failure.WRONG_CODE:
        return str(payment.order.client.settings["wrong_otp_error"])
    if payment.failure is None:
        return _ANY_OTHER
    return _ERRORS.get(payment.failure, _ANY_OTHER)
