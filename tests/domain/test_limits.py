"""A limit is named by four words, and every other name is refused."""

import pytest

from cross.domain.leg import LegKind
from cross.domain.limits import (
    COUNTED,
    DEFAULT_LIMITS,
    MOST_MAX,
    Of,
    Per,
    UnknownLimit,
    read_limit,
)
from cross.domain.money import CURRENCIES
from cross.domain.movement import MovementKind


def test_every_limit_has_a_name_that_is_read_back() -> None:
    names = [
        f"{of}.{kind}.{per}.{what}"
        for of in Of
        for kind in ("any", *COUNTED[of])
        for per in Per
        for what in ("count", *CURRENCIES)
        if (per, what) != (Per.MOVEMENT, "count")
    ]
    assert [read_limit(name).name for name in names] == names


@pytest.mark.parametrize(
    "name",
    [
        "",
        "merchant",
        "merchant.any.day",
        "merchant.any.day.count.XOF",
        "operator.any.day.count",
        "merchant.quote.day.count",
        "merchant.any.week.count",
        "merchant.any.day.EUR",
        "merchant.any.day.xof",
        "merchant.any.movement.count",
        "payer.payout.day.count",
        "payer.refund.day.count",
        "beneficiary.collection.day.count",
        "beneficiary.refund.day.XOF",
    ],
)
def test_another_name_is_refused(name: str) -> None:
    with pytest.raises(UnknownLimit):
        read_limit(name)


def test_a_refund_is_nobodys_but_the_merchants() -> None:
    """A payer who gets his money back is neither paid by the merchant nor asked to pay."""
    refund = MovementKind.REFUND
    assert read_limit("merchant.any.day.count").leg_of(refund) is LegKind.REFUND
    assert read_limit("payer.any.day.count").leg_of(refund) is None
    assert read_limit("beneficiary.any.day.count").leg_of(refund) is None


def test_the_default_limits_are_limits() -> None:
    assert all(0 < most < MOST_MAX and read_limit(name) for name, most in DEFAULT_LIMITS.items())
