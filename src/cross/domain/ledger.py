"""The ledger's rule: an entry that does not balance cannot be built (I-01)."""

from dataclasses import dataclass
from typing import NamedTuple

from cross.domain.accounts import Account
from cross.domain.money import Currency, Money


class Posting(NamedTuple):
    """One line of an entry: so much, on one account; whether it fits is the entry's to see."""

    account: Account
    money: Money


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """What one event did to the accounts. Immutable: a mistake is corrected by another entry.

    `cause` is unique within its movement, so that one event is never booked twice (I-11).
    """

    cause: str
    debits: tuple[Posting, ...]
    credits: tuple[Posting, ...]

    def __post_init__(self) -> None:
        totals: dict[Currency, int] = {}
        for sign, lines in ((1, self.debits), (-1, self.credits)):
            for account, money in lines:
                currency = money.currency
                if not money.amount or currency is not account.currency:
                    raise ValueError(f"cannot post {money} to {account}")
                totals[currency] = totals.get(currency, 0) + sign * money.amount
        if not totals or any(totals.values()):
            raise ValueError(f"unbalanced entry {self.cause!r}")

    @property
    def signed(self) -> list[tuple[Account, int]]:
        """Every posting as account and signed amount: debits positive, credits negative."""
        lines = [(account, money.amount) for account, money in self.debits]
        lines += [(account, -money.amount) for account, money in self.credits]
        return lines


@dataclass(frozen=True, slots=True)
class Need:
    """What must be there when a movement is accepted: `holds`, less `promised`, covers `money`.

    `code` is the public refusal where it is not (I-09).
    """

    holds: Account
    promised: Account | None
    money: Money
    code: str


def entry(
    cause: str, *, debits: list[tuple[Account, Money]], credits_: list[tuple[Account, Money]]
) -> JournalEntry:
    """An entry from pairs; lines of nothing are left out, as a fee of zero has no line."""
    return JournalEntry(
        cause,
        tuple([Posting(account, money) for account, money in debits if money.amount]),
        tuple([Posting(account, money) for account, money in credits_ if money.amount]),
    )
