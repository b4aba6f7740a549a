"""Ids: a prefix that tells the noun, and a ULID that sorts by time of creation.

The ULID's layout (48 bits of milliseconds, 80 random bits, Crockford's base 32) is that of
github.com/ulid/spec. Written here because the domain takes its time and randomness as arguments.
"""

import re
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import Final, TypeAlias

IdSource: TypeAlias = Callable[[str], str]
"""Gives a new id for a prefix such as `trf`."""

RandomBits: TypeAlias = Callable[[int], int]
"""Gives an integer of that many random bits."""

QUOTE: Final = "qt"
TRANSFER: Final = "trf"
COLLECTION: Final = "col"
PAYOUT: Final = "po"
REFUND: Final = "rf"
ORDER: Final = "ord"
EVENT: Final = "evt"
MERCHANT: Final = "mer"
API_KEY: Final = "key"
ENTRY: Final = "je"
ORDER_LOG: Final = "log"
PAYMENT_LINK: Final = "pl"
BREAK: Final = "brk"
CUSTOMER: Final = "cus"
WEBHOOK_ENDPOINT: Final = "we"
DELIVERY: Final = "dlv"
BATCH: Final = "bat"
SETTLEMENT: Final = "stl"
PARTNER: Final = "prt"
AUDIT: Final = "aud"
ADMIN: Final = "adm"
APPROVAL: Final = "apr"
CASE: Final = "cas"
STOP: Final = "stp"

_CROCKFORD: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS: Final = tuple(a + b for a in _CROCKFORD for b in _CROCKFORD)
_TEN_BITS: Final = tuple(range(70, -1, -10))
_ID: Final = re.compile(r"[a-z]{2,4}_[0-9A-HJKMNP-TV-Z]{26}", re.ASCII)


def ulid(*, at: datetime, random_bits: int) -> str:
    """The 26 characters of a ULID; `random_bits` is an integer below 2**80."""
    milliseconds = int(at.timestamp() * 1000)
    time_part = _about_when(milliseconds >> 10) + _PAIRS[milliseconds & 1023]
    return time_part + "".join([_PAIRS[(random_bits >> shift) & 1023] for shift in _TEN_BITS])


@lru_cache(maxsize=8)
def _about_when(stretch: int) -> str:
    """All of the time but its last two letters, the same for 1 024 milliseconds."""
    return "".join([_PAIRS[(stretch >> shift) & 1023] for shift in range(30, -1, -10)])


def new_id(prefix: str, *, at: datetime, random_bits: int) -> str:
    """A new id, such as `trf_01HZX3…`."""
    return f"{prefix}_{ulid(at=at, random_bits=random_bits)}"


def unguessable(random_bits: RandomBits) -> str:
    """A new token of 26 characters for an address: 130 random bits, more than S-WEB-08 asks for."""
    bits = random_bits(130)
    return "".join([_PAIRS[(bits >> shift) & 1023] for shift in range(120, -1, -10)])


def is_id(text: str, prefix: str) -> bool:
    """Whether the text has the shape of an id of that prefix."""
    return text.startswith(f"{prefix}_") and _ID.fullmatch(text) is not None


def is_any_id(text: str) -> bool:
    """Whether the text has the shape of an id; what has not may be anything, a secret too."""
    return _ID.fullmatch(text) is not None


def operator_reference(movement_id: str, leg: str) -> str:
    """The reference that operators get for a leg: derived from the movement, `[A-Z0-9]` only.

    An orphan on an operator's statement is recognised by it as ours (money-safety.md, decision 3).
    """
    return f"CRX{movement_id.partition('_')[2]}{leg[0].upper()}"
