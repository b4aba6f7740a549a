"""Movements, writes and quotes to store: real ones, decided by the domain itself."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from cross.domain import accounts, payout, transfer
from cross.domain.ids import new_id, operator_reference
from cross.domain.ledger import entry
from cross.domain.leg import Leg, LegKind, Patience, intended
from cross.domain.money import XOF, xof
from cross.domain.movement import Movement, MovementKind, Terms
from cross.domain.msisdn import Msisdn
from cross.domain.operator import LookUp, RawCallback, RefusalCode, Refused, Succeeded
from cross.domain.quote import Fixed, Price, Quote, WalletAt, price_of
from cross.domain.steps import News, next_step
from cross.storage.store import (
    Addition,
    Advance,
    CallbackArrival,
    EventRow,
    Opening,
    QuoteOffer,
)

NOON: Final = datetime(2026, 3, 1, 12, 0, 0, 123_456, tzinfo=UTC)
PAYER: Final = Msisdn("+22890112233")
PAYEE: Final = Msisdn("+22896112233")
PATIENCE: Final = Patience(settling_seconds=60, apart_seconds=5, sends_max=3)
MERCHANT: Final = "mer_1"
FIRST_LEG: Final = LegKind.DEBIT

_numbers = itertools.count(1)


def a_price(amount: int) -> Price:
    """A price without a fee, so that books are easily added up."""
    return price_of(xof(amount), fixed=Fixed.CREDIT, schedule=None)


def a_transfer(amount: int = 5_000, *, terms: Terms | None = None, key: str = "") -> Movement:
    """A transfer from a wallet at tmoney to one at flooz, its debit intended."""
    number = next(_numbers)
    at = NOON + timedelta(milliseconds=number)
    id_ = new_id("trf", at=at, random_bits=number)
    price = a_price(amount)
    debit = Leg(LegKind.DEBIT, "tmoney", PAYER, price.debit, operator_reference(id_, LegKind.DEBIT))
    credit = Leg(
        LegKind.CREDIT, "flooz", PAYEE, price.credit, operator_reference(id_, LegKind.CREDIT)
    )
    return Movement(
        id=id_,
        kind=MovementKind.TRANSFER,
        merchant=MERCHANT,
        livemode=False,
        state=transfer.INITIAL,
        version=1,
        legs=(intended(debit, at=at), credit),
        price=price,
        terms=terms or Terms(),
        idempotency_key=key or f"key {number}",
        request_digest=f"digest {number}",
        approve_by=at + timedelta(seconds=120),
        created_at=at,
        updated_at=at,
    )


def a_payout(amount: int = 5_000) -> Movement:
    """A payout to a wallet at flooz, its credit intended."""
    whole = a_transfer(amount)
    return replace(
        whole,
        id=whole.id.replace("trf", "po"),
        kind=MovementKind.PAYOUT,
        state=payout.INITIAL,
        legs=(intended(whole.leg(LegKind.CREDIT), at=whole.created_at),),
    )


def an_event(movement: Movement, type_: str, *, sequence: int = 1) -> EventRow:
    """What a merchant is told of it."""
    id_ = f"evt_{movement.id}_{sequence}"
    return EventRow(id_, type_, sequence, '{"of": "the movement"}', movement.updated_at)


def opening(movement: Movement, owner: int = 1) -> Opening:
    """The movement accepted, with what it needs and reserves."""
    rules = transfer if movement.kind is MovementKind.TRANSFER else payout
    return Opening(movement, owner, rules.needs(movement), (rules.opening_entry(movement),))


def advance(movement: Movement, kind: LegKind, answer: LookUp, owner: int = 1) -> Advance:
    """The step that follows from an operator's answer."""
    at = movement.updated_at + timedelta(seconds=1)
    step = next_step(movement, kind, News(answer, at), patience=PATIENCE)
    moved = replace(
        step.movement, version=movement.version + 1, events=movement.events + len(step.events)
    )
    events = tuple(
        an_event(moved, type_, sequence=movement.events + number)
        for number, type_ in enumerate(step.events, 1)
    )
    changed = tuple(leg.kind for leg in moved.legs if leg not in movement.legs)
    return Advance(moved, owner, changed, step.entries, events)


def debited(movement: Movement, owner: int = 1) -> Advance:
    """The debit succeeded."""
    return advance(movement, LegKind.DEBIT, Succeeded("d1", movement.price.debit), owner)


def credited(movement: Movement, owner: int = 1) -> Advance:
    """The credit succeeded."""
    return advance(movement, LegKind.CREDIT, Succeeded("c1", movement.price.credit), owner)


def refused(movement: Movement, kind: LegKind, owner: int = 1) -> Advance:
    """The operator refused the leg for good."""
    answer = Refused(RefusalCode.WALLET_BLOCKED, "60019", "blocked by the operator")
    return advance(movement, kind, answer, owner)


def funding(amount: int, *, operator: str = "flooz", cause: str = "funded") -> Addition:
    """Money put into a float."""
    money = xof(amount)
    booked = entry(
        cause,
        debits=[(accounts.float_at(operator, XOF), money)],
        credits_=[(accounts.capital(XOF), money)],
    )
    return Addition(f"funding:{operator}", (booked,), NOON)


def earnings(amount: int) -> Addition:
    """Money that the merchant has collected."""
    money = xof(amount)
    booked = entry(
        f"collected {amount}",
        debits=[(accounts.float_at("tmoney", XOF), money)],
        credits_=[(accounts.available_to(MERCHANT, XOF), money)],
    )
    return Addition("earnings", (booked,), NOON)


def a_callback(
    digest: str, *, reference: str | None = "R1", waiting: bool = False
) -> CallbackArrival:
    """A callback as it came, with bytes that are no text."""
    raw = RawCallback(
        "POST",
        "a=1&b=%00",
        (("Content-Type", "text/xml"), ("X-É", "é")),
        b"\x00\xff<a/>",
        "1.2.3.4",
    )
    return CallbackArrival("flooz", raw, reference, "succeeded", digest, NOON, waiting)


def a_quote() -> Quote:
    """A price held for ten minutes."""
    number = next(_numbers)
    at = NOON + timedelta(milliseconds=number)
    return Quote(
        id=new_id("qt", at=at, random_bits=number),
        merchant=MERCHANT,
        livemode=True,
        source=WalletAt("tmoney", PAYER),
        destination=WalletAt("flooz", PAYEE),
        price=a_price(7_500),
        created_at=at,
        expires_at=at + timedelta(minutes=10),
    )


def an_offer() -> QuoteOffer:
    """A quote given."""
    return QuoteOffer(a_quote())


def as_stored(movement: Movement) -> Movement:
    """The movement without what only the process that acts on it knows."""
    return replace(
        movement,
        legs=tuple(
            replace(leg, reached=False, quiet_at=None, missing_at=None) for leg in movement.legs
        ),
    )
