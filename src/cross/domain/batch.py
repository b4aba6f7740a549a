"""Batches of payouts: what each line asks for, what is wrong with it, and how the whole stands."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from cross.domain.errors import AmountNotWhole, CurrencyNotOfOperator

LINES_MAX: Final = 1_000  # api.md section 2
REFERENCE_MAX: Final = 64
DESCRIPTION_MAX: Final = 255
NAME_MAX: Final = 128
WORD_MAX: Final = 64

CANCELED: Final = "canceled"
"""What a line is said to have failed by that its merchant took back before it was begun."""

COLUMNS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "operator": ("operator", "operateur", "reseau", "network"),
        "msisdn": (
            *("msisdn", "number", "phonenumber", "phone", "wallet", "mobile"),
            *("numero", "telephone", "tel", "numerodetelephone"),
        ),
        "amount": ("amount", "montant", "somme"),
        "currency": ("currency", "devise", "monnaie"),
        "reference": ("reference", "ref"),
        "description": ("description", "motif", "libelle", "label"),
        "name": ("name", "nom", "beneficiaire", "payee", "nometprenom", "nometprenoms"),
    }
)
"""What people write above a column, without accents, spaces and capitals."""

REQUIRED: Final = ("operator", "msisdn", "amount")

_NOT_A_LETTER: Final = re.compile(r"[^a-z]")
_UNIT: Final = re.compile(r"(F ?CFA|FCFA|XOF|CFA|FDJ|DJF|F)$", re.IGNORECASE)
_CURRENCIES: Final[Mapping[str, str]] = MappingProxyType(
    {"FCFA": "XOF", "XOF": "XOF", "CFA": "XOF", "FDJ": "DJF", "DJF": "DJF"}
)
_GROUPED: Final = re.compile(
    r"([1-9][0-9]{0,2}([ .,'])[0-9]{3}(?:\2[0-9]{3})*)(?:(?!\2)[.,]0{1,2})?", re.ASCII
)
_PLAIN: Final = re.compile(r"([0-9]{1,15})(?:[.,]0{1,2})?", re.ASCII)
_SPACES: Final = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2009": " ", "\u2019": "'"})
_UNREADABLE: Final = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


ENDED: Final = ("succeeded", "failed", "canceled")


class LineStatus(StrEnum):
    """Where a line stands before it has a payout; from then on it stands where its payout does."""

    WAITING = "waiting"
    FAILED = "failed"
    CANCELED = "canceled"


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a line, in a stable code; `param` names the field."""

    code: str
    message: str
    param: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One payout as a batch asks for it; `number` counts from 1.

    `amount` is None, and `problem` says why, where the file tells none. `currency` is empty where
    the file names none: then it is the operator's.
    """

    number: int
    operator: str
    msisdn: str
    amount: int | None
    currency: str
    reference: str | None = None
    description: str = ""
    name: str = ""
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """Payouts asked for together; `begun_at`: when nothing of it was left to begin.

    `owner` is the process that works on it.
    """

    id: str
    merchant: str
    livemode: bool
    idempotency_key: str
    request_digest: str
    description: str
    size: int
    created_at: datetime
    owner: int | None = None
    canceled_at: datetime | None = None
    begun_at: datetime | None = None


def standing_of(batch: Batch, statuses: Mapping[str, int]) -> str:
    """How the whole stands, from how many of its lines stand where."""
    left = statuses.get(LineStatus.WAITING, 0)
    if left and batch.canceled_at is not None:
        return "canceling"
    if left or any(count for status, count in statuses.items() if status not in ENDED):
        return "processing"
    taken_back = statuses.get(LineStatus.CANCELED, 0)
    return "canceled" if batch.canceled_at is not None and taken_back else "completed"


def payout_key(batch: str, number: int) -> str:
    """The key that a line's payout is opened under, each time the same: it is paid once.

    It has spaces, so no Idempotency-Key of a merchant's own is ever the same.
    """
    return f"batch {batch} {number}"


def column_of(heading: str) -> str | None:
    """The field that a heading names, in French or in English; None for a column of no concern."""
    plain = unicodedata.normalize("NFKD", heading.partition("(")[0]).lower()
    letters = _NOT_A_LETTER.sub("", plain)
    return next((name for name, words in COLUMNS.items() if letters in words), None)


def amount_in(text: str) -> int:
    """The whole amount that people write in a sheet: `5 000`, `5.000 F CFA`, `5000,00`.

    Raises `AmountNotWhole` for any fraction and for whatever could be read in two ways (I-08).
    """
    bare = _UNIT.sub("", text.translate(_SPACES).strip()).strip()
    plain = _PLAIN.fullmatch(bare)
    if plain is not None:
        return int(plain[1])
    found = _GROUPED.fullmatch(bare)
    if found is None:
        raise AmountNotWhole
    return int(found[1].replace(found[2], ""))


def currency_beside(text: str) -> str | None:
    """The currency that is written beside an amount; None for none, and for a mere `F`."""
    found = _UNIT.search(text.translate(_SPACES).strip())
    return None if found is None else _CURRENCIES.get(found[1].upper().replace(" ", ""))


def line_of(number: int, cells: Mapping[str, str]) -> Line:
    """A line from the cells of a row by field; what cannot be read is the line's own problem."""
    problem = None
    amount = None
    try:
        amount = amount_in(cells.get("amount", ""))
    except AmountNotWhole as refusal:
        problem = Problem(refusal.code, str(refusal), "amount")
    for name, longest in (
        ("description", DESCRIPTION_MAX),
        ("name", NAME_MAX),
        ("reference", REFERENCE_MAX),
        ("currency", WORD_MAX),
        ("msisdn", WORD_MAX),
        ("operator", WORD_MAX),
    ):
        problem = _problem_of(name, cells.get(name, ""), longest) or problem
    currency = _fit(cells.get("currency", ""), WORD_MAX).upper()
    beside = currency_beside(cells.get("amount", "")) or currency
    if currency not in ("", beside):
        problem = Problem(CurrencyNotOfOperator.code, f"{currency} and {beside}", "currency")
    return Line(
        number,
        _fit(cells.get("operator", ""), WORD_MAX).lower(),
        _fit(cells.get("msisdn", ""), WORD_MAX),
        amount,
        currency or beside,
        _fit(cells.get("reference", ""), REFERENCE_MAX) or None,
        _fit(cells.get("description", ""), DESCRIPTION_MAX),
        _fit(cells.get("name", ""), NAME_MAX),
        problem,
    )


def _problem_of(name: str, text: str, longest: int) -> Problem | None:
    if not text and name in REQUIRED:
        return Problem("missing_field", "a required cell is empty", name)
    if len(text) > longest:
        return Problem("invalid_length", f"longer than {longest} characters", name)
    if _UNREADABLE.search(text) or (name == "reference" and not text.isascii()):
        return Problem("invalid_characters", "characters that are not accepted", name)
    return None


def _fit(text: str, longest: int) -> str:
    return _UNREADABLE.sub(" ", text)[:longest]
