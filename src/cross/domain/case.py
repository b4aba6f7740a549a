"""Cases: what needs a person, who has it, until when; and what a person may do about it.

    open ──assigned, noted, escalated──> open ──resolved, or over by itself──> closed

Whatever moves money on the books takes evidence or two people (I-23, F-H02); each fix is one
balanced entry, booked once (I-01, I-11).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple

from cross.domain import accounts, transfer
from cross.domain.accounts import Account
from cross.domain.approval import FixNotPossible
from cross.domain.changed import changed
from cross.domain.ledger import JournalEntry, Need, entry
from cross.domain.leg import LegKind, LegStatus
from cross.domain.money import Currency, Money
from cross.domain.movement import Movement, MovementKind, Step


class Source(StrEnum):
    """Where a case comes from."""

    MOVEMENT = "movement"
    BREAK = "break"
    SUSPENSE = "suspense"
    APPROVAL = "approval"


class Fix(StrEnum):
    """What a person may do: screens.md, Breaks, and how a request of unknown outcome ended."""

    SUCCEEDED = "succeeded"
    REFUSED = "refused"
    GIVEN_BACK = "given_back"
    ADJUST = "adjust"
    TO_LOSS = "to_loss"
    REVERSE = "reverse"
    RETURN = "return"
    ACCEPT_FEE = "accept_fee"
    LINK = "link"
    IGNORE = "ignore"


DECLARED: Final = frozenset({Fix.SUCCEEDED, Fix.REFUSED})
"""How a request ended, by people's word."""

EVIDENCED: Final = frozenset({*DECLARED, Fix.GIVEN_BACK, Fix.LINK})
"""What nobody may say without telling how he knows."""


@dataclass(frozen=True, slots=True)
class Case:
    """One thing that needs a person; `version` rises by one with every change.

    `object` is what it is about: a movement, a break, a proposal, or for suspense the name that
    its entries were booked under.
    """

    id: str
    source: Source
    object: str
    reason: str
    movement: str | None
    merchant: str | None
    operator: str | None
    money: Money | None
    owner: str
    deadline: datetime
    opened_at: datetime
    version: int = 1
    escalated_at: datetime | None = None
    closed_at: datetime | None = None
    closed_because: str | None = None


NEXT_ACTIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "operator_silent": "requery, or resolve as succeeded or refused with evidence",
        "contradictory_answers": "ask the operator in writing; resolve as succeeded or refused",
        "amount_differs": "compare with the operator's statement; adjust, return, or resolve",
        "refund_refused": "give the payer his money another way, then resolve as given_back",
        "refund_not_found": "ask the operator whether it refunded; resolve as succeeded or refused",
        "status_differs": "compare with the statement; adjust, return, or to_loss",
        "paid_twice": "return the second payment to its payer",
        "reference_reused": "ask the operator which of the two it meant; link, or adjust",
        "manual_resolution": "link it to the line of the operator's statement",
        "suspense": "find whose money it is; adjust or return it",
        "approval": "approve or reject it: cross approvals",
    }
)
"""What somebody who opens a case does first, by its reason."""


class Held(NamedTuple):
    """What suspense holds of one movement; `amount` below 0: we paid it without a cause."""

    amount: int
    currency: Currency


class Words(NamedTuple):
    """Whose accounts a fix may name: a merchant's, an operator's float."""

    merchant: str | None
    operator: str | None


class Asked(NamedTuple):
    """What a fix is to post; only `ADJUST` names its accounts."""

    cause: str
    money: Money | None = None
    debit: str = ""
    credit: str = ""


class Posting(NamedTuple):
    """What a fix posts, and what must be there for it."""

    entry: JournalEntry
    needs: tuple[Need, ...] = ()


def account_named(word: str, words: Words, currency: Currency) -> Account:
    """The account that a person means; raises `FixNotPossible` where there is none."""
    plain: Mapping[str, Callable[[Currency], Account]] = {
        "suspense": accounts.suspense,
        "loss": accounts.loss,
        "operator_fees": accounts.operator_fees,
        "bank": accounts.bank,
    }
    if word in plain:
        return plain[word](currency)
    if word == "merchant" and words.merchant is not None:
        return accounts.available_to(words.merchant, currency)
    if word == "float" and words.operator is not None:
        return accounts.float_at(words.operator, currency)
    raise FixNotPossible(why=f"there is no account {word[:32]!r} here")


def posting_of(fix: Fix, asked: Asked, held: Held, words: Words) -> Posting:
    """The entry of a fix; raises `FixNotPossible` for what suspense does not hold."""
    match fix:
        case Fix.ADJUST:
            debit, credit, money = asked.debit, asked.credit, _asked_for(asked)
        case Fix.TO_LOSS:
            if held.amount >= 0:
                raise FixNotPossible(why="suspense holds no loss: what it holds is somebody's")
            debit, credit, money = "loss", "suspense", Money(-held.amount, held.currency)
        case Fix.RETURN:
            money = asked.money or Money(max(held.amount, 0), held.currency)
            debit, credit = "suspense", "merchant"
        case Fix.REVERSE:
            if not held.amount:
                raise FixNotPossible(why="suspense holds nothing to be reversed")
            money = Money(abs(held.amount), held.currency)
            debit, credit = ("suspense", "float") if held.amount > 0 else ("float", "suspense")
        case Fix.ACCEPT_FEE:
            debit, credit, money = "operator_fees", "float", _asked_for(asked)
        case _:
            raise FixNotPossible(why=f"{fix} posts nothing")
    return _posting(asked.cause, money, (debit, credit), held, words)


def left_after(fix: JournalEntry, held: Held) -> int:
    """What suspense holds of the movement once a fix is posted."""
    name = accounts.suspense(held.currency).name
    return held.amount - sum(amount for account, amount in fix.signed if account.name == name)


def can_be_given_back(movement: Movement) -> bool:
    """Whether its payer still waits for money that the operator refuses to give him (F-O19)."""
    if movement.kind is not MovementKind.TRANSFER or movement.state != transfer.State.REFUNDING:
        return False
    return movement.leg(LegKind.REFUND).status is LegStatus.FAILED


def given_back(movement: Movement, cause: str, *, at: datetime) -> Step:
    """The payer has his money another way: the house's bank or till paid it."""
    refund = movement.leg(LegKind.REFUND)
    currency, money = refund.money.currency, refund.money
    paid = entry(
        cause,
        debits=[
            (accounts.suspense(currency), money),
            (accounts.promises_at(refund.operator, currency), money),
        ],
        credits_=[
            (accounts.bank(currency), money),
            (accounts.reserved_at(refund.operator, currency), money),
        ],
    )
    done = changed(
        movement,
        state=transfer.State.REFUNDED,
        updated_at=at,
        completed_at=at,
        attention=None,
    )
    return Step(done, (paid,), ("transfer.refunded",))


def _asked_for(asked: Asked) -> Money:
    if asked.money is None or asked.money.is_zero:
        raise FixNotPossible(why="how much? give an amount")
    return asked.money


def _posting(cause: str, money: Money, sides: tuple[str, str], held: Held, words: Words) -> Posting:
    debit, credit = sides
    if debit == credit or money.is_zero:
        raise FixNotPossible(why="nothing would be posted")
    most = held.amount if debit == "suspense" else -held.amount
    if "suspense" in sides and money.amount > most:
        raise FixNotPossible(why=f"suspense holds {abs(held.amount)} {held.currency} of it")
    paying = account_named(debit, words, money.currency)
    paid = account_named(credit, words, money.currency)
    needs = (Need(paying, None, money, "balance_too_low"),) if debit == "merchant" else ()
    return Posting(entry(cause, debits=[(paying, money)], credits_=[(paid, money)]), needs)
