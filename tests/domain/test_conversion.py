"""Between two currencies: exact to the unit, never negative, and rounded for the house (I-10)."""

from datetime import timedelta
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cross.domain.conversion import (
    Conversion,
    Rate,
    conversion_for,
    conversion_of,
    read_rate,
    require_sound,
)
from cross.domain.errors import FeeExceedsAmount
from cross.domain.fees import Band, FeeSchedule
from cross.domain.money import XOF, Currency, Money, djf, xof
from cross.domain.quote import Fixed, Price, price_of
from tests.domain.conversions import RATES, back, offered, price, rate
from tests.domain.movements import NOON, after
from tests.domain.test_fees import ALWAYS, ONE_PERCENT

ONE = Fraction(1, 10_000)


def mid(of: Rate) -> Fraction:
    return Fraction(of.digits, 10**of.places)


def customers(of: Rate) -> Fraction:
    return mid(of) * of.after_margin * ONE


def schedule_in(currency: Currency, flat: int, basis_points: int) -> FeeSchedule:
    ends = Money(1, currency), Money(10**15, currency)
    return FeeSchedule("any", (Band(*ends, Money(flat, currency), basis_points),), ALWAYS)


def test_2_000_djf_at_0_25_and_a_margin_of_2_percent_cost_8_164_xof() -> None:
    found = price(djf(2_000), at=rate("0.25", margin_bp=200), schedule=ONE_PERCENT)

    assert found.conversion is not None
    assert found.conversion.converted == xof(8_164)  # 2 000 / 0.245 = 8 163.27
    assert (found.conversion.worth, found.conversion.margin) == (xof(8_000), xof(163))
    assert found.conversion.rounding == xof(1)
    assert found.fee.charged == xof(82)  # 1 % of what is converted, rounded up
    assert (found.debit, found.credit) == (xof(8_246), djf(2_000))


def test_who_pays_8_246_xof_in_all_sends_the_same_2_000_djf() -> None:
    found = price(xof(8_246), at=rate("0.25", margin_bp=200), schedule=ONE_PERCENT)

    assert (found.debit, found.credit) == (xof(8_246), djf(2_000))
    assert found.fee.charged == xof(82)


def test_a_rate_is_between_whole_units_whatever_decimals_a_currency_has() -> None:
    cents = Currency("TST", "999", 2, "T")
    dear = rate("0.001", margin_bp=0, to=cents)

    assert conversion_of(dear, xof(5_000))[0] == Money(500, cents)
    assert conversion_for(dear, Money(500, cents)).converted == xof(5_000)
    home = rate("1000", margin_bp=0, source=cents, to=XOF)
    assert conversion_of(home, Money(500, cents))[0] == xof(5_000)


@given(of=RATES, amount=st.integers(1, 10**12), fixed=st.sampled_from(Fixed), fee=st.integers(0, 9))
def test_a_price_adds_up_and_the_house_never_loses_by_rounding(
    of: Rate, amount: int, fixed: Fixed, fee: int
) -> None:
    """I-10."""
    asked = Money(amount, of.destination if fixed is Fixed.CREDIT else of.source)
    try:
        found = price(asked, at=of, schedule=schedule_in(of.source, fee * 10, fee * 7), fixed=fixed)
    except FeeExceedsAmount:
        assert fixed is Fixed.DEBIT
        return

    conversion = found.conversion
    assert conversion is not None
    assert (found.credit if fixed is Fixed.CREDIT else found.debit) == asked
    assert found.debit == conversion.converted + found.fee.charged
    assert conversion.converted == conversion.worth + conversion.margin + conversion.rounding
    exact_worth = found.credit.amount / mid(of)
    assert exact_worth <= conversion.worth.amount < exact_worth + 1
    exact_margin = conversion.converted.amount * of.margin_bp * ONE
    assert exact_margin - 1 < conversion.margin.amount <= exact_margin


@given(of=RATES, amount=st.integers(1, 10**12))
def test_rounding_costs_the_payer_less_than_one_unit_of_what_is_not_fixed(
    of: Rate, amount: int
) -> None:
    credit = Money(amount, of.destination)
    least = conversion_for(of, credit)
    assert 0 <= least.converted.amount - amount / customers(of) < 1
    assert least.rounding.amount <= 1

    most, spent = conversion_of(of, Money(amount, of.source))
    assert 0 <= amount * customers(of) - most.amount < 1
    assert spent.rounding.amount < 2 + 1 / mid(of)


@given(of=RATES, amount=st.integers(1, 10**9), flat=st.integers(0, 500), bp=st.integers(0, 500))
def test_what_one_fixing_asks_for_the_other_gives_back_to_one_unit(
    of: Rate, amount: int, flat: int, bp: int
) -> None:
    schedule = schedule_in(of.source, flat, bp)
    there = price(Money(amount, of.destination), at=of, schedule=schedule)
    again = price(there.debit, at=of, schedule=schedule)

    assert 0 <= again.credit.amount - amount < max(Fraction(1), customers(of))
    assert again.debit == there.debit


@given(of=RATES, amount=st.integers(1, 10**9))
def test_the_least_that_pays_for_a_credit_is_asked_for(of: Rate, amount: int) -> None:
    converted = conversion_for(of, Money(amount, of.destination)).converted

    one_less, _ = conversion_of(of, Money(converted.amount - 1, of.source))
    assert one_less.amount < amount
    assert conversion_of(of, converted)[0].amount >= amount


@given(there=RATES, returned=RATES, amount=st.integers(1, 10**9))
def test_rates_that_are_accepted_give_nobody_more_than_he_left_with(
    there: Rate, returned: Rate, amount: int
) -> None:
    assume(there.source is not returned.source)
    try:
        require_sound([offered(there), offered(returned)])
    except ValueError:
        assert customers(there) * customers(returned) > 1
        return

    away, _ = conversion_of(there, Money(amount, there.source))
    home, _ = conversion_of(returned, away)
    assert home.amount <= amount


def test_what_is_too_little_for_one_unit_has_no_price() -> None:
    with pytest.raises(FeeExceedsAmount):
        price(xof(3), at=rate("0.25", margin_bp=200))


@pytest.mark.parametrize(
    ("text", "digits", "places"),
    [("0.298027", 298_027, 6), ("3", 3, 0), ("3.50", 350, 2), ("0.000000000001", 1, 12)],
)
def test_a_rate_is_read_exactly_and_told_as_it_was_written(
    text: str, digits: int, places: int
) -> None:
    assert read_rate(text) == (digits, places)
    assert str(rate(text)) == text


@pytest.mark.parametrize(
    "text",
    ["", ".5", "0.", "-1", "+1", "1e3", "0,29", "1_0", " 1", "00.5", "NaN", "٣", "1.0000000000001"],
)
def test_what_is_no_plain_decimal_is_no_rate(text: str) -> None:
    """I-08."""
    with pytest.raises(ValueError, match=r"^a rate is written as a decimal, such as 0\.2925$"):
        read_rate(text)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (lambda: rate("0"), "a rate is positive and between two currencies"),
        (lambda: rate(to=XOF), "a rate is positive and between two currencies"),
        (lambda: rate(margin_bp=-1), "a margin is at least 0 and less than 10 000 basis points"),
        (
            lambda: rate(margin_bp=10_000),
            "a margin is at least 0 and less than 10 000 basis points",
        ),
        (
            lambda: offered(rate(), since=after(9), until=after(9)),
            "the rate of '.*' ends before it begins",
        ),
    ],
)
def test_a_rate_that_makes_no_sense_is_not_built(wrong: "type[object]", told: str) -> None:
    with pytest.raises(ValueError, match=f"^{told}$"):
        wrong()


def test_a_rate_is_in_force_from_its_first_moment_until_before_its_last() -> None:
    dated = offered(rate(), since=NOON, until=after(60))

    assert [dated.in_force(after(s)) for s in (-1, 0, 59, 60)] == [False, True, True, False]
    assert offered(rate()).in_force(NOON + timedelta(days=9_000))


def test_two_rates_of_one_direction_may_follow_and_not_overlap() -> None:
    first, second = offered(rate(), until=after(60)), offered(rate("0.3"), since=after(60))
    early = offered(rate("0.3"), since=after(59))

    assert require_sound([second, first, offered(back())]) == (second, first, offered(back()))
    assert require_sound([first, second]) == (first, second)
    for contradicting in ([early, first], [first, second, early]):
        with pytest.raises(ValueError, match="at one time"):
            require_sound(contradicting)


def test_rates_by_which_a_round_trip_gains_are_refused() -> None:
    """Whoever types 3.69 for 2.69 must not pay for it."""
    with pytest.raises(ValueError, match="would gain"):
        require_sound([offered(rate("0.298", margin_bp=100)), offered(back("3.69"))])


def test_whoever_comes_back_with_what_he_left_with_has_gained_nothing() -> None:
    there, returned = offered(rate("0.25", margin_bp=0)), offered(back("4", margin_bp=0))

    assert require_sound([there, returned]) == (there, returned)


def test_a_price_that_a_conversion_does_not_pay_for_is_not_built() -> None:
    found = price(djf(2_000), at=rate())
    assert found.conversion is not None
    cheap = Conversion(found.conversion.rate, xof(10), xof(0), xof(0))

    with pytest.raises(ValueError, match=r"^a conversion must pay for the credit$"):
        Price(xof(10), djf(2_000), found.fee, cheap)
    with pytest.raises(ValueError, match="must pay for"):
        Price(found.debit, xof(2), found.fee, found.conversion)
    with pytest.raises(
        ValueError, match=r"^a price must add up: debit = what is converted \+ fee$"
    ):
        Price(xof(11), djf(2), found.fee, cheap)


def test_within_one_currency_a_price_has_no_conversion() -> None:
    assert price_of(xof(5_000), fixed=Fixed.CREDIT, schedule=ONE_PERCENT).conversion is None
