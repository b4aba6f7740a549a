"""A price refuses whatever the transfer would be refused for, naming the field at fault."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from cross.domain.errors import (
    AmountOutOfRange,
    CrossError,
    CurrencyNotOfOperator,
    CurrencyPairNotOffered,
    InvalidMsisdn,
    OperationNotOffered,
    UnknownOperator,
)
from cross.domain.money import DJF, Money, xof
from cross.domain.operator import CollectMode, Profile, RefundMode
from cross.domain.quote import Fixed, Price
from cross.switch.prices import price_transfer, wallet_at
from cross.switch.switch import Switch
from tests.world import MERCHANT, small_world


@pytest.fixture(scope="module")
def switch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Switch]:
    world = small_world(tmp_path_factory.mktemp("prices"))
    with asyncio.Runner() as runner:
        yield runner.run(world.__aenter__()).switch
        runner.run(world.__aexit__(None, None, None))


Changed = Callable[[Profile], Profile]


def same(profile: Profile) -> Profile:
    return profile


def price(
    switch: Switch,
    amount: Money,
    fixed: Fixed = Fixed.CREDIT,
    *,
    source: Changed = same,
    destination: Changed = same,
) -> Price:
    here, there = source(switch.profile("tmoney")), destination(switch.profile("flooz"))
    return price_transfer(switch, here, there, amount, fixed, merchant=MERCHANT)


@pytest.mark.parametrize("amount", [1_000, 4_999, 5_000, 100_001])
@pytest.mark.parametrize("fixed", list(Fixed))
def test_the_payer_pays_what_the_recipient_gets_and_the_fee(
    switch: Switch, amount: int, fixed: Fixed
) -> None:
    """I-10."""
    found = price(switch, xof(amount), fixed)

    assert found.debit == found.credit + found.fee.charged
    assert (found.debit if fixed is Fixed.DEBIT else found.credit) == xof(amount)


REFUSED: dict[str, tuple[type[CrossError], dict[str, Any]]] = {
    "a payer who could not be given his money back": (
        OperationNotOffered,
        {
            "source": lambda profile: replace(
                profile, collect=CollectMode.REDIRECT, pay_out=False, refunds=RefundMode.CREDIT
            )
        },
    ),
    "nobody can be asked": (
        OperationNotOffered,
        {"source": lambda profile: replace(profile, collect=None)},
    ),
    "nobody can be paid": (
        OperationNotOffered,
        {"destination": lambda profile: replace(profile, pay_out=False)},
    ),
    "two currencies": (
        CurrencyPairNotOffered,
        {"destination": lambda profile: replace(profile, currency=DJF)},
    ),
}


@pytest.mark.parametrize("why", REFUSED)
def test_what_is_not_offered_has_no_price(switch: Switch, why: str) -> None:
    error, between = REFUSED[why]
    with pytest.raises(error):
        price(switch, xof(5_000), **between)


@pytest.mark.parametrize(("pay_out", "refunds"), [(True, "credit"), (False, "operator")])
def test_a_page_may_be_a_transfers_source_where_money_can_be_given_back(
    switch: Switch, *, pay_out: bool, refunds: str
) -> None:
    by_page = price(
        switch,
        xof(5_000),
        source=lambda profile: replace(
            profile, collect=CollectMode.REDIRECT, pay_out=pay_out, refunds=RefundMode(refunds)
        ),
    )

    assert by_page.credit == xof(5_000)


def test_an_amount_in_another_currency_has_no_price(switch: Switch) -> None:
    with pytest.raises(CurrencyNotOfOperator):
        price(switch, Money(5_000, DJF))


def test_the_limits_hold_for_what_is_paid_and_for_what_is_got(switch: Switch) -> None:
    most = switch.profile("tmoney").limits.most
    assert price(switch, most, Fixed.DEBIT).debit == most
    with pytest.raises(AmountOutOfRange):
        price(switch, most, Fixed.CREDIT)  # with the fee on top it is too much for the payer
    with pytest.raises(AmountOutOfRange):
        price(switch, xof(0))


def test_a_wallet_is_read_as_its_operator_writes_it(switch: Switch) -> None:
    assert wallet_at(switch, "tmoney", "90 11 22 33", side="").msisdn.e164 == "+22890112233"


@pytest.mark.parametrize(
    ("operator", "msisdn", "error", "param"),
    [
        ("nobody", "90112233", UnknownOperator, "source.operator"),
        ("tmoney", "12", InvalidMsisdn, "source.msisdn"),
        ("tmoney", "+33612345678", InvalidMsisdn, "source.msisdn"),
    ],
)
def test_a_wrong_wallet_is_refused_by_its_field(
    switch: Switch, operator: str, msisdn: str, error: type[CrossError], param: str
) -> None:
    with pytest.raises(error) as raised:
        wallet_at(switch, operator, msisdn, side="source")

    assert raised.value.param == param
