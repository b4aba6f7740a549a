"""The field rules of the simulated D-Money (operators.md sections 5.4, 5.8 and 5.10)."""

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from cross.operators.dmoney.simulator_requests import Asked


class Rule(NamedTuple):
    """What one field of `biz_content` must be."""

    pattern: re.Pattern[str]
    length_max: int
    is_needed: bool = True


REFERENCE: Final = Rule(re.compile(r"[A-Za-z0-9_]+", re.ASCII), 64)  # the text allows `_`
_ADDRESS: Final = Rule(re.compile(r"https?://[^\s/]\S*", re.ASCII), 512)
_ANY: Final = re.compile(r"[^\r\n\0]+")
_AMOUNT: Final = Rule(re.compile(r"(0\.\d{1,2}|[1-9]\d*(\.\d{1,2})?)", re.ASCII), 20)
_WHOLE: Final = re.compile(r"([1-9]\d{0,14})(\.0{1,2})?", re.ASCII)  # DJF has no smaller unit
_CURRENCY: Final = Rule(re.compile(r"[A-Z]{3}", re.ASCII), 3)
_IDENTITY: Final = {
    "appid": Rule(re.compile(r"[A-Za-z0-9]+", re.ASCII), 32),
    "merch_code": Rule(re.compile(r"[A-Za-z0-9]+", re.ASCII), 16),
}

PRE_ORDER: Final[Mapping[str, Rule]] = {
    **_IDENTITY,
    "merch_order_id": REFERENCE,
    "notify_url": _ADDRESS,
    "redirect_url": _ADDRESS._replace(is_needed=False),
    "trade_type": Rule(re.compile(r"[A-Za-z]+", re.ASCII), 16),
    "title": Rule(re.compile(r".+", re.DOTALL), 512),
    "total_amount": _AMOUNT,
    "trans_currency": _CURRENCY,
    "timeout_express": Rule(re.compile(r"[0-9]*m", re.ASCII), 10, is_needed=False),
    "business_type": Rule(re.compile(r"[A-Za-z0-9]+", re.ASCII), 32, is_needed=False),
    "callback_info": Rule(re.compile(r"\S+"), 512, is_needed=False),
}
QUERY: Final[Mapping[str, Rule]] = {**_IDENTITY, "merch_order_id": REFERENCE}
REFUND: Final[Mapping[str, Rule]] = {
    **_IDENTITY,
    "merch_order_id": REFERENCE._replace(is_needed=False),
    "payment_order_id": REFERENCE._replace(is_needed=False),
    "refund_request_no": Rule(re.compile(r"[A-Za-z0-9]+", re.ASCII), 64),
    "actual_amount": _AMOUNT._replace(is_needed=False),
    "refund_amount": _AMOUNT._replace(is_needed=False),
    "trans_currency": _CURRENCY._replace(is_needed=False),
    "refund_reason": Rule(_ANY, 512, is_needed=False),
}
TRANSFER: Final[Mapping[str, Rule]] = {
    **_IDENTITY,
    "merch_order_id": REFERENCE,
    "payee_msisdn": Rule(re.compile(r"253[0-9]{8}", re.ASCII), 11),
    "total_amount": _AMOUNT,
    "trans_currency": _CURRENCY,
    "notify_url": _ADDRESS._replace(is_needed=False),
    "remark": Rule(_ANY, 512, is_needed=False),
}

# Source: operators.md section 5.4: the printed pattern is a list of what is forbidden
_NOT_IN_TITLE: Final = re.compile(r"[~`!#$%^*()\-+=|/<>?;:\"\[\]{}\\&]")
_SPELLINGS: Final = {"FDJ": "DJF"}  # operators.md section 7, row 17
_MINUTES_DEFAULT: Final = 120  # operators.md section 5.4
_MINUTES_MAX: Final = 120
_SECONDS_A_MINUTE: Final = 60


def broken(rules: Mapping[str, Rule], asked: Asked) -> str | None:
    """Which rule a request breaks, if any; what no rule names is taken as it is."""
    for name, rule in rules.items():
        value = asked.content.get(name)
        if value is None or value == "":
            if rule.is_needed:
                return f"{name} is missing"
        elif not isinstance(value, str):
            return f"{name} is not a text"
        elif len(value) > rule.length_max or not rule.pattern.fullmatch(value):
            return f"{name} is malformed"
    return _broken_meaning(asked)


def whole_amount(text: str) -> int | None:
    """An amount in whole units, which `.0` and `.00` still are; None for any fraction."""
    matched = _WHOLE.fullmatch(text)
    return None if matched is None else int(matched[1])


def open_seconds(asked: Asked) -> int | None:
    """How long an order can be paid, by its `timeout_express`; None beyond 1 to 120 minutes."""
    text = asked.text("timeout_express")
    if not text:
        return _MINUTES_DEFAULT * _SECONDS_A_MINUTE
    minutes = int(text.removesuffix("m") or 0)
    return minutes * _SECONDS_A_MINUTE if 1 <= minutes <= _MINUTES_MAX else None


def _broken_meaning(asked: Asked) -> str | None:
    settings = asked.client.settings
    currency = asked.text("trans_currency")
    accepted = settings["currencies"]
    assert isinstance(accepted, tuple)  # noqa: S101 - as its default is
    if currency and _SPELLINGS.get(currency, currency) not in accepted:
        return f"trans_currency is none of {', '.join(accepted)}"
    for name in ("total_amount", "refund_amount", "actual_amount"):
        if asked.text(name) and whole_amount(asked.text(name)) is None:
            return f"{name} has a fraction"
    if settings["strict_title"] and _NOT_IN_TITLE.search(asked.text("title")):
        return "title holds a forbidden character"
    return None if open_seconds(asked) else "timeout_express is not 1m to 120m"
