"""What is split adds up, whatever the schedule: fees and conversions (I-10, M4)."""

from hypothesis import given, settings
from hypothesis import strategies as st

from cross.domain.conversion import Rate, conversion_for, conversion_of
from cross.domain.fees import Band, FeeSchedule
from cross.domain.money import DJF, XOF, Money, djf, xof
from cross.domain.quote import Fixed, price_of
from tests.domain.test_fees import ALWAYS, assert_the_most_fits

AMOUNTS = st.integers(1, 3_000)
RATES = st.builds(
    Rate,
    source=st.just(XOF),
    destination=st.just(DJF),
    digits=st.integers(1, 10**9),
    places=st.integers(0, 9),
    margin_bp=st.integers(0, 9_999),
)


@st.composite
def schedules(draw: st.DrawFn) -> FeeSchedule:
    """Bands in order, with gaps between them, each dearer or cheaper than the one before."""
    edges = sorted(draw(st.sets(st.integers(1, 3_000), min_size=2, max_size=8)))
    bands = []
    for least, most in zip(edges[::2], edges[1::2], strict=False):
        cap = draw(st.none() | st.integers(0, 400).map(xof))
        fixed, basis_points = draw(st.integers(0, 500)), draw(st.integers(0, 3_000))
        bands.append(Band(xof(least), xof(most), xof(fixed), basis_points, cap))
    return FeeSchedule("drawn", tuple(bands), ALWAYS)


@given(schedules(), AMOUNTS)
def test_what_the_payer_gives_is_what_is_received_and_the_fee(
    schedule: FeeSchedule, amount: int
) -> None:
    price = price_of(xof(amount), fixed=Fixed.CREDIT, schedule=schedule)

    assert price.debit == price.credit + price.fee.earned + price.fee.rounding
    assert price.fee.rounding.amount in (0, 1)


@settings(max_examples=150)
@given(schedules(), AMOUNTS)
def test_the_recipient_gets_the_most_whose_fee_still_fits(
    schedule: FeeSchedule, amount: int
) -> None:
    """Also where a dearer band comes before a cheaper one: nobody else keeps what is left over."""
    assert_the_most_fits(schedule, amount)


@given(schedules(), st.lists(AMOUNTS, min_size=1, max_size=20))
def test_the_sum_of_many_is_the_sum_of_their_parts(
    schedule: FeeSchedule, amounts: list[int]
) -> None:
    """I-10: over any number of transfers, no franc more or less."""
    prices = [price_of(xof(one), fixed=Fixed.CREDIT, schedule=schedule) for one in amounts]

    taken = sum(price.debit.amount for price in prices)
    given_ = sum(price.credit.amount for price in prices)
    earned = sum(price.fee.earned.amount for price in prices)
    rounded = sum(price.fee.rounding.amount for price in prices)
    assert taken == given_ + earned + rounded


@given(RATES, st.integers(1, 10**9))
def test_a_conversion_never_gives_more_than_it_takes(rate: Rate, amount: int) -> None:
    there = conversion_for(rate, djf(amount))
    credit, back = conversion_of(rate, xof(amount))

    for conversion, given_ in ((there, djf(amount)), (back, credit)):
        assert conversion.pays_for(given_)
        parts = (conversion.worth, conversion.margin, conversion.rounding)
        assert sum(part.amount for part in parts) == conversion.converted.amount
        assert min(part.amount for part in parts) >= 0


@given(RATES, st.integers(1, 10**9))
def test_no_franc_less_would_pay_for_it(rate: Rate, amount: int) -> None:
    there = conversion_for(rate, djf(amount))
    least = there.converted.amount

    if least > 1:
        most, _ = conversion_of(rate, Money(least - 1, XOF))
        assert most.amount < amount
    enough, _ = conversion_of(rate, there.converted)
    assert enough.amount >= amount
