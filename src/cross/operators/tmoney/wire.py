"""TMoney's words: what MBANKING JSON sends and says (operators.md section 2), read to an outcome.

Only an explicit yes is a success and only a listed code is a refusal; all else is `Unknown`.
"""

from collections.abc import Mapping
from datetime import UTC
from functools import lru_cache
from http.client import FORBIDDEN, OK, UNAUTHORIZED
from typing import Final, NamedTuple

from pydantic_core import to_json

from cross.connector.reading import (
    Fields,
    capitals,
    is_other_wallet,
    message_in,
    money_in,
    plain_words,
    read_object_in_any_case,
    reference_in,
    text_in,
)
from cross.domain.money import XOF
from cross.domain.operator import (
    CallbackHint,
    CallbackReply,
    LegRequest,
    LookUp,
    Missing,
    Outcome,
    Pending,
    RawCallback,
    RefusalCode,
    Refused,
    Succeeded,
    Unknown,
)
from cross.outbound import HttpResponse

DEBIT: Final = "DEBIT"
CREDIT: Final = "CREDIT"

# Source: operators.md 2.7, from public clients. A code that is in no table below is Unknown.
_ACCEPTED: Final = frozenset({"2000", "200", "2001"})
_COMPLETED: Final = "2002"
_CREDITED: Final = _ACCEPTED | {_COMPLETED}  # operators.md 2.5
_DUPLICATE: Final = "4001"
_NOT_SIGNED_IN: Final = "403"
_TRANSACTION_ERROR: Final = "500"
_BAD_PIN: Final = "501"

# Source: operators.md 2.4; one S in SUCCES. SUCCESS is a reading of ours.
_SUCCESS: Final = frozenset({"SUCCES", "SUCCESS"})
_FAILURE: Final = "ECHEC"
_WAITING: Final = "EN ATTENTE"

# Source: WSO2 API Manager's defaults; ASSUMED for TMoney: only 900901 is in operators.md 2.2.
_TOKEN_FAULTS: Final = frozenset({"900900", "900901", "900902", "900903", "900904", "900905"})

# ASSUMED: operators.md 2.7: no refinement of code 500 is published, a French description says
# why. In plain words, the first that occurs counts; without one it is `operator_refused`.
_REASONS: Final[tuple[tuple[str, RefusalCode], ...]] = (
    ("solde partenaire", RefusalCode.FLOAT_TOO_LOW),
    ("partenaire insuffisant", RefusalCode.FLOAT_TOO_LOW),
    ("solde insuffisant", RefusalCode.INSUFFICIENT_FUNDS),
    ("inconnu", RefusalCode.WALLET_NOT_FOUND),
    ("bloque", RefusalCode.WALLET_BLOCKED),
    ("suspendu", RefusalCode.WALLET_BLOCKED),
    ("plafond", RefusalCode.LIMIT_REACHED),
    ("delai depasse", RefusalCode.PROMPT_EXPIRED),
    ("expire", RefusalCode.PROMPT_EXPIRED),
    ("deja en", RefusalCode.PROMPT_ALREADY_OPEN),
    ("refus", RefusalCode.PAYER_REFUSED),
    ("annul", RefusalCode.PAYER_REFUSED),
)
# A credit takes from our balance and asks nobody: the same words say something else of it.
_REASONS_OF_A_CREDIT: Final[Mapping[RefusalCode, RefusalCode]] = {
    RefusalCode.INSUFFICIENT_FUNDS: RefusalCode.FLOAT_TOO_LOW,
    RefusalCode.PROMPT_EXPIRED: RefusalCode.OPERATOR_REFUSED,
    RefusalCode.PROMPT_ALREADY_OPEN: RefusalCode.OPERATOR_REFUSED,
    RefusalCode.PAYER_REFUSED: RefusalCode.OPERATOR_REFUSED,
    RefusalCode.WRONG_PIN: RefusalCode.OPERATOR_REFUSED,
}

_DESCRIPTION_LENGTH_MAX: Final = 100  # ASSUMED: no length is published


class Answer(NamedTuple):
    """An HTTP answer, its body read once; `fields` is None when it is no JSON object."""

    status: int
    fields: Fields | None


def read_answer(response: HttpResponse) -> Answer:
    """The answer with its keys in lower case: TMoney spells them in several ways (7, row 4)."""
    return Answer(response.status, read_object_in_any_case(response.body))


def request_body(request: LegRequest) -> bytes:
    """A transaction request, the same for debit and credit (operators.md 2.3)."""
    return to_json(
        {
            "idRequete": request.reference,
            "numeroClient": request.named_wallet.digits,
            "montant": request.money.amount,
            "refCommande": request.movement,
            # Source: operators.md 2.3: local time of Togo, which is UTC
            "dateHeureRequete": request.requested_at.astimezone(UTC).isoformat(" ", "seconds")[:19],
            "description": _sent_description(request),
        },
        ensure_ascii=True,
    )


def refuses_token(answer: Answer) -> bool:
    """Whether the gateway turned the request away before it did anything with it.

    Definite, so that the same request may be repeated once: HTTP 401 says that a request "has not
    been applied" (RFC 9110 15.5.2); code 403 is a rejection without effect (operators.md 2.7, 2.9);
    WSO2 checks a token before it passes a request on (2.2).
    """
    fields = answer.fields or {}
    if answer.status not in (OK, UNAUTHORIZED, FORBIDDEN) or "statutrequete" in fields:
        return False
    fault = fields.get("fault")
    if isinstance(fault, dict) and reference_in(fault.get("code")) in _TOKEN_FAULTS:
        return True
    return answer.status == UNAUTHORIZED or fields.get("code") == _NOT_SIGNED_IN


def debit_outcome(answer: Answer, request: LegRequest) -> Outcome:
    """What the answer to a debit says: at best that the payer has been asked (operators.md 2.4)."""
    fields = _fields_about(answer, request, DEBIT)
    if isinstance(fields, Unknown):
        return fields
    code = text_in(fields.get("code"))
    state = _state(fields)
    if code in _ACCEPTED and state in (None, _WAITING):
        return Pending(reference_in(fields.get("reftmoney")))
    if state in (None, _FAILURE) and (refused := _refusal(code, fields, request, DEBIT)):
        return refused
    return _unknown(code, state)


def credit_outcome(answer: Answer, request: LegRequest) -> Outcome:
    """What the answer to a credit says: success and failure are final (operators.md 2.5)."""
    fields = _fields_about(answer, request, CREDIT)
    if isinstance(fields, Unknown):
        return fields
    code = text_in(fields.get("code"))
    state = _state(fields)
    if state in _SUCCESS and code in _CREDITED:
        return _success(fields)
    if state == _FAILURE and (refused := _refusal(code, fields, request, CREDIT)):
        return refused
    return _unknown(code, state)


def status_outcome(answer: Answer, request: LegRequest, *, kind: str) -> LookUp:
    """What became of a debit or a credit (operators.md 2.6), from a list of one or a flat body."""
    if answer.status != OK:
        return Unknown(f"HTTP status {answer.status}")
    fields = answer.fields
    if fields is None:
        return Unknown("the answer is no JSON object")
    entry = _entry(fields)
    if isinstance(entry, Missing | Unknown):
        return entry
    if doubt := _doubt(entry, request, kind):
        return doubt
    return _verdict(entry, request, kind)


def read_callback(callback: RawCallback) -> CallbackHint:
    """Which request a callback speaks of; anybody could have sent it (operators.md 2.4)."""
    fields = _callback_fields(callback.body)
    if fields is None:
        return CallbackHint(None, "the body is no JSON object")
    said = message_in(fields.get("statutrequete")), message_in(fields.get("code"))
    return CallbackHint(
        reference_in(text_in(fields.get("idrequete"))), " ".join(filter(None, said))
    )


def reply_to_callback(callback: RawCallback) -> CallbackReply:
    """*Received*, with the three fields that TMoney gets back from its partners (2.4)."""
    said = _callback_fields(callback.body) or {}
    reply = {"code": "2001", "message": "Callback successfully executed"}
    for name in ("idRequete", "refCommande", "dateHeureRequete"):
        if echo := reference_in(text_in(said.get(name.lower()))):
            reply[name] = echo
    return CallbackReply(to_json(reply, ensure_ascii=True))


@lru_cache(maxsize=512)
def _callback_fields(body: bytes) -> Fields | None:
    """Read once for the hint and once for the reply, which waits for the callback to be kept."""
    return read_object_in_any_case(body)


def _entry(fields: Fields) -> Fields | Missing | Unknown:
    """The one transaction that a status answer tells of, or that there is none."""
    data = fields.get("data")
    total = fields.get("total")
    if data is None and "idrequete" in fields:
        return fields
    if data is None and total == "0":
        data = []
    if not isinstance(data, list) or (total is not None and total != str(len(data))):
        return Unknown("the status answer has no list of transactions")
    if len(data) == 1 and isinstance(data[0], dict):
        return data[0]
    if not data and _says_nothing_else(fields):
        return Missing()
    return Unknown(f"the status answer lists {len(data)} transactions")


def _says_nothing_else(fields: Fields) -> bool:
    """Whether an empty list is all there is: no transaction beside it, no code of an error."""
    code = fields.get("code")
    return "idrequete" not in fields and (code is None or text_in(code) in _CREDITED)


def _verdict(entry: Fields, request: LegRequest, kind: str) -> Outcome:
    code = text_in(entry.get("code"))
    state = _state(entry)
    if state in _SUCCESS and (code == _COMPLETED or (kind == CREDIT and code in _CREDITED)):
        return _success(entry)
    if state == _WAITING and (code is None or code in _ACCEPTED):
        return Pending(reference_in(entry.get("reftmoney")))
    if state == _FAILURE and (refused := _refusal(code, entry, request, kind)):
        return refused
    return _unknown(code, state)


def _fields_about(answer: Answer, request: LegRequest, kind: str) -> Fields | Unknown:
    if answer.status != OK:  # a business error is 200 as well (operators.md 2.7)
        return Unknown(f"HTTP status {answer.status}")
    fields = answer.fields
    if fields is None:
        return Unknown("the answer is no JSON object")
    return _doubt(fields, request, kind) or fields


def _doubt(fields: Fields, request: LegRequest, kind: str) -> Unknown | None:
    """Why the fields may be about something else than this request (F-N06, I-36), if they may."""
    if fields.get("idrequete") != request.reference:
        return Unknown("the answer is about another reference")
    said_kind = fields.get("typerequete")
    if said_kind is not None and (not isinstance(said_kind, str) or said_kind.upper() != kind):
        return Unknown("the answer is about another type of request")
    if is_other_wallet(fields.get("numeroclient"), request.named_wallet):
        return Unknown("the answer is about another wallet")
    return None


def _state(fields: Fields) -> str | None:
    """`statutRequete` in capitals and with spaces; None without one, `?` for what is no text."""
    said = fields.get("statutrequete")
    if said is None:
        return None
    return capitals(said.strip()).replace("_", " ") or "?" if isinstance(said, str) else "?"


def _success(fields: Fields) -> Outcome:
    reference = reference_in(fields.get("reftmoney"))
    said = fields.get("montant")
    if said is None:
        return Succeeded(reference)
    money = money_in(said, XOF)
    if money is None:
        return Unknown("the amount is not a whole number of francs")
    return Succeeded(reference, money)


def _refusal(code: str | None, fields: Fields, request: LegRequest, kind: str) -> Refused | None:
    if code not in (_TRANSACTION_ERROR, _BAD_PIN):
        return None
    said = fields.get("description")
    if said == _sent_description(request):
        said = None  # our own words coming back (Appendix A.2) are no reason
    message = message_in(said, fields.get("message"))
    reason = RefusalCode.WRONG_PIN if code == _BAD_PIN else _reason(message)
    if kind == CREDIT:
        reason = _REASONS_OF_A_CREDIT.get(reason, reason)
    return Refused(reason, code, message)


def _reason(message: str | None) -> RefusalCode:
    words = plain_words(message or "")
    for part, code in _REASONS:
        if part in words:
            return code
    return RefusalCode.OPERATOR_REFUSED


def _sent_description(request: LegRequest) -> str:
    return message_in(request.description[:_DESCRIPTION_LENGTH_MAX]) or ""


def _unknown(code: str | None, state: str | None) -> Unknown:
    if code == _DUPLICATE:
        return Unknown("4001: this reference is there already; its fate is to be asked for")
    return Unknown(f"code {message_in(code)} with statutRequete {message_in(state)}")
