"""D-Money's words: what its gateway is sent and says (operators.md section 5), read to an outcome.

Only an explicit yes that the gateway signed is a success, and only a listed code or status is a
refusal; all else is `Unknown`.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from datetime import timedelta
from enum import Enum, auto
from typing import Final, assert_never
from urllib.parse import quote

from cross.connector.reading import (
    Fields,
    capitals,
    message_in,
    money_in,
    plain_words,
    text_in,
)
from cross.domain.money import DJF, Money
from cross.domain.operator import (
    LegRequest,
    LookUp,
    Missing,
    Original,
    Outcome,
    Pending,
    RefusalCode,
    Refused,
    Succeeded,
    Unknown,
)
from cross.operators.dmoney.reader import No
from cross.operators.dmoney.setup import Merchant

PRE_ORDER: Final = "payment.preorder"  # operators.md 5.4
QUERY: Final = "payment.queryorder"  # operators.md 5.6
REFUND: Final = "payment.refund"  # operators.md 5.8
CLOSE: Final = "payment.closeorder"  # ASSUMED: operators.md 5.9
TRANSFER: Final = "payment.transfer"  # ASSUMED: operators.md 5.10, the simulator dialect

# Source: operators.md 5.4. ASSUMED there: 1003, 1005, 1006, 1007, 9999. A code in no table is
# Unknown, and so are 1005 (the reference is there already: its fate is to be asked for), 9999,
# 49401024991 (southbound unavailable) and 60320025 (the payment platform was not reached).
_NOT_FOUND: Final = frozenset({"1004"})
# *Invalid* (1002, 1003, 49401024995) is also what a second delivery of our own request hears, by
# its nonce, after the first one moved money or made an order that may be paid (F-N14): it is
# Unknown, and the query says what became of it. So no answer refuses an order.
REFUND_REFUSALS: Final = frozenset({"1006", "1007"})
TRANSFER_REFUSALS: Final = frozenset({"1006"})

# The one length and alphabet of what D-Money names. ASSUMED: the document gives none for its own.
IDENTIFIER: Final = re.compile(r"[A-Za-z0-9_.-]{1,64}", re.ASCII)
CURRENCIES: Final = {"DJF": DJF, "FDJ": DJF}  # operators.md 7, row 17
OPERATOR_IDS: Final = ("payment_order_id", "trans_id", "transId")  # operators.md 5.7

_TITLE_LENGTH_MAX: Final = 200  # operators.md 5.4: the shorter of the two limits observed
_URL_LENGTH_MAX: Final = 512  # operators.md 5.4
_MINUTES_MAX: Final = 120  # operators.md 5.4: timeout_express
# Source: operators.md 5.4, the characters that a title must not have.
_NOT_IN_TITLE: Final = dict.fromkeys(map(ord, '~`!#$%^*()-+=\\|/<>?;:"[]{}&'), " ")
_UNTITLED: Final = "Paiement"


class State(Enum):
    """What the many words for an order's state come down to."""

    WAITING = auto()
    PAID = auto()
    FAILED = auto()
    CLOSED = auto()
    REFUNDING = auto()
    REFUNDED = auto()
    REFUND_FAILED = auto()


# Source: operators.md 5.6, in upper case. ASSUMED: PENDING, REFUNDING and REFUNDED as
# `order_status`. PAY_CANCEL waits: a page left can be opened again until the order closes (5.11).
_STATES: Final[Mapping[str, State]] = {
    "PENDING": State.WAITING,
    "UNPAID": State.WAITING,
    "WAIT_PAY": State.WAITING,
    "PAYING": State.WAITING,
    "ACCEPTED": State.WAITING,
    "PAY_CANCEL": State.WAITING,
    "PAID": State.PAID,
    "PAY_SUCCESS": State.PAID,
    "SUCCESS": State.PAID,
    "COMPLETED": State.PAID,
    "FAILURE": State.FAILED,
    "PAY_FAILED": State.FAILED,
    "EXPIRED": State.CLOSED,
    "ORDER_EXPIRED": State.CLOSED,
    "ORDER_CLOSED": State.CLOSED,
    "REFUNDING": State.REFUNDING,
    "REFUNDED": State.REFUNDED,
    "REFUND_SUCCESS": State.REFUNDED,
    "REFUND_FAILED": State.REFUND_FAILED,
}
_REASON_FIELDS: Final = ("fail_reason", "message")  # ASSUMED: nothing is published
_REFUNDS: Final = (State.REFUNDING, State.REFUNDED, State.REFUND_FAILED)

# ASSUMED: nothing is published on why a payment failed; in plain words, the first that occurs.
_REASONS: Final[tuple[tuple[str, RefusalCode], ...]] = (
    ("merchant balance", RefusalCode.FLOAT_TOO_LOW),
    ("insuffisant", RefusalCode.INSUFFICIENT_FUNDS),
    ("insufficient", RefusalCode.INSUFFICIENT_FUNDS),
    ("inconnu", RefusalCode.WALLET_NOT_FOUND),
    ("not registered", RefusalCode.WALLET_NOT_FOUND),
    ("wallet not found", RefusalCode.WALLET_NOT_FOUND),
    ("pin errone", RefusalCode.WRONG_PIN),
    ("pin incorrect", RefusalCode.WRONG_PIN),
    ("wrong pin", RefusalCode.WRONG_PIN),
    ("bloque", RefusalCode.WALLET_BLOCKED),
    ("blocked", RefusalCode.WALLET_BLOCKED),
    ("plafond", RefusalCode.LIMIT_REACHED),
    ("limit", RefusalCode.LIMIT_REACHED),
    ("annul", RefusalCode.CANCELED_BY_PAYER),
    ("cancel", RefusalCode.CANCELED_BY_PAYER),
    ("in progress", RefusalCode.PROMPT_ALREADY_OPEN),
    ("expired", RefusalCode.PROMPT_EXPIRED),
)
# A payout takes from our balance and asks nobody: the same words say something else of it.
_REASONS_OF_A_PAYOUT: Final[Mapping[RefusalCode, RefusalCode]] = {
    RefusalCode.INSUFFICIENT_FUNDS: RefusalCode.FLOAT_TOO_LOW,
    RefusalCode.WRONG_PIN: RefusalCode.OPERATOR_REFUSED,
    RefusalCode.CANCELED_BY_PAYER: RefusalCode.OPERATOR_REFUSED,
    RefusalCode.PROMPT_ALREADY_OPEN: RefusalCode.OPERATOR_REFUSED,
    RefusalCode.PROMPT_EXPIRED: RefusalCode.OPERATOR_REFUSED,
}


def pre_order(request: LegRequest, merchant: Merchant, *, default_seconds: int) -> dict[str, str]:
    """An order (operators.md 5.4): the same for the same leg, so that the same page answers."""
    visit = request.visit
    content = {
        "appid": merchant.appid,
        "merch_code": merchant.merch_code,
        "merch_order_id": request.reference,
        "trade_type": "Checkout",
        "title": title_of(request.description if visit is None else visit.title),
        "total_amount": str(request.money.amount),
        "trans_currency": request.money.currency.code,
        "timeout_express": f"{_minutes(request, default_seconds)}m",
        "business_type": merchant.business_type,
        "notify_url": merchant.notify_url,
        "callback_info": request.movement,
    }
    back = None if visit is None else redirect_url(visit.return_url)
    return content if back is None else {**content, "redirect_url": back}


def order_query(reference: str, merchant: Merchant) -> dict[str, str]:
    """The question what became of an order (operators.md 5.6)."""
    return {
        "appid": merchant.appid,
        "merch_code": merchant.merch_code,
        "merch_order_id": reference,
    }


def refund_order(
    request: LegRequest, original: Original, merchant: Merchant, *, amount_field: str
) -> dict[str, str]:
    """A refund (operators.md 5.8): the same for the same leg, by which it is recognised."""
    return {
        **order_query(original.reference, merchant),
        "refund_request_no": request.reference,
        amount_field: str(request.money.amount),
        "trans_currency": request.money.currency.code,
        "refund_reason": title_of(request.description),
    }


def transfer_order(request: LegRequest, merchant: Merchant) -> dict[str, str]:
    """A payout in the simulator dialect (ASSUMED: operators.md 5.10)."""
    return {
        **order_query(request.reference, merchant),
        "payee_msisdn": request.named_wallet.digits,
        "total_amount": str(request.money.amount),
        "trans_currency": request.money.currency.code,
        "notify_url": merchant.notify_url,
        "remark": title_of(request.description),
    }


def title_of(text: str) -> str:
    """A title without what the document forbids, accents kept; never empty."""
    allowed = unicodedata.normalize("NFC", text).translate(_NOT_IN_TITLE)
    shown = "".join([c if c.isprintable() else " " for c in allowed])
    return " ".join(shown.split())[:_TITLE_LENGTH_MAX].strip() or _UNTITLED


def redirect_url(url: str) -> str | None:
    """The address to come back to, `&` and `=` percent-encoded; None where it is too long.

    It is signed, and the string to sign escapes nothing (operators.md 7b). So a query of several
    parameters comes back as one word: who needs them puts them into the path.
    """
    escaped = quote(url, safe="%/:?#[]@!$'()*+,;~")
    return escaped if len(escaped) <= _URL_LENGTH_MAX else None


def pre_order_outcome(said: Fields | No | Unknown) -> Outcome:
    """What the answer to an order says: the page is there, nobody has paid."""
    if isinstance(said, Unknown):
        return said
    if isinstance(said, No):
        return Unknown(_shown(said))
    if "merch_order_id" not in said:
        return Unknown("the answer names no order")
    prepay_id = _identifier(said, ("prepay_id",))
    return Unknown("an order without a prepay_id") if prepay_id is None else _waiting(prepay_id)


def order_outcome(said: Fields | No | Unknown, *, is_payout: bool = False) -> LookUp:
    """What became of an order or of a transfer (operators.md 5.6)."""
    state = state_in(said)
    if isinstance(state, Unknown | Missing) or not isinstance(said, Mapping):
        return state if isinstance(state, Unknown | Missing) else Unknown("no content")
    match state:
        case State.WAITING:
            return Pending() if is_payout else _waiting(_identifier(said, ("prepay_id",)))
        case State.PAID | State.REFUNDING | State.REFUNDED | State.REFUND_FAILED:
            return _paid(said)
        case State.FAILED:
            return _failed(said, RefusalCode.OPERATOR_REFUSED, is_payout=is_payout)
        case State.CLOSED:
            closed = RefusalCode.OPERATOR_REFUSED if is_payout else RefusalCode.PROMPT_EXPIRED
            return _failed(said, closed, is_payout=is_payout)
        case _:
            assert_never(state)


def transfer_outcome(said: Fields | No | Unknown) -> Outcome:
    """What the answer to a transfer says (ASSUMED: operators.md 5.10)."""
    if isinstance(said, No):
        return _refused_or_unknown(said, TRANSFER_REFUSALS, is_payout=True)
    outcome = order_outcome(said, is_payout=True)
    return Unknown("the transfer is not found") if isinstance(outcome, Missing) else outcome


def refund_outcome(said: Fields | No | Unknown) -> Outcome:
    """What the answer to a refund says, the first time and each time it is repeated (5.8)."""
    if isinstance(said, Unknown):
        return said
    if isinstance(said, No):
        return _refused_or_unknown(said, REFUND_REFUSALS)
    status = capitals(text_in(said.get("refund_status")))
    known = _identifier(said, ("refund_order_id",))
    if status == "REFUNDING":
        return Pending(known)
    if status == "REFUND_FAILED":
        return _failed(said, RefusalCode.OPERATOR_REFUSED)
    if status != "REFUND_SUCCESS":  # REFUND_DUPLICATED says that it is there, not what became of it
        return Unknown(f"refund_status {message_in(status)}")
    money = _money(said, amounts=("refund_amount", "actual_amount"), currency="refund_currency")
    return money if isinstance(money, Unknown) else Succeeded(known, money)


def refund_told_by_order(said: Fields | No | Unknown, *, is_whole: bool) -> LookUp | None:
    """What an order's state tells of a refund of it; None where the refund itself must be asked.

    One of several refunds is told only where all of them are: none was made, or one is under way.
    """
    state = state_in(said)
    if isinstance(state, Unknown):
        return state
    if isinstance(state, Missing):
        return Unknown("the order that was paid is not found")
    if state is State.REFUNDING:
        return Pending()
    if state is State.PAID:
        return Missing()
    if state is State.REFUNDED and is_whole and isinstance(said, Mapping):
        paid = _paid(said)  # its reference is the payment's, not the refund's
        return Succeeded(None, paid.money) if isinstance(paid, Succeeded) else paid
    return None if state in _REFUNDS else Unknown("the order is not paid")


def state_in(said: Fields | No | Unknown) -> State | Missing | Unknown:
    """The order's state; where two fields tell it, they must agree."""
    if isinstance(said, Unknown):
        return said
    if isinstance(said, No):
        is_missing = set(said.codes) == _NOT_FOUND
        return Missing() if is_missing else Unknown(f"the query ended with {_shown(said)}")
    if "merch_order_id" not in said:
        return Unknown("the answer names no order")
    words = [text_in(said[name]) for name in ("trade_status", "order_status") if name in said]
    states = {_STATES.get(capitals(word)): None for word in words}
    if len(states) > 1 and State.PAID in states:  # operators.md 5.6: PAID stays beside a refund
        states = {state: None for state in states if state is not State.PAID}
        states |= {} if set(states) <= set(_REFUNDS) else {State.PAID: None}
    only = next(iter(states)) if len(states) == 1 else None
    return only or Unknown(f"trade_status {message_in(*words)}")


def _waiting(prepay_id: str | None) -> Pending:
    """The page is there: its address is made of the prepay_id, which is kept."""
    return Pending(prepay_id, keeps=prepay_id is not None)


def _paid(said: Fields) -> Outcome:
    money = _money(said, amounts=("total_amount",), currency="trans_currency")
    if isinstance(money, Unknown):
        return money
    return Succeeded(_identifier(said, OPERATOR_IDS), money)


def _money(said: Fields, *, amounts: Collection[str], currency: str) -> Money | Unknown:
    """What the answer says was moved: whole francs of Djibouti, or `Unknown`."""
    kept_in = CURRENCIES.get(text_in(said.get(currency)) or "")
    told = [said[name] for name in amounts if name in said]
    moved = money_in(told[0], kept_in) if kept_in is not None and len(told) == 1 else None
    return moved or Unknown("the amount is not a whole number of Djibouti francs")


def _identifier(said: Fields, names: Iterable[str]) -> str | None:
    """The first of these that names something."""
    for name in names:
        value = text_in(said.get(name))
        if value is not None and IDENTIFIER.fullmatch(value):
            return value
    return None


def _refused_or_unknown(said: No, listed: Collection[str], *, is_payout: bool = False) -> Outcome:
    if not said.codes or not set(said.codes) <= set(listed):
        return Unknown(_shown(said))
    code = RefusalCode.OPERATOR_REFUSED
    if is_payout:
        code = _reason(said.message, code, is_payout=True)
    return Refused(code, said.codes[0], said.message)


def _failed(said: Fields, meaning: RefusalCode, *, is_payout: bool = False) -> Refused:
    status = text_in(said.get("trade_status")) or text_in(said.get("order_status"))
    status = status or text_in(said.get("refund_status"))
    message = message_in(*(said.get(name) for name in _REASON_FIELDS))
    return Refused(_reason(message, meaning, is_payout=is_payout), status, message)


def _reason(message: str | None, meaning: RefusalCode, *, is_payout: bool) -> RefusalCode:
    words = plain_words(message or "")
    code = next((code for part, code in _REASONS if part in words), meaning)
    return _REASONS_OF_A_PAYOUT.get(code, code) if is_payout else code


def _minutes(request: LegRequest, default_seconds: int) -> int:
    """Whole minutes until the visit ends, as `timeout_express` takes them."""
    left = timedelta(seconds=default_seconds)
    if request.visit is not None:
        left = request.visit.until - request.requested_at
    return min(max(int(left / timedelta(minutes=1)), 1), _MINUTES_MAX)


def _shown(said: No) -> str:
    codes = message_in("/".join(said.codes)) or "no code"
    return codes if said.message is None else f"{codes}: {said.message}"
