"""The ledger's rule: an entry that does not balance cannot be built (I-01)."""

from dataclasses import dataclass

from cross.domain.accounts import Account
from cross.domain.money import Money


@dataclass(frozen=True, slots=True)
class Posting:
    """One line of an entry: so much, on one account."""

    account: Account
    money: Money

    def __post_init__(self) -> None:
        if self.money.is_zero or self.money.currency != self.account.currency:
            raise ValueError(f"cannot post {self.money} to {self.account}")


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """What one event did to the accounts. Immutable: a mistake is corrected by another entry.

    `cause` is unique within its movement, so that one event is never booked twice (I-11).
    """

    cause: str
    debits: tuple[Posting, ...]
    credits: tuple[Posting, ...]

    def __post_init__(self) -> None:
        debited = _totals(self.debits)
        if not debited or debited != _totals(self.credits):
            raise ValueError(f"unbalanced entry {self.cause!r}")

    @property
    def signed(self) -> list[tuple[Account, int]]:
        """Every posting as account and signed amount: debits positive, credits negative."""
        lines = [(line.account, line.money.amount) for line in self.debits]
        lines += [(line.account, -line.money.amount) for line in self.credits]
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
        tuple(Posting(account, money) for account, money in debits if not money.is_zero),
        tuple(Posting(account, money) for account, money in credits_ if not money.is_zero),
    )


def _totals(postings: tuple[Posting, ...]) -> dict[str, int]:
    totals: dict[str, int] = {}
    for line in postings:
        currency = line.money.currency.code
        totals[currency] = totals.get(currency, 0) + line.money.amount
    return totals
