"""What the simulated TMoney says of a payment, in the field names of all its known clients."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from cross.simulation.journal import Kind
from cross.simulation.payments import Failure, Order, Payment, State

# Source: operators.md section 2.7; the French descriptions are ASSUMED there, the last six here
DESCRIPTIONS: Final[Mapping[Failure, str]] = {
    Failure.NO_FUNDS: "Solde insuffisant",
    Failure.NOT_REGISTERED: "Client inconnu",
    Failure.LIMIT_REACHED: "Plafond atteint",
    Failure.EXPIRED: "Delai depasse",
    Failure.REFUSED: "Transaction refusee par le client",
    Failure.PROMPT_OPEN: "Une demande est deja en attente",
    Failure.WRONG_PIN: "Code PIN errone",
    Failure.BLOCKED: "Compte bloque",
    Failure.CREDIT_REFUSED: "Transaction refusee",
    Failure.FLOAT_TOO_LOW: "Solde partenaire insuffisant",
}


def acknowledgement(order: Order) -> dict[str, object]:
    """The answer to a debit that will be tried (operators.md section 2.4)."""
    return {
        "code": "2000",
        "message": "Demande en cours de traitement",
        "description": "",
        **echo(order),
    }


def rejection(description: str, asked: Mapping[str, object]) -> dict[str, object]:
    """The answer to a request that cannot be read; echoes what could be: section 2.9."""
    return {
        "code": "5000",
        "message": "Server error",
        "description": description,
        "idRequete": asked.get("idrequete", ""),
        "refCommande": asked.get("refcommande", ""),
        "dateHeureRequete": asked.get("dateheurerequete", ""),
    }


def echo(order: Order) -> dict[str, object]:
    """The fields by which a client recognises its own request."""
    return {
        "idRequete": order.reference,
        "refCommande": order.asked["refcommande"],
        "dateHeureRequete": order.asked["dateheurerequete"],
    }


def transaction(payment: Payment, *, success_code: str = "2002") -> dict[str, object]:
    """The full field set of callbacks, status answers and credits (operators.md section 2.4)."""
    order = payment.order
    code, message, description, statut = _verdict(payment, success_code)
    return {
        "code": code,
        "message": message,
        "description": description,
        "refTmoney": payment.operator_reference,
        "dateHeureTmoney": wire_time(payment.decided_at or payment.received_at),
        **echo(order),
        "statutRequete": statut,
        "typeRequete": "DEBIT" if order.kind is Kind.DEBIT else "CREDIT",
        "montant": order.amount,
        "numeroClient": order.msisdn,
        "idPartenaire": order.client.credentials["idPartenaire"],
        "nomPartenaire": order.client.credentials["nomPartenaire"],
    }


def wire_time(at: datetime) -> str:
    """Togo's local time, which is UTC, as TMoney writes it."""
    return at.replace(tzinfo=None).isoformat(" ", "seconds")


def _verdict(payment: Payment, success_code: str) -> tuple[str, str, str, str]:
    # Source: operators.md sections 2.4, 2.5 and 2.7
    settings = payment.order.client.settings
    if payment.state is State.PENDING:
        pending_word = str(settings["pending_word"])
        return "2000", "Demande en cours de traitement", "", pending_word
    if payment.failure is None:
        description = payment.order.asked.get("description", "")
        return (
            success_code,
            "Transaction completed",
            str(description),
            str(settings["success_word"]),
        )
    if payment.failure is Failure.WRONG_PIN:
        return "501", "Bad PIN", DESCRIPTIONS[payment.failure], "ECHEC"
    return "500", "Transaction error", DESCRIPTIONS[payment.failure], "ECHEC"
