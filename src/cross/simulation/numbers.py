"""Numbers with a fixed outcome: the last two digits tell the story (sandbox.md section 3)."""

from enum import StrEnum
from typing import Final


class Number(StrEnum):
    """The last two digits of a wallet's number, for what they do; any others are `APPROVED`."""

    PERSON = "00"
    APPROVED = "01"
    NO_FUNDS = "02"
    REFUSES = "03"
    SILENT = "04"
    NOT_REGISTERED = "05"
    LIMIT_REACHED = "06"
    CALLBACK_LOST = "07"
    LATE_APPROVAL = "08"
    CALLBACK_THRICE = "09"
    UNAVAILABLE_TWICE = "10"
    OTHER_AMOUNT = "11"
    FORGED_FIRST = "12"
    CALLBACK_EARLY = "13"
    CREDIT_REFUSED = "14"
    PROMPT_OPEN = "15"
    DEBIT_ANSWER_LOST = "16"
    REQUEST_LOST = "17"
    CREDIT_ANSWER_LOST = "18"
    WRONG_PIN = "19"
    QUERIES_FAIL = "20"


_BY_DIGITS: Final = {number.value: number for number in Number}


def number_of(msisdn: str) -> Number:
    """The story that a wallet's number stands for."""
    return _BY_DIGITS.get(msisdn[-2:], Number.APPROVED)
