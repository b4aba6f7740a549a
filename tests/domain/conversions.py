"""Rates and prices between two currencies, for tests to decide about."""

from datetime import datetime
from typing import Final

from hypothesis import strategies as st

from cross.domain.changed import changed
from cross.domain.conversion import OfferedRate, Rate, read_rate
from cross.domain.fees import FeeSchedule
from cross.domain.leg import LegKind
from cross.domain.money import DJF, XOF, Currency, Money
from cross.domain.movement import Movement, MovementKind
from cross.domain.msisdn import Msisdn
from cross.domain.quote import Fixed, Price, price_between
from tests.domain.movements import NOON, accepted

AT: Final = {"XOF": ("tmoney", Msisdn("+22890112233")), "DJF": ("dmoney", Msisdn("+25377112233"))}


def rate(
    text: str = "0.298027", *, margin_bp: int = 150, source: Currency = XOF, to: Currency = DJF
) -> Rate:
    """A rate as it is written."""
    return Rate(source, to, *read_rate(text), margin_bp)


def back(text: str = "3.355397", *, margin_bp: int = 150) -> Rate:
    """A rate of the other direction."""
    return rate(text, margin_bp=margin_bp, source=DJF, to=XOF)


def offered(
    of: Rate, *, since: datetime = NOON, until: datetime | None = None, origin: str = "note 12"
) -> OfferedRate:
    """A rate with its dates."""
    return OfferedRate(of, since, until, origin)


def price(
    amount: Money, *, at: Rate, schedule: FeeSchedule | None = None, fixed: Fixed | None = None
) -> Price:
    """A price; the amount's currency says which side it fixes, where nothing else does."""
    side = fixed or (Fixed.DEBIT if amount.currency is at.source else Fixed.CREDIT)
    return price_between(amount, fixed=side, schedule=schedule, rate=at)


def transfer(cost: Price) -> Movement:
    """A transfer at that price, its debit about to be sent, between operators of its currencies."""
    plain = accepted(MovementKind.TRANSFER)
    legs = []
    for kind, money in ((LegKind.DEBIT, cost.debit), (LegKind.CREDIT, cost.credit)):
        operator, msisdn = AT[money.currency.code]
        legs.append(changed(plain.leg(kind), operator=operator, msisdn=msisdn, money=money))
    return changed(plain, price=cost, legs=tuple(legs))


RATES: Final = st.builds(
    lambda digits, places, margin_bp, there: Rate(
        XOF if there else DJF, DJF if there else XOF, digits, places, margin_bp
    ),
    st.integers(1, 10**9),
    st.integers(0, 9),
    st.integers(0, 2_000),
    st.booleans(),
)
