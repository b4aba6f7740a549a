"""What a bank wants moved, read from either version: liberal in spelling, strict in meaning."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from cross.domain.msisdn import Msisdn, read_msisdn
from cross.domain.partner import Operation
from cross.partner.asking import Fields

ID_CHARACTERS_MAX: Final = 64  # ASSUMED: operators.md section 2.3
TEXT_CHARACTERS_MAX: Final = 200
AMOUNT_DIGITS_MAX: Final = 15
_ID: Final = re.compile(r"[!-~](?:[ -~]*[!-~])?", re.ASCII)
_AMOUNT: Final = re.compile(r"[0-9]+(?:\.(?![0-9]{3}\Z)[0-9]+)?(?:[eE]\+?[0-9]{1,2})?", re.ASCII)
_REQUIRED: Final = ("idRequete", "numeroClient", "montant", "refCommande", "dateHeureRequete")
_DATE_1: Final = "%Y-%m-%d %H:%M:%S"


class NotTaken(Exception):
    """A request that cannot be understood: nothing of it was done. Says which field, in French."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One operation as a bank asked for it; `wallet` and `operator` as it named them."""

    operation: Operation
    id: str
    wallet: str
    amount: int
    order: str
    asked_at: str
    description: str
    operator: str | None = None
    currency: str | None = None

    @property
    def msisdn(self) -> Msisdn:
        """The wallet's number; raises `InvalidMsisdn`."""
        return read_msisdn(self.wallet, country=None, param="numeroClient")


def wanted_in(fields: Fields, operation: Operation) -> Wanted:
    """What a body of version 2 asks for, its names in lower case; raises `NotTaken`."""
    for name in _REQUIRED:
        if fields.get(name.lower()) in (None, ""):
            raise NotTaken(f"Champ manquant : {name}")
    amount = read_amount(fields["montant"])
    if amount is None:
        raise NotTaken("montant invalide")
    asked_at = _text(fields, "dateHeureRequete")
    if not _is_time(asked_at):
        raise NotTaken("dateHeureRequete invalide")
    return Wanted(
        operation,
        id=read_id(fields, "idRequete"),
        wallet=_text(fields, "numeroClient"),
        amount=amount,
        order=_text(fields, "refCommande"),
        asked_at=asked_at,
        description=_text(fields, "description"),
        operator=_text(fields, "operateur") or None,
    )


def wanted_in_query(fields: Mapping[str, str], operation: Operation, *, at: datetime) -> Wanted:
    """What a query of version 1 asks for; raises `NotTaken`."""
    for name in ("referenceid", "client", "amount", "currency"):
        if not fields.get(name):
            raise NotTaken(f"Champ manquant : {name}")
    amount = read_amount(fields["amount"])
    if amount is None:
        raise NotTaken("amount invalide")
    return Wanted(
        operation,
        id=read_id(fields, "referenceid"),
        wallet=_text(fields, "client"),
        amount=amount,
        order=_text(fields, "trxcode"),
        asked_at=at.strftime(_DATE_1),
        description=_text(fields, "description"),
        currency=fields["currency"],
    )


def read_id(fields: Fields, name: str) -> str:
    """The bank's own reference, visible characters; some banks send a number. Or `NotTaken`."""
    text = _text(fields, name)
    if len(text) > ID_CHARACTERS_MAX or _ID.fullmatch(text) is None:
        raise NotTaken(f"{name} invalide")
    return text


def read_amount(value: object) -> int | None:
    """A positive whole number: `300`, `300.0`, `"300"` and Java's `1.0E7`; else None.

    A text such as `1.000` is one franc to some and a thousand to others: it is neither.
    """
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        return None
    if isinstance(value, str) and _AMOUNT.fullmatch(value.strip()) is None:
        return None
    try:
        number = Decimal(value.strip()) if isinstance(value, str) else Decimal(value)
    except InvalidOperation:
        return None
    if not number.is_finite() or number <= 0 or number.adjusted() >= AMOUNT_DIGITS_MAX:
        return None
    return int(number) if number == int(number) else None


def _text(fields: Fields, name: str) -> str:
    """A text, or a whole number written as one; nothing where there is nothing."""
    value: Any = fields.get(name.lower())
    if value is None:
        return ""
    is_number = isinstance(value, int) and not isinstance(value, bool)
    text = str(value) if is_number else value
    if not isinstance(text, str) or len(text) > TEXT_CHARACTERS_MAX:
        raise NotTaken(f"{name} invalide")
    return text


def _is_time(text: str) -> bool:
    """`yyyy-MM-dd HH:mm:ss`, or ISO 8601 as JavaScript's `toISOString` writes it."""
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True
