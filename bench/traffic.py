"""What is asked for: TMoney to Flooz, 1 000 F and the example fee, each time from another phone.

The numbers are made up, and go to simulated operators only.
"""

import json
from typing import Final

MERCHANT: Final = "mer_01JBENCH0000000000000000X0"
SECRET: Final = "sk_test_bench"  # noqa: S105  a key of a database that is thrown away
CREDIT: Final = 1_000
DEBIT: Final = 1_010
"""The credit and 1 % (`cross.settings.EXAMPLE_FEES`)."""
FLOAT: Final = 100_000_000_000

BANK: Final = "bench"
BANK_PASSWORD: Final = "a bank of the bench"  # noqa: S105  of a database that is thrown away
BANK_CREDIT: Final = 500
BANK_FLOAT: Final = 1_000_000_000
"""What the bank paid into our float at TMoney, from which its credits come."""

_FIRST_SUFFIX: Final = 21  # sandbox.md section 3: 00 to 20 have other outcomes
_SUFFIXES: Final = 79
_BLOCKS: Final = 10_000

COMPLETED: Final = "transfer.completed"
EVENT_TYPES: Final = (
    COMPLETED,
    "transfer.failed",
    "transfer.refunded",
    "collection.created",
    "collection.succeeded",
)
"""What the merchant's endpoint hears of."""

AUTHORIZATION: Final = f"Bearer {SECRET}"


def payer(number: int) -> str:
    """A phone that approves at once; none comes twice in 790 000."""
    return _phone("22890", number)


def payee(number: int) -> str:
    """A wallet that takes its credit at once."""
    return _phone("22896", number)


def bank_client(number: int) -> str:
    """A wallet that a bank credits."""
    return _phone("22891", number)


def transfer_request(number: int) -> bytes:
    """The whole HTTP request for a transfer that nobody asked for before."""
    body = json.dumps(
        {
            "source": {"operator": "tmoney", "msisdn": f"+{payer(number)}"},
            "destination": {"operator": "flooz", "msisdn": f"+{payee(number)}"},
            "amount": CREDIT,
            "currency": "XOF",
            "fixed": "credit",
            "reference": f"B-{number}",
            "description": "Commande",
        }
    )
    return (
        "POST /v1/transfers HTTP/1.1\r\nHost: switch\r\nContent-Type: application/json\r\n"
        f"Authorization: {AUTHORIZATION}\r\nIdempotency-Key: bench-{number}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


def question(path: str) -> bytes:
    """The whole HTTP request for something to read."""
    return (
        f"GET {path} HTTP/1.1\r\nHost: switch\r\nAuthorization: {AUTHORIZATION}\r\n\r\n"
    ).encode()


def _phone(prefix: str, number: int) -> str:
    block, suffix = divmod(number, _SUFFIXES)
    return f"{prefix}{block % _BLOCKS:04}{_FIRST_SUFFIX + suffix}"
