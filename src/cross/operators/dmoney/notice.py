"""D-Money's notification: read field by field, each by its pattern, and believed by none (5.7, 7b).

The string that the gateway signs escapes nothing, so that a genuine signature can be carried to
other fields than those it was made for. What has a `&`, a `=`, a line end or an unknown key is
therefore not read at all; and what is read is only a hint to ask about an order.
"""

import re
from collections.abc import Mapping
from typing import Final

from cross.connector.reading import Fields, message_in, read_object
from cross.domain.operator import CallbackHint, CallbackReply, RawCallback
from cross.operators.dmoney.reader import is_the_gateways
from cross.operators.dmoney.setup import Keys, Merchant
from cross.operators.dmoney.signing import is_ambiguous
from cross.operators.dmoney.wire import IDENTIFIER

_MOMENT: Final = re.compile(r"[0-9]{10}|[0-9]{13}", re.ASCII)  # seconds or milliseconds
_WORD: Final = re.compile(r"[A-Za-z0-9_]{1,32}", re.ASCII)

# Source: operators.md 5.7, the union of the document's table, its example and the family's.
_PATTERNS: Final[Mapping[str, re.Pattern[str]]] = {
    "notify_url": re.compile(r"https?://[!-~]{1,512}", re.ASCII),
    "appid": re.compile(r"[A-Za-z0-9]{1,32}", re.ASCII),
    "notify_time": _MOMENT,
    "merch_code": re.compile(r"[A-Za-z0-9]{1,16}", re.ASCII),
    "merch_order_id": re.compile(r"[A-Za-z0-9_]{1,64}", re.ASCII),
    "payment_order_id": IDENTIFIER,
    "trans_id": IDENTIFIER,
    "transId": IDENTIFIER,
    "total_amount": re.compile(r"(0|[1-9][0-9]{0,14})(\.[0-9]{1,2})?", re.ASCII),
    "trans_currency": re.compile(r"[A-Z]{3}", re.ASCII),
    "trade_status": _WORD,
    "trans_end_time": _MOMENT,
    "callback_info": IDENTIFIER,  # our own token, or none
    "timestamp": _MOMENT,
    "nonce_str": _WORD,
    "sign": re.compile(r"[A-Za-z0-9+/]{64,1024}={0,2}", re.ASCII),
    "sign_type": _WORD,  # whatever it says, the scheme is ours to choose (S-IN-05)
}
_NEEDED: Final = ("merch_order_id", "trade_status", "sign")  # operators.md 7, row 31

# Source: operators.md 5.7: the merge of the document's reply and the one that clients send.
_REPLY: Final = CallbackReply(
    b'{"success":true,"message":"Notification received","returnCode":"SUCCESS","returnMsg":"OK"}'
)


def read_callback(callback: RawCallback, *, merchant: Merchant, keys: Keys) -> CallbackHint:
    """Which order a notification speaks of; one that is not beyond doubt names none, and why."""
    fields = read_object(callback.body)
    if fields is None:
        return CallbackHint(None, "the body is no JSON object")
    doubt = _doubt(fields, merchant)
    if doubt is None and not is_the_gateways(fields, keys):
        doubt = "the signature is not the gateway's"
    if doubt is not None:
        return CallbackHint(None, f"not believed: {doubt}")
    return CallbackHint(str(fields["merch_order_id"]), str(fields["trade_status"]))


def reply_to_callback(callback: RawCallback) -> CallbackReply:
    """*Received*, the same for every notification (S-IN-09)."""
    del callback
    return _REPLY


def _doubt(fields: Fields, merchant: Merchant) -> str | None:
    """Why a notification is not believed before its signature is looked at."""
    for name, value in fields.items():
        if name not in _PATTERNS:
            return f"unknown field {message_in(name)}"
        if not _is_plain(name, value):
            return f"{name} is not what it should be"
    for name in _NEEDED:
        if name not in fields:
            return f"{name} is missing"
    for name, ours in (("appid", merchant.appid), ("merch_code", merchant.merch_code)):
        if fields.get(name, ours) != ours:
            return f"{name} is another's"
    return None


def _is_plain(name: str, value: object) -> bool:
    """Whether a field has its pattern, and could not be taken for several (operators.md 7b)."""
    if not isinstance(value, str) or not _PATTERNS[name].fullmatch(value):
        return False
    return name == "sign" or not is_ambiguous(value)
