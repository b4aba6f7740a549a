"""Money: whole, never negative, never mixed; read from operators' texts without a guess."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cross.domain.errors import AmountNotWhole, UnknownCurrency
from cross.domain.money import CURRENCIES, XOF, Money, currency_named, djf, whole_amount, xof

AMOUNTS = st.integers(min_value=0, max_value=10**15)


def test_money_is_never_negative() -> None:
    with pytest.raises(ValueError, match="cannot be negative"):
        xof(-1)


@given(AMOUNTS, AMOUNTS)
def test_what_is_added_can_be_taken_away_again(held: int, added: int) -> None:
    assert xof(held) + xof(added) - xof(added) == xof(held)


@given(AMOUNTS, AMOUNTS)
def test_the_order_of_a_sum_does_not_matter(first: int, second: int) -> None:
    assert xof(first) + xof(second) == xof(second) + xof(first)


def test_more_than_there_is_cannot_be_taken() -> None:
    with pytest.raises(ValueError, match="cannot be negative"):
        xof(100) - xof(101)


def test_two_currencies_are_never_mixed() -> None:
    with pytest.raises(ValueError, match="cannot mix XOF and DJF"):
        xof(1) + djf(1)
    with pytest.raises(ValueError, match="cannot mix XOF and DJF"):
        xof(1) - djf(1)


def test_the_same_number_in_another_currency_is_other_money() -> None:
    assert xof(100) != djf(100)
    assert xof(100) == Money(100, XOF)


def test_only_nothing_is_zero() -> None:
    assert xof(0).is_zero
    assert not xof(1).is_zero


@pytest.mark.parametrize(
    ("money", "shown"),
    [(xof(0), "0 XOF"), (xof(1_500), "1 500 XOF"), (djf(1_234_567), "1 234 567 DJF")],
)
def test_money_is_shown_in_groups_of_three_with_its_currency(money: Money, shown: str) -> None:
    assert str(money) == shown


def test_neither_currency_has_decimals() -> None:
    """I-08: XOF and DJF have exponent 0."""
    assert {currency.exponent for currency in CURRENCIES.values()} == {0}


@pytest.mark.parametrize("code", ["XOF", "DJF"])
def test_a_currency_is_found_by_its_code(code: str) -> None:
    assert currency_named(code).code == code


@pytest.mark.parametrize("code", ["EUR", "xof", "FDJ", "", "952", "XOF "])
def test_another_currency_is_refused(code: str) -> None:
    with pytest.raises(UnknownCurrency) as refusal:
        currency_named(code)
    assert refusal.value.param == "currency"


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("0", 0),
        ("1", 1),
        ("1500", 1_500),
        ("1500.0", 1_500),
        ("1500.00", 1_500),
        ("999999999999999", 999_999_999_999_999),
    ],
)
def test_an_operator_may_write_a_whole_amount_with_empty_decimals(text: str, amount: int) -> None:
    """I-08."""
    assert whole_amount(text) == amount


@pytest.mark.parametrize(
    "text",
    [
        *("1500.50", "1500.01", "0.5", "1500.", ".00", "1500.000"),
        *("-1", "+1", "-0", "007", "00", "1e3", "1E+5", "0x10"),
        *("1 500", "1,500", "1_500", " 1500", "1500 ", "1500\n", "", " "),
        *("NaN", "Infinity", "true", "٣٤", "１５００", "1500.٠٠", "²"),
        *("1000000000000000", "9" * 5_000),
    ],
)
def test_any_other_text_is_no_amount(text: str) -> None:
    """I-08, F-Y09: no fraction, sign, exponent, separator, or digit of another script."""
    with pytest.raises(AmountNotWhole):
        whole_amount(text)


@given(st.text(max_size=20))
def test_a_text_is_either_read_exactly_or_refused(text: str) -> None:
    try:
        amount = whole_amount(text)
    except AmountNotWhole:
        return
    assert text.partition(".")[0] == str(amount)


@given(AMOUNTS.filter(lambda amount: amount < 10**15))
def test_an_amount_written_is_the_amount_read(amount: int) -> None:
    assert whole_amount(str(amount)) == amount
