"""An operator's money: its wallets, Cross's float there, and the one function that moves it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from cross.simulation.facts import Facts
from cross.simulation.journal import Journal, Kind, Movement
from cross.simulation.numbers import Number, number_of
from cross.simulation.payments import Payment
from cross.simulation.timers import Timers

OPENING_BALANCE: Final = 1_000_000  # sandbox.md section 2
OPENING_PIN: Final = "1234"  # sandbox.md section 2
OPENING_FLOAT: Final = 100_000_000
ISSUANCE: Final = 1_000_000_000_000  # what opening balances are drawn from
SMS_KEPT: Final = 20


@dataclass(frozen=True, slots=True)
class Message:
    """An SMS of any text, such as a one-time code."""

    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Notice:
    """An SMS about money that moved, and the balance it left."""

    movement: Movement
    balance: int

    @property
    def at(self) -> datetime:
        """When it arrived."""
        return self.movement.at

    @property
    def text(self) -> str:
        """What the phone shows."""
        done = "paye" if self.movement.kind is Kind.DEBIT else "recu"
        amount, balance = _spaced(self.movement.amount), _spaced(self.balance)
        currency = self.movement.currency
        return f"Vous avez {done} {amount} {currency}. Nouveau solde : {balance} {currency}."


@dataclass(slots=True)
class Wallet:
    """One phone's money at one operator, and the messages that it got."""

    msisdn: str
    balance: int
    pin: str = OPENING_PIN
    name: str = ""
    blocked: bool = False
    notices: list[Notice | Message] = field(default_factory=list)

    def notify(self, movement: Movement) -> None:
        """Receive an SMS about a movement."""
        self.receive(Notice(movement, self.balance))

    def receive(self, message: Notice | Message) -> None:
        """Receive an SMS; only the latest are kept."""
        self.notices.append(message)
        if len(self.notices) > SMS_KEPT:
            del self.notices[0]


@dataclass(frozen=True, slots=True)
class Totals:
    """What an operator owes: `wallets` counts what is not yet given to any wallet as well."""

    count: int
    wallets: int
    float: int

    @property
    def total(self) -> int:
        """Never changes but by a PUT of the control API."""
        return self.wallets + self.float


class Purse:
    """All the money at one operator, in whole units of its currency."""

    def __init__(self, facts: Facts, *, journal: Journal, timers: Timers) -> None:
        self._facts = facts
        self._journal = journal
        self._timers = timers
        self.reset()

    def reset(self) -> None:
        """Back to the start: no wallets, a full float."""
        self._wallets: dict[str, Wallet] = {}
        self._unissued = ISSUANCE
        self.float = OPENING_FLOAT

    def wallets(self) -> tuple[Wallet, ...]:
        """Every wallet that there is, in the order in which they were opened."""
        return tuple(self._wallets.values())

    def existing(self, msisdn: str) -> Wallet | None:
        """The wallet of that number, if it has been opened."""
        return self._wallets.get(msisdn)

    def wallet(self, msisdn: str) -> Wallet | None:
        """The wallet of that number, opened now if the number is of the operator's plan."""
        wallet = self._wallets.get(msisdn)
        if wallet is not None:
            return wallet
        if number_of(msisdn) is Number.NOT_REGISTERED or not self._facts.serves(msisdn):
            return None
        return self.open(msisdn)

    def open(self, msisdn: str) -> Wallet:
        """Open a wallet for any number at all; its opening balance comes from the issuance."""
        wallet = Wallet(msisdn, OPENING_BALANCE)
        self._unissued -= OPENING_BALANCE
        self._wallets[msisdn] = wallet
        return wallet

    def move(self, payment: Payment, *, wallet: Wallet) -> bool:
        """Move the money of a payment and write it down; False, and nothing done, without funds."""
        order = payment.order
        if order.kind is Kind.DEBIT:
            if wallet.balance < order.amount:
                return False
            wallet.balance -= order.amount
            self.float += order.amount
        else:
            if self.float < order.amount:
                return False
            self.float -= order.amount
            wallet.balance += order.amount
        movement = self._movement(payment, order.kind)
        self._journal.append(movement)
        wallet.notify(movement)
        return True

    def take_back(self, payment: Payment, *, wallet: Wallet) -> None:
        """Undo what a payment moved, and write that down too: the other way round."""
        order = payment.order
        is_debit = order.kind is Kind.DEBIT
        sign = 1 if is_debit else -1
        self.float -= sign * order.amount
        wallet.balance += sign * order.amount
        movement = self._movement(payment, Kind.CREDIT if is_debit else Kind.DEBIT)
        self._journal.append(movement)
        wallet.notify(movement)

    def _movement(self, payment: Payment, kind: Kind) -> Movement:
        order = payment.order
        return Movement(
            operator=payment.operator,
            kind=kind,
            reference=order.reference,
            operator_reference=payment.operator_reference,
            msisdn=order.msisdn,
            amount=order.amount,
            currency=self._facts.currency,
            at=self._timers.now(),
        )

    def totals(self) -> Totals:
        """The sums, counted anew from every wallet."""
        held = sum(wallet.balance for wallet in self._wallets.values())
        return Totals(len(self._wallets), held + self._unissued, self.float)


def _spaced(amount: int) -> str:
    return f"{amount:,}".replace(",", " ")
