"""What a notification proves: unsigned, so that its source, its token and every field must fit.

There is no query to ask, so this is all that TMoney Online ever says (operators.md 1.4, api.md 5).
"""

import re
from collections.abc import Mapping
from ipaddress import IPv6Address, ip_address
from typing import Final
from urllib.parse import parse_qsl

from cross.connector.reading import money_in, plain_words
from cross.connector.reading import reference_in as short_reference_in
from cross.domain.money import XOF
from cross.domain.msisdn import Msisdn
from cross.domain.operator import (
    CallbackHint,
    CallbackReply,
    RawCallback,
    RefusalCode,
    Refused,
    Succeeded,
)
from cross.operators.tmoney_online.purchaseref import reference_in
from cross.operators.tmoney_online.setup import Setup

# Source: operators.md 1.4. Every field has its pattern and any other field is refused (S-IN-04);
# `clientid` and `cname` are the payer's and are never kept.
FIELDS: Final[Mapping[str, re.Pattern[str]]] = {
    name: re.compile(pattern, re.ASCII | re.DOTALL)
    for name, pattern in (
        ("purchaseref", r"[!-~]{1,250}"),
        ("amount", r"[0-9]{1,10}(\.00?)?"),
        ("currency", r"[0-9]{3}"),
        ("status", r"[A-Z]{1,10}"),
        ("clientid", r"[!-~]{0,64}"),
        ("cname", r".{0,250}"),
        ("mobile", r"(228[0-9]{8})?"),
        ("paymentref", r"[!-~]{0,64}"),
        ("payid", r"[!-~]{0,64}"),
        ("timestamp", r"[0-9]{0,13}"),
        ("error", r"[ -~]{0,250}"),
    )
}
_FIELDS_MAX: Final = 50
_NEEDED: Final = ("purchaseref", "amount", "currency", "status")
_REPLY: Final = CallbackReply(b"OK", "text/plain")  # Source: operators.md 1.4

# Source: operators.md 1.4; `error` may carry more text, so that a word is looked for in it. The
# first that occurs counts: a payer's own act is named before what it led to.
_ERRORS: Final[tuple[tuple[str, RefusalCode], ...]] = (
    ("CANCEL", RefusalCode.CANCELED_BY_PAYER),
    ("AUTHENTICATION", RefusalCode.WRONG_PIN),
    ("EXPIRED_SESSION", RefusalCode.EXPIRED_SESSION),
    ("PAYMENT_FAILED", RefusalCode.OPERATOR_REFUSED),
)
# ASSUMED: nothing is published; what the text beside PAYMENT_FAILED may say, in plain words.
_REASONS: Final[tuple[tuple[str, RefusalCode], ...]] = (
    ("insuffisant", RefusalCode.INSUFFICIENT_FUNDS),
    ("insufficient", RefusalCode.INSUFFICIENT_FUNDS),
    ("plafond", RefusalCode.LIMIT_REACHED),
    ("limit", RefusalCode.LIMIT_REACHED),
)


def read_callback(callback: RawCallback, setup: Setup) -> CallbackHint:
    """Which leg a notification speaks of, and what it proves, if it proves anything."""
    fields = _fields(callback)
    if isinstance(fields, str):
        return CallbackHint(None, fields)
    reference = reference_in(
        fields.get("purchaseref", ""), merchantid=setup.merchantid, secret=setup.purchaseref_secret
    )
    if reference is None:
        return CallbackHint(None, "the purchaseref is not one of ours")
    if not _is_allowed(callback.peer, setup):
        return CallbackHint(reference, f"it came from {callback.peer!r}, which is not allowed")
    if flaw := _flaw(fields):
        return CallbackHint(reference, flaw)
    answer = _answer(fields)
    if isinstance(answer, str):
        return CallbackHint(reference, answer)
    words = (fields["status"], fields["amount"], fields.get("error"), fields.get("paymentref"))
    return CallbackHint(reference, " ".join(filter(None, words)), answer)


def reply_to_callback() -> CallbackReply:
    """*Received*, the same for every notification."""
    return _REPLY


def _fields(callback: RawCallback) -> Mapping[str, str] | str:
    """The fields of the query, or why it is none of a notification.

    Read as Latin-1, which takes every byte: `cname` may be in any encoding, all else is ASCII.
    """
    if callback.method != "GET":
        return "the notification is no GET"
    try:
        pairs = parse_qsl(
            callback.query,
            keep_blank_values=True,
            strict_parsing=True,
            encoding="latin-1",
            max_num_fields=_FIELDS_MAX,
        )
    except ValueError:
        return "the query is not that of a notification"
    fields = dict(pairs)
    return fields if len(fields) == len(pairs) else "a field is given twice"


def _is_allowed(peer: str, setup: Setup) -> bool:
    try:
        address = ip_address(peer)
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped  # how a socket for both kinds of address shows the old kind
    return any(address in network for network in setup.allowed_networks)


def _flaw(fields: Mapping[str, str]) -> str | None:
    """Why the fields cannot be believed, whatever they say."""
    for name in _NEEDED:
        if name not in fields:
            return f"{name} is missing"
    for name, value in fields.items():
        pattern = FIELDS.get(name)
        if pattern is None:
            return "there is a field that a notification does not have"
        if not pattern.fullmatch(value):
            return f"{name} is malformed"
    if fields["currency"] != XOF.numeric:
        return f"the currency is {fields['currency']}"
    if fields["status"] not in ("OK", "NOK"):
        return f"the status is {fields['status']}"
    return None


def _answer(fields: Mapping[str, str]) -> Succeeded | Refused | str:
    """What a notification without flaw proves; a contradiction in it proves nothing."""
    error = fields.get("error", "").strip()
    paymentref = fields.get("paymentref")
    if fields["status"] == "NOK":
        return "refused, and yet with a paymentref" if paymentref else _refused(error)
    if error:
        return f"paid, and yet with the error {error}"
    if short_reference_in(paymentref) is None:
        return "paid, and yet without a paymentref"
    money = money_in(fields["amount"], XOF)
    if money is None:
        return "the amount is not a whole number of francs"
    mobile = fields.get("mobile")
    return Succeeded(paymentref, money, Msisdn(f"+{mobile}") if mobile else None)


def _refused(error: str) -> Refused:
    """Whatever the error, a status other than OK is a failure (operators.md 1.3)."""
    told = error.upper()
    code = next((code for word, code in _ERRORS if word in told), RefusalCode.OPERATOR_REFUSED)
    words = plain_words(error)
    if code is RefusalCode.OPERATOR_REFUSED:
        code = next((reason for part, reason in _REASONS if part in words), code)
    return Refused(code, error or "NOK")
