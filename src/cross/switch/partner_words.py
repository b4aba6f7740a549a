"""The gateway's words: codes, sentences and field names that banks' programs read.

Source: operators.md sections 2.2 to 2.8, api.md section 6; what no document settles is in
docs/decisions/0022.
"""

import hashlib
import re
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from cross.domain.errors import (
    AmountOutOfRange,
    BalanceTooLow,
    CurrencyNotOfOperator,
    FeeExceedsAmount,
    FloatTooLow,
    InvalidMsisdn,
    OperationNotOffered,
    UnknownOperator,
)
from cross.domain.leg import Leg
from cross.domain.limits import LimitExceeded, VelocityExceeded
from cross.domain.merchant import MerchantSuspended
from cross.domain.movement import Movement, MovementKind
from cross.domain.operator import RefusalCode
from cross.domain.partner import OperationNotEnabled, PartnerLimitReached, PastCutOff
from cross.domain.status import status_of

IN_PROCESS: Final = "2000"
COMPLETED: Final = "2002"
REPEATED: Final = "4001"
NOT_SIGNED_IN: Final = "403"
FAILED: Final = "500"
BAD_PIN: Final = "501"
SERVER_ERROR: Final = "5000"

SUCCES: Final = "SUCCES"
ECHEC: Final = "ECHEC"
EN_ATTENTE: Final = "EN ATTENTE"

MESSAGES: Final[Mapping[str, str]] = MappingProxyType(
    {
        IN_PROCESS: "Demande en cours de traitement",
        COMPLETED: "Transaction completed",
        REPEATED: "Request already submitted",
        NOT_SIGNED_IN: "Not signed in",
        FAILED: "Transaction error",
        BAD_PIN: "Bad PIN",
        SERVER_ERROR: "Server error",
    }
)

DESCRIPTIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        RefusalCode.INSUFFICIENT_FUNDS: "Solde insuffisant",
        RefusalCode.WALLET_NOT_FOUND: "Client inconnu",
        RefusalCode.LIMIT_REACHED: "Plafond atteint",
        RefusalCode.PROMPT_EXPIRED: "Delai depasse",
        RefusalCode.EXPIRED_SESSION: "Delai depasse",
        RefusalCode.PAYER_REFUSED: "Transaction refusee par le client",
        RefusalCode.CANCELED_BY_PAYER: "Transaction refusee par le client",
        RefusalCode.WRONG_PIN: "Code PIN errone",
        RefusalCode.WALLET_BLOCKED: "Compte bloque",
        RefusalCode.PROMPT_ALREADY_OPEN: "Une demande est deja en attente",
        RefusalCode.OPERATOR_UNAVAILABLE: "Operateur indisponible",
        RefusalCode.OPERATOR_REFUSED: "Transaction refusee",
        RefusalCode.FLOAT_TOO_LOW: "Service momentanement indisponible",
        BalanceTooLow.code: "Solde partenaire insuffisant",
        InvalidMsisdn.code: "Client inconnu",
        UnknownOperator.code: "Operateur inconnu",
        OperationNotOffered.code: "Operation non offerte par l'operateur",
        CurrencyNotOfOperator.code: "Devise invalide",
        AmountOutOfRange.code: "Montant hors limites",
        FeeExceedsAmount.code: "Montant hors limites",
        OperationNotEnabled.code: "Operation non autorisee",
        PastCutOff.code: "Heure limite depassee",
        PartnerLimitReached.code: "Plafond atteint",
        LimitExceeded.code: "Plafond atteint",
        VelocityExceeded.code: "Plafond atteint",
        MerchantSuspended.code: "Partenaire suspendu",
        FloatTooLow.code: "Service momentanement indisponible",
    }
)
"""Why something was refused, in public codes and in the bank's French, without accents."""

_REFERENCE: Final = re.compile(r"[0-9]{1,9}", re.ASCII)  # operators.md 2.8: parses as an Int32
_NINE_DIGITS: Final = 1_000_000_000


class Told(NamedTuple):
    """What a transaction's state is called."""

    code: str
    statut: str
    description: str


def told(movement: Movement) -> Told:
    """Where a movement stands, in the words of callbacks and status answers."""
    status = status_of(movement)
    if status == "succeeded":
        return Told(COMPLETED, SUCCES, movement.terms.description)
    if status not in ("failed", "expired", "canceled"):
        return Told(IN_PROCESS, EN_ATTENTE, movement.terms.description)
    failure = movement.failure
    reason = RefusalCode.PROMPT_EXPIRED if failure is None else failure.code
    code = BAD_PIN if reason == RefusalCode.WRONG_PIN else FAILED
    return Told(code, ECHEC, DESCRIPTIONS.get(reason, DESCRIPTIONS[RefusalCode.OPERATOR_REFUSED]))


def transaction(
    movement: Movement, *, number: str, name: str, code: str | None = None
) -> dict[str, Any]:
    """The full field set of answers and callbacks; `code` in place of the state's own."""
    leg, state = movement.legs[0], told(movement)
    shown = code or state.code
    # Source: operators.md 2.5: a credit that was made is told with 2000, and what it says is so
    is_credited = shown == IN_PROCESS and state.statut == SUCCES
    return {
        "code": shown,
        "message": MESSAGES[COMPLETED if is_credited else shown],
        "description": state.description,
        "refTmoney": reference_of(movement, leg),
        "dateHeureTmoney": wire_time(movement.completed_at or movement.created_at),
        **echo_of(movement),
        "statutRequete": state.statut,
        "typeRequete": "DEBIT" if movement.kind is MovementKind.COLLECTION else "CREDIT",
        "montant": leg.money.amount,
        "numeroClient": "" if leg.msisdn is None else leg.msisdn.digits,
        "idPartenaire": number,
        "nomPartenaire": name,
    }


def echo_of(movement: Movement) -> dict[str, str]:
    """The fields by which a bank recognises its own request."""
    metadata = movement.terms.metadata
    return {
        "idRequete": movement.terms.reference or "",
        "refCommande": metadata.get("refCommande", ""),
        "dateHeureRequete": metadata.get("dateHeureRequete", ""),
    }


def reference_of(movement: Movement, leg: Leg) -> str:
    """The operator's reference where a bank can read it, else digits made of the movement's id."""
    known = leg.operator_reference or ""
    if _REFERENCE.fullmatch(known):
        return known
    made = int.from_bytes(hashlib.sha256(movement.id.encode()).digest()[:8], "big")
    return f"{made % _NINE_DIGITS:09}"


def wire_time(at: datetime) -> str:
    """Togo's local time, which is UTC, as the old service wrote it."""
    return at.replace(tzinfo=None).isoformat(" ", "seconds")
