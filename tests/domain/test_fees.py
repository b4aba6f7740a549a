"""Fees: exact, rounded to one named account, and always adding up (I-10)."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cross.domain.errors import FeeExceedsAmount
from cross.domain.fees import Band, FeeSchedule, within_debit
from cross.domain.money import Money, djf, xof
from cross.domain.quote import Fixed, Price, price_of
from tests.domain.movements import NOON

ALWAYS = datetime(2020, 1, 1, tzinfo=UTC)
ONE_PERCENT = FeeSchedule("one percent", (Band(xof(1), xof(10_000_000), xof(0), 100),), ALWAYS)


def banded(*bands: Band) -> FeeSchedule:
    return FeeSchedule("banded", bands, ALWAYS)


def test_one_percent_of_5_000_is_50() -> None:
    price = price_of(xof(5_000), fixed=Fixed.CREDIT, schedule=ONE_PERCENT)

    assert (price.debit, price.credit, price.fee.charged) == (xof(5_050), xof(5_000), xof(50))


def test_a_fraction_is_rounded_up_and_the_rounding_is_kept_apart() -> None:
    price = price_of(xof(333), fixed=Fixed.CREDIT, schedule=ONE_PERCENT)

    assert (price.fee.earned, price.fee.rounding) == (xof(3), xof(1))
    assert price.debit == xof(337)


def test_a_cap_bounds_the_whole_fee() -> None:
    schedule = banded(Band(xof(1), xof(1_000_000), xof(100), 200, cap=xof(1_500)))

    assert schedule.fee_on(xof(1_000_000)).charged == xof(1_500)
    assert schedule.fee_on(xof(10_000)).charged == xof(300)


def test_a_cap_counts_the_rounding_too() -> None:
    """333 at one percent is 3.33: three and a franc of rounding, or a cap of three and none."""
    for cap, earned, rounding in ((3, 3, 0), (4, 3, 1), (2, 2, 0)):
        schedule = banded(Band(xof(1), xof(1_000), xof(0), 100, cap=xof(cap)))
        fee = schedule.fee_on(xof(333))
        assert (fee.earned, fee.rounding) == (xof(earned), xof(rounding))


def test_a_band_that_makes_no_sense_is_not_built() -> None:
    for least, most, basis_points in ((1, 9, -1), (9, 8, 0)):
        with pytest.raises(
            ValueError, match=r"^a fee band needs basis points >= 0 and least <= most$"
        ):
            Band(xof(least), xof(most), xof(0), basis_points)
    assert Band(xof(9), xof(9), xof(0), 0).fee_on(xof(9)).charged == xof(0)


def test_a_band_ends_where_it_says() -> None:
    schedule = banded(
        Band(xof(1), xof(1_000), xof(10), 0), Band(xof(1_001), xof(2_000), xof(25), 0)
    )

    charged = [schedule.fee_on(xof(amount)).charged.amount for amount in (1_000, 1_001, 2_001)]
    assert charged == [10, 25, 0]


def test_bands_that_overlap_are_refused() -> None:
    with pytest.raises(ValueError, match="overlap"):
        banded(Band(xof(1), xof(1_000), xof(1), 0), Band(xof(1_000), xof(2_000), xof(2), 0))


def test_a_schedule_is_in_force_from_its_first_moment_until_before_its_last() -> None:
    schedule = FeeSchedule("dated", (), valid_from=ALWAYS, valid_until=NOON)

    assert schedule.in_force(ALWAYS)
    assert not schedule.in_force(NOON)


def test_when_the_payer_pays_exactly_so_much_the_recipient_gets_the_most_that_fits() -> None:
    price = price_of(xof(5_050), fixed=Fixed.DEBIT, schedule=ONE_PERCENT)

    assert price.credit == xof(5_000)


def test_a_franc_that_fits_neither_recipient_nor_fee_is_rounding() -> None:
    """I-10: 101 would cost 2 and make 103, so that of 102 one franc is left over."""
    price = price_of(xof(102), fixed=Fixed.DEBIT, schedule=ONE_PERCENT)

    assert (price.credit, price.fee.earned, price.fee.rounding) == (xof(100), xof(1), xof(1))


def test_behind_a_dear_band_more_may_fit_than_within_it() -> None:
    """I-10: up to 100 the fee is 50 and 70 fit, above it there is none and all of 120 does."""
    dear = banded(Band(xof(1), xof(100), xof(50), 0))

    price = price_of(xof(120), fixed=Fixed.DEBIT, schedule=dear)

    assert (price.credit, price.fee.charged) == (xof(120), xof(0))


def test_an_amount_that_the_fee_eats_up_is_refused() -> None:
    with pytest.raises(FeeExceedsAmount):
        price_of(xof(50), fixed=Fixed.DEBIT, schedule=banded(Band(xof(1), xof(900), xof(50), 0)))


def assert_the_most_fits(schedule: FeeSchedule, amount: int) -> None:
    """Against all that could be given of it: nobody else keeps what is left over (I-10)."""
    fits = [
        credit
        for credit in range(1, amount + 1)
        if credit + schedule.fee_on(xof(credit)).charged.amount <= amount
    ]
    try:
        credit, fee = within_debit(schedule, xof(amount))
    except FeeExceedsAmount:
        assert not fits
        return

    assert credit.amount == fits[-1]
    assert credit + fee.charged == xof(amount)
    assert fee.earned == schedule.fee_on(credit).earned


def flat(least: int, most: int, fixed: int) -> Band:
    return Band(xof(least), xof(most), xof(fixed), 0)


@pytest.mark.parametrize(
    "bands",
    [
        (flat(5, 10, 3),),
        (flat(1, 10, 5), flat(11, 20, 1)),
        (flat(1, 10, 5), flat(11, 20, 15)),
        (flat(2, 2, 1), flat(4, 4, 0), flat(6, 9, 2)),
        (flat(1, 1, 0), flat(2, 6, 4), flat(7, 30, 1)),
        (Band(djf(1), djf(2), djf(9), 0), flat(3, 12, 2)),
        (flat(3, 12, 2), Band(djf(13), djf(30), djf(9), 0)),
        (Band(xof(1), xof(15), xof(1), 900), Band(xof(16), xof(40), xof(0), 2_500)),
    ],
)
def test_of_every_amount_the_recipient_gets_the_most_whose_fee_still_fits(
    bands: tuple[Band, ...],
) -> None:
    """I-10: all amounts up to 45 against all that could be given of each."""
    schedule = banded(*bands)
    for amount in range(1, 46):
        assert_the_most_fits(schedule, amount)


def test_a_price_that_does_not_add_up_is_not_built() -> None:
    """I-10."""
    nothing = price_of(xof(5), fixed=Fixed.CREDIT, schedule=None).fee

    with pytest.raises(ValueError, match=r"^a price must add up: debit = credit \+ fee$"):
        Price(xof(6), xof(5), nothing)


@given(
    amount=st.integers(1, 10_000_000),
    fixed=st.sampled_from(Fixed),
    fixed_fee=st.integers(0, 300),
    basis_points=st.integers(0, 2_000),
    cap=st.none() | st.integers(0, 5_000),
)
def test_debit_is_always_credit_plus_fee(
    amount: int, fixed: Fixed, fixed_fee: int, basis_points: int, cap: int | None
) -> None:
    most = None if cap is None else xof(cap)
    schedule = banded(Band(xof(1), xof(10_000_000), xof(fixed_fee), basis_points, cap=most))
    try:
        price = price_of(xof(amount), fixed=fixed, schedule=schedule)
    except FeeExceedsAmount:
        assert fixed is Fixed.DEBIT
        return

    assert price.debit == price.credit + price.fee.earned + price.fee.rounding
    asked = price.credit if fixed is Fixed.CREDIT else price.debit
    assert asked == Money(amount, price.debit.currency)


@given(amounts=st.lists(st.integers(1, 1_000_000), max_size=40))
def test_the_sum_over_many_is_the_sum_of_their_parts(amounts: list[int]) -> None:
    prices = [price_of(xof(n), fixed=Fixed.CREDIT, schedule=ONE_PERCENT) for n in amounts]

    debited = sum(price.debit.amount for price in prices)
    parts = sum(
        price.credit.amount + price.fee.earned.amount + price.fee.rounding.amount
        for price in prices
    )
    assert debited == parts
