"""What the simulated operators really moved: the judge of every test about money."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Kind(StrEnum):
    """Which way money went: a wallet to our float, our float to a wallet, or back again."""

    DEBIT = "debit"
    CREDIT = "credit"
    REFUND = "refund"


@dataclass(frozen=True, slots=True)
class Movement:
    """Money that moved at an operator; `amount` counts the currency's smallest unit."""

    operator: str
    kind: Kind
    reference: str
    operator_reference: str
    msisdn: str
    amount: int
    currency: str
    at: datetime


class Journal:
    """Every movement at every simulated operator, in the order in which they happened."""

    def __init__(self) -> None:
        self._movements: list[Movement] = []
        self._by_reference: dict[str, list[Movement]] = {}

    def __len__(self) -> int:
        return len(self._movements)

    def append(self, movement: Movement) -> None:
        """Write down what has just moved."""
        self._movements.append(movement)
        self._by_reference.setdefault(movement.reference, []).append(movement)
        for name in _beginnings(movement.reference):
            self._by_reference.setdefault(name, []).append(movement)

    def find(
        self, *, operator: str | None = None, reference: str | None = None, since: int = 0
    ) -> Sequence[Movement]:
        """The movements asked for; `since` skips so many of the oldest.

        A reference is also found by its beginning before a hyphen: an operator keeps what it was
        given, and a client may have given it `CRX…D-` with a token of its own.
        """
        found: list[Movement] = self._movements
        if reference is not None:
            found = self._by_reference.get(reference, [])
        if since:
            found = found[since:]
        if operator is None:
            return tuple(found)
        return tuple(movement for movement in found if movement.operator == operator)

    def clear(self) -> None:
        """Back to the start."""
        self._movements.clear()
        self._by_reference.clear()


def answers_to(reference: str, asked: str) -> bool:
    """Whether a reference is the one asked for, or begins with it before a hyphen."""
    return reference == asked or reference.startswith(f"{asked}-")


def _beginnings(reference: str) -> Iterator[str]:
    at = reference.find("-")
    while at >= 0:
        yield reference[:at]
        at = reference.find("-", at + 1)
