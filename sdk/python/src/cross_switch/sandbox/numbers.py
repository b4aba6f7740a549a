"""Numbers with a fixed outcome: at any simulated operator the last two digits tell the story.

`of("228 90 11 22", SILENT)` is a number whose payer never answers.
"""

from typing import Final

PERSON: Final = "00"
"""Waits for a person: `client.sandbox.approve`, or the handset's page."""
APPROVED: Final = "01"
NO_FUNDS: Final = "02"
REFUSES: Final = "03"
SILENT: Final = "04"
"""No answer: the prompt expires."""
NOT_REGISTERED: Final = "05"
LIMIT_REACHED: Final = "06"
CALLBACK_LOST: Final = "07"
LATE_APPROVAL: Final = "08"
"""Approved after the prompt's time limit."""
CALLBACK_THRICE: Final = "09"
UNAVAILABLE_TWICE: Final = "10"
"""503 twice, then approved."""
OTHER_AMOUNT: Final = "11"
"""A callback with another amount than was asked."""
FORGED_FIRST: Final = "12"
"""A forged callback first, the real one after."""
CALLBACK_EARLY: Final = "13"
"""The callback before the answer to the request."""
CREDIT_REFUSED: Final = "14"
PROMPT_OPEN: Final = "15"
"""Another prompt is already open."""
DEBIT_ANSWER_LOST: Final = "16"
"""The debit is made, its answer and its callback lost."""
REQUEST_LOST: Final = "17"
"""Lost before any effect; no answer ever comes."""
CREDIT_ANSWER_LOST: Final = "18"
"""The credit is made, its answer lost."""
WRONG_PIN: Final = "19"
"""Wrong PIN three times: the wallet is blocked."""
QUERIES_FAIL: Final = "20"
"""Approved, the callback lost, and queries about it fail for 60 seconds."""


def of(number: str, story: str) -> str:
    """The number with the story's digits at its end; `number` may leave them out."""
    digits = "".join(digit for digit in number if digit.isdigit())
    subscriber = 8  # both countries' national numbers (Togo, Djibouti) have eight digits
    country = 3
    if len(digits) not in (
        subscriber - 2,
        subscriber,
        country + subscriber - 2,
        country + subscriber,
    ):
        raise ValueError("eight digits, with or without the country's code and the last two")
    whole = digits if len(digits) in (subscriber, country + subscriber) else f"{digits}00"
    return whole[:-2] + story
