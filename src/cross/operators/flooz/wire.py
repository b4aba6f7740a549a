"""Flooz's words: what its JSON service sends and says (operators.md section 3), read to an outcome.

Only an explicit yes is a success and only a listed code is a refusal; all else is `Unknown`.
"""

from collections.abc import Iterable, Mapping
from http.client import OK
from typing import Final, NamedTuple
from urllib.parse import parse_qsl

from pydantic_core import to_json

from cross.connector.reading import (
    Fields,
    is_other_wallet,
    message_in,
    money_in,
    plain_words,
    read_object,
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
from cross.operators.flooz.setup import Merchant
from cross.outbound import HttpResponse

# Source: operators.md 3.4, from public clients. A status that is in no table is Unknown, and so
# is 4: the reference is there already, and its fate is to be asked for.
_YES: Final = "0"
_USED: Final = "4"
_FAILED: Final = "10"
_INVALID_AUTHORIZATION: Final = "99"
DEBIT_REFUSALS: Final[Mapping[str, RefusalCode]] = {
    "1": RefusalCode.OPERATOR_REFUSED,  # incomplete request
    "3": RefusalCode.OPERATOR_REFUSED,  # invalid request
    "5": RefusalCode.OPERATOR_REFUSED,  # transaction not allowed
    "8": RefusalCode.PROMPT_ALREADY_OPEN,  # a push is pending for this customer
    "9": RefusalCode.PROMPT_ALREADY_OPEN,  # a payment is pending validation
    "10": RefusalCode.OPERATOR_REFUSED,  # failed transaction
    "100": RefusalCode.OPERATOR_REFUSED,  # failed
}
# ASSUMED: operators.md 3.7: a credit's codes are those of a debit. 8 and 9 speak of prompts, and
# 100 is *pending* in the same vendor's other services (3.5, 3.8): for a credit they are Unknown.
CREDIT_REFUSALS: Final[Mapping[str, RefusalCode]] = {
    code: DEBIT_REFUSALS[code] for code in ("1", "3", "5", "10")
}

# Source: operators.md 3.5, inner `details.status`. ASSUMED: 100 and 10.
_UNDECIDED: Final = (None, "100")

# ASSUMED: nothing is published; in plain words, French and English, the first that occurs counts.
# Where none does, the code's own meaning stands.
_REASONS: Final[tuple[tuple[str, RefusalCode], ...]] = (
    ("partenaire insuffisant", RefusalCode.FLOAT_TOO_LOW),
    ("solde partenaire", RefusalCode.FLOAT_TOO_LOW),
    ("partner balance", RefusalCode.FLOAT_TOO_LOW),
    ("insuffisant", RefusalCode.INSUFFICIENT_FUNDS),
    ("insufficient", RefusalCode.INSUFFICIENT_FUNDS),
    ("inconnu", RefusalCode.WALLET_NOT_FOUND),
    ("not registered", RefusalCode.WALLET_NOT_FOUND),
    ("not found", RefusalCode.WALLET_NOT_FOUND),
    ("pin errone", RefusalCode.WRONG_PIN),
    ("wrong pin", RefusalCode.WRONG_PIN),
    ("invalid pin", RefusalCode.WRONG_PIN),
    ("pin incorrect", RefusalCode.WRONG_PIN),
    ("code incorrect", RefusalCode.WRONG_PIN),
    ("bloque", RefusalCode.WALLET_BLOCKED),
    ("blocked", RefusalCode.WALLET_BLOCKED),
    ("locked", RefusalCode.WALLET_BLOCKED),
    ("plafond", RefusalCode.LIMIT_REACHED),
    ("limit", RefusalCode.LIMIT_REACHED),
    ("delai depasse", RefusalCode.PROMPT_EXPIRED),
    ("expire", RefusalCode.PROMPT_EXPIRED),
    ("timeout", RefusalCode.PROMPT_EXPIRED),
    ("timed out", RefusalCode.PROMPT_EXPIRED),
    ("deja en", RefusalCode.PROMPT_ALREADY_OPEN),
    ("refus", RefusalCode.PAYER_REFUSED),
    ("annul", RefusalCode.PAYER_REFUSED),
    ("cancel", RefusalCode.PAYER_REFUSED),
    ("rejected", RefusalCode.PAYER_REFUSED),
)
# A credit takes from our balance and asks nobody: the same words say something else of it.
_REASONS_OF_A_CREDIT: Final[Mapping[RefusalCode, RefusalCode]] = {
    RefusalCode.INSUFFICIENT_FUNDS: RefusalCode.FLOAT_TOO_LOW,
    RefusalCode.PROMPT_EXPIRED: RefusalCode.OPERATOR_REFUSED,
    RefusalCode.PROMPT_ALREADY_OPEN: RefusalCode.OPERATOR_REFUSED,
    RefusalCode.PAYER_REFUSED: RefusalCode.OPERATOR_REFUSED,
    RefusalCode.WRONG_PIN: RefusalCode.OPERATOR_REFUSED,
}

_FORM_FIELDS_MAX: Final = 50
_REPLY: Final = CallbackReply(b'{"message":"success","code":0}')  # operators.md 3.6


class Answer(NamedTuple):
    """An HTTP answer, its body read once; `fields` is None when it is no JSON object."""

    status: int
    fields: Fields | None


def read_answer(response: HttpResponse) -> Answer:
    """The answer's status and its JSON object."""
    return Answer(response.status, read_object(response.body))


def payment_body(request: LegRequest, merchant: Merchant) -> bytes:
    """A debit (operators.md 3.4); a credit has the same fields (ASSUMED: 3.7)."""
    return to_json(
        {
            "msisdn": request.named_wallet.digits,
            "key": merchant.key,
            "mrchrefid": request.reference,
            "mrchname": merchant.name,
            "amount": request.money.amount,
            "partnermsisdn": merchant.partner_msisdn,
        },
        ensure_ascii=True,
    )


def verify_body(request: LegRequest, merchant: Merchant) -> bytes:
    """The question what became of a reference (operators.md 3.5)."""
    return to_json(
        {"mrchrefid": request.reference, "partnermsisdn": merchant.partner_msisdn},
        ensure_ascii=True,
    )


def refuses_token(answer: Answer) -> bool:
    """Whether Flooz turned the request away for its token, before it did anything with it.

    Definite, so that the same request may be repeated once: 99 is a rejection in the answer itself
    (operators.md 3.10), and were it not, the repeated reference would get a 4 (3.4).
    """
    fields = answer.fields
    return answer.status == OK and fields is not None and _status(fields) == _INVALID_AUTHORIZATION


def debit_outcome(answer: Answer, request: LegRequest) -> Outcome:
    """What the answer to a debit says: 0 is accepted and not paid (operators.md 3.4)."""
    fields = _fields_about(answer, request)
    if isinstance(fields, Unknown):
        return fields
    status = _status(fields)
    if status == _YES:
        return Pending(reference_in(fields.get("mrorrefid")) or reference_in(fields.get("refid")))
    return _refused_or_unknown(status, fields, is_credit=False)


def credit_outcome(answer: Answer, request: LegRequest) -> Outcome:
    """What the answer to a credit says: 0 with a `referenceid` is credited (ASSUMED: 3.7)."""
    fields = _fields_about(answer, request)
    if isinstance(fields, Unknown):
        return fields
    status = _status(fields)
    if status != _YES:
        return _refused_or_unknown(status, fields, is_credit=True)
    if reference_in(fields.get("referenceid")) is None:
        return Unknown("a credit without a referenceid")
    return _success(fields)


def verify_outcome(answer: Answer, request: LegRequest, *, is_credit: bool) -> LookUp:
    """What became of a payment. The outer status tells only of the lookup (operators.md 3.5)."""
    fields = _fields_about(answer, request)
    if isinstance(fields, Unknown):
        return fields
    looked_up = text_in(fields.get("status"))
    details = fields.get("details")
    if looked_up == _FAILED and details is None:
        return Missing()  # ASSUMED: operators.md 3.5
    if looked_up != _YES or not isinstance(details, dict):
        return Unknown(f"the lookup ended with status {message_in(looked_up)}")
    if details.get("mrchreference") != request.reference:
        return Unknown("the answer is about another reference")
    if is_other_wallet(details.get("msisdn"), request.named_wallet):
        return Unknown("the answer is about another wallet")
    return _verdict(fields, details, is_credit=is_credit)


def read_callback(callback: RawCallback) -> CallbackHint:
    """Which payment a callback speaks of, in JSON or as a form (operators.md 3.6)."""
    is_json = callback.body.lstrip().startswith(b"{")
    fields = read_object(callback.body) if is_json else _form(callback.body)
    if fields is None:
        return CallbackHint(None, "the body is neither a JSON object nor a form")
    reference = fields.get("mrchrefid") or fields.get("refid")
    said = message_in(fields.get("status")), message_in(fields.get("message"))
    return CallbackHint(reference_in(text_in(reference)), " ".join(filter(None, said)))


def reply_to_callback(callback: RawCallback) -> CallbackReply:
    """*Received*, the same for every callback (operators.md 3.6)."""
    del callback
    return _REPLY


def _fields_about(answer: Answer, request: LegRequest) -> Fields | Unknown:
    """The fields, unless they are about another request: Flooz echoes a reference at times."""
    if answer.status != OK:  # operators.md 3.2: exactly 200
        return Unknown(f"HTTP status {answer.status}")
    fields = answer.fields
    if fields is None:
        return Unknown("the answer is no JSON object")
    for name in ("mrchrefid", "mrchreference"):
        if name in fields and fields[name] != request.reference:
            return Unknown("the answer is about another reference")
    return fields


def _status(fields: Fields) -> str | None:
    """`status`, which some clients know as `code`; None where the two disagree."""
    status = text_in(fields.get("status"))
    code = text_in(fields.get("code"))
    if status is None or code is None:
        return code if "status" not in fields else status if "code" not in fields else None
    return status if status == code else None


def _verdict(fields: Fields, details: Fields, *, is_credit: bool) -> Outcome:
    said = details.get("status")
    if said in _UNDECIDED:
        return Pending(reference_in(details.get("mrorreference")))
    status = text_in(said)
    if status == _YES:
        return _success(details)
    if status == _FAILED:
        told = (details, fields)
        return _refusal(status, RefusalCode.OPERATOR_REFUSED, told, is_credit=is_credit)
    return Unknown(f"details.status {message_in(said)}")


def _success(fields: Fields) -> Outcome:
    known = reference_in(fields.get("referenceid")) or reference_in(fields.get("mrorreference"))
    said = fields.get("amount")
    if said is None:
        return Succeeded(known)
    money = money_in(said, XOF)
    if money is None:
        return Unknown("the amount is not a whole number of francs")
    return Succeeded(known, money)


def _refused_or_unknown(status: str | None, fields: Fields, *, is_credit: bool) -> Outcome:
    refusals = CREDIT_REFUSALS if is_credit else DEBIT_REFUSALS
    if status is not None and status in refusals:
        return _refusal(status, refusals[status], (fields,), is_credit=is_credit)
    if status == _USED:
        return Unknown("4: this reference is there already; its fate is to be asked for")
    return Unknown(f"status {message_in(status)}")


def _refusal(
    status: str, meaning: RefusalCode, told: Iterable[Fields], *, is_credit: bool
) -> Refused:
    texts = [message_in(said.get(name)) for said in told for name in ("description", "message")]
    reason = meaning
    if meaning is RefusalCode.OPERATOR_REFUSED:
        reason = next(filter(None, map(_reason, texts)), meaning)
    if is_credit:
        reason = _REASONS_OF_A_CREDIT.get(reason, reason)
    return Refused(reason, status, message_in(*texts))


def _reason(text: str | None) -> RefusalCode | None:
    words = plain_words(text or "")
    for part, code in _REASONS:
        if part in words:
            return code
    return None


def _form(body: bytes) -> Fields | None:
    try:
        pairs = parse_qsl(
            body.decode(), strict_parsing=True, errors="strict", max_num_fields=_FORM_FIELDS_MAX
        )
    except ValueError:
        return None
    fields = dict(pairs)
    return fields if len(fields) == len(pairs) else None
