"""What the simulated Flooz says of a payment, in the field names of all its known clients."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode

from cross.simulation.callbacks import CallbackBody
from cross.simulation.exchange import json_reply
from cross.simulation.journal import Kind
from cross.simulation.payments import Failure, Payment, State

PAID: Final = "0"
FAILED: Final = "10"

# ASSUMED: operators.md section 3.4 gives the codes; which message goes with a failure is not public
FAILURES: Final[Mapping[Failure, tuple[str, str]]] = {
    Failure.NO_FUNDS: ("INSUFFICIENT FUNDS", "Solde insuffisant"),
    Failure.REFUSED: ("CANCELLED BY SUBSCRIBER", "Transaction refusee par le client"),
    Failure.EXPIRED: ("USSD PUSH TIMEOUT", "Delai depasse"),
    Failure.NOT_REGISTERED: ("SUBSCRIBER NOT REGISTERED", "Client inconnu"),
    Failure.LIMIT_REACHED: ("LIMIT REACHED", "Plafond atteint"),
    Failure.PROMPT_OPEN: ("PUSH PAYMENT ALREADY PENDING", "Une demande est deja en attente"),
    Failure.WRONG_PIN: ("WRONG PIN", "Code PIN errone"),
    Failure.BLOCKED: ("SUBSCRIBER BLOCKED", "Compte bloque"),
    Failure.CREDIT_REFUSED: ("TRANSACTION FAILED", "Transaction refusee"),
    Failure.FLOAT_TOO_LOW: ("PARTNER BALANCE TOO LOW", "Solde partenaire insuffisant"),
}

# Source: operators.md section 3.4
REJECTIONS: Final[Mapping[str, str]] = {
    "1": "INCOMPLETE REQUEST",
    "3": "INVALID REQUEST",
    "4": "REFERENCE ALREADY USED",
    "5": "TRANSACTION NOT ALLOWED",
    "8": "PUSH PAYMENT ALREADY PENDING FOR THIS CUSTOMER",
    "9": "PAYMENT ALREADY PENDING VALIDATION",
    "99": "INVALID AUTHORIZATION",
}


def rejection(status: str, *, description: str = "") -> dict[str, object]:
    """The answer to a request that was not taken; status and code are strings, as clients need."""
    return {
        "status": status,
        "code": status,
        "message": REJECTIONS[status],
        "description": description,
    }


def acceptance(payment: Payment) -> dict[str, object]:
    """The answer to a debit that will be tried: not paid yet (operators.md section 3.4)."""
    return {
        "status": "0",
        "code": "0",
        "message": "TRANSACTION IS BEING PROCESSED",
        "description": "Push envoye",
        "mrorrefid": mror_reference(payment),
        "refid": mror_reference(payment),
    }


def outcome(payment: Payment) -> dict[str, object]:
    """The answer to a credit, or to a debit that was held open until the PIN."""
    message, description = _explained(payment)
    status = PAID if payment.state is State.PAID else FAILED
    answer: dict[str, object] = {
        "status": status,
        "code": status,
        "message": message,
        "description": description,
        "mrorrefid": mror_reference(payment),
        "refid": mror_reference(payment),
    }
    if payment.state is State.PAID:
        answer["referenceid"] = payment.operator_reference
    return answer


def verification(payment: Payment) -> dict[str, object]:
    """The answer to Verify: the outer status says found, the inner one says paid (section 3.5)."""
    order = payment.order
    is_prompted = order.kind is Kind.DEBIT and payment.objection is None
    details: dict[str, object] = {
        "pushussd": "SUCCESS" if is_prompted else "",
        "callback": "SUCCESS" if payment.callback_delivered else "PENDING",
        "amount": str(order.amount),
        "mrchreference": order.reference,
        "mrchname": str(order.asked.get("mrchname", "")),
        "msisdn": order.msisdn,
        "mrorreference": mror_reference(payment),
    }
    status = _result(payment)
    if payment.state is State.PAID:
        details["referenceid"] = payment.operator_reference
    if payment.decided_at is not None:
        details["validationdate"] = payment.decided_at.strftime("%Y-%m-%d %H:%M:%S")
    if payment.state is not State.PENDING or order.client.settings["pending_status"]:
        details["status"] = status
    message, description = _explained(payment)
    return {
        "status": "0",
        "code": status,
        "message": message,
        "description": description,
        "refid": mror_reference(payment),
        "details": details,
    }


def callback_body(payment: Payment) -> CallbackBody:
    """What the client is told, in JSON or as a form (operators.md section 3.6).

    In the form that one public client reads, `refid` is the client's own reference.
    """
    order = payment.order
    encoding = order.client.settings["callback_encoding"]
    is_own_refid = encoding == "form_own_refid"
    message, _ = _explained(payment)
    fields = {
        "amount": str(order.amount),
        "refid": order.reference if is_own_refid else payment.operator_reference,
        "mrchrefid": order.reference,
        "msisdn": order.msisdn,
        "status": _result(payment),
        "message": message,
    }
    if encoding == "json":
        return CallbackBody(json_reply(fields).body)
    if is_own_refid:
        del fields["mrchrefid"]
    return CallbackBody(urlencode(fields).encode(), "application/x-www-form-urlencoded")


def mror_reference(payment: Payment) -> str:
    """The platform's own number of a request, apart from the reference of the money's move."""
    return f"M{900_000 + payment.serial}"


def _result(payment: Payment) -> str:
    if payment.state is State.PENDING:
        return "100"  # ASSUMED: operators.md section 3.5
    return PAID if payment.state is State.PAID else FAILED


def _explained(payment: Payment) -> tuple[str, str]:
    if payment.failure is not None:
        return FAILURES[payment.failure]
    if payment.state is State.PAID:
        return "SUCCESS", ""
    return "TRANSACTION IS BEING PROCESSED", ""
