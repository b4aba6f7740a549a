"""The order form that a payer's browser posts to the simulated page (operators.md section 1.2)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from cross.domain.money import XOF

# Source: operators.md 1.2: the document's own spelling is `phonennumber`, clients' is another.
PHONE_SPELLINGS: Final = ("phonenumber", "phonennumber", "phone")
AMOUNT_MIN: Final = 100  # Source: operators.md 1.2, 6.4

_MERCHANT: Final = re.compile(r"[0-9]{16}", re.ASCII)
_AMOUNT: Final = re.compile(r"[0-9]{3,10}", re.ASCII)
_PHONE: Final = re.compile(r"[0-9]{8,16}", re.ASCII)
_LANGUAGE: Final = re.compile(r"([A-Za-z]{2})?", re.ASCII)
_LANGUAGES: Final = ("fr", "en")
_TAG: Final = re.compile(r"<[^<>]*>")
_SEPARATORS: Final = str.maketrans("", "", " .-+\u00a0\u202f")
_COUNTRY: Final = "228"
_NATIONAL_DIGITS: Final = 8
_LENGTHS: Final = {"brand": 150, "description": 255, "text": 250}
_ADDRESS_LENGTH_MAX: Final = 150
_PURCHASEREF_LENGTH_MAX: Final = 250
ADDRESSES: Final = ("accepturl", "declineurl", "cancelurl")


@dataclass(frozen=True, slots=True)
class OrderForm:
    """The thirteen fields as they came; one that was not sent is empty."""

    sessionid: str
    merchantid: str
    amount: str
    currency: str
    purchaseref: str
    phone: str
    brand: str
    description: str
    accepturl: str
    declineurl: str
    cancelurl: str
    text: str
    language: str

    @property
    def whole_amount(self) -> int:
        """The francs asked for; 0 where the field is no amount."""
        return int(self.amount) if _AMOUNT.fullmatch(self.amount) else 0

    @property
    def shown_language(self) -> str:
        """The language of the page; French for any that it does not have."""
        language = self.language.lower()
        return language if language in _LANGUAGES else _LANGUAGES[0]


def read_form(fields: Mapping[str, str]) -> OrderForm:
    """The order in a form's fields, in any spelling of the phone; other fields are ignored."""
    phones = (fields.get(name, "") for name in PHONE_SPELLINGS)
    return OrderForm(
        **{
            name: fields.get(name, "").strip()
            for name in OrderForm.__dataclass_fields__
            if name != "phone"
        },
        phone=next(filter(None, phones), ""),
    )


def flaw_in(form: OrderForm) -> str | None:
    """The first field that breaks its rule, by its name in the document."""
    rules = {
        "merchantid": bool(_MERCHANT.fullmatch(form.merchantid)),
        "amount": form.whole_amount >= AMOUNT_MIN,
        "currency": form.currency == XOF.numeric,
        "purchaseref": 0 < len(form.purchaseref) <= _PURCHASEREF_LENGTH_MAX,
        "phonenumber": not form.phone or typed_number(form.phone) is not None,
        "language": bool(_LANGUAGE.fullmatch(form.language)),
    }
    rules |= {name: len(getattr(form, name)) <= most for name, most in _LENGTHS.items()}
    addresses = {name: getattr(form, name) for name in ADDRESSES}
    rules |= {name: not url or is_address(url) for name, url in addresses.items()}
    return next((name for name, holds in rules.items() if not holds), None)


def typed_number(text: str) -> str | None:
    """The wallet's number as people type it, with the country's code; None where it is none."""
    digits = text.translate(_SEPARATORS).removeprefix("00")
    if not _PHONE.fullmatch(digits):
        return None
    return f"{_COUNTRY}{digits}" if len(digits) == _NATIONAL_DIGITS else digits


def is_address(text: str) -> bool:
    """Whether a browser can be sent there, and the field holds it."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    plain_text = text.isascii() and text.isprintable() and " " not in text
    is_web = parts.scheme in ("http", "https") and bool(parts.netloc)
    return len(text) <= _ADDRESS_LENGTH_MAX and plain_text and is_web


def plain(text: str) -> str:
    """The text without tags (operators.md 1.2)."""
    return " ".join(_TAG.sub(" ", text).split())
