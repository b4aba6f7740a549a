"""Prices: who may be paid from where, within which limits, and what it costs."""

from cross.domain.errors import (
    AmountOutOfRange,
    CurrencyNotOfOperator,
    OperationNotOffered,
)
from cross.domain.money import Currency, Money
from cross.domain.movement import MovementKind
from cross.domain.msisdn import read_msisdn
from cross.domain.operator import Profile, RefundMode
from cross.domain.quote import Fixed, Price, WalletAt, price_between, price_of
from cross.switch.switch import Switch


def wallet_at(switch: Switch, operator: str, msisdn: str, *, side: str) -> WalletAt:
    """The wallet a merchant named; `side` is the field it came in, for the refusal."""
    lead = f"{side}." if side else ""
    profile = switch.operator(operator, param=f"{lead}operator").profile
    return WalletAt(operator, read_msisdn(msisdn, country=profile.country, param=f"{lead}msisdn"))


def require_collect(profile: Profile, *, param: str) -> None:
    """Raises `OperationNotOffered` where no payer can be asked, by push or on a page."""
    if profile.collect is None:
        raise OperationNotOffered(operator=profile.name, operation="collection", param=param)


def require_source(profile: Profile, *, param: str) -> None:
    """Raises `OperationNotOffered` where no payer can be asked, or where none is given back to.

    A transfer whose credit is refused gives the money back at the operator that it came from.
    """
    require_collect(profile, param=param)
    if not profile.pay_out and profile.refunds is not RefundMode.OPERATOR:
        raise OperationNotOffered(operator=profile.name, operation="transfer", param=param)


def require_pay_out(profile: Profile, *, param: str) -> None:
    """Raises `OperationNotOffered` where nothing can be paid out."""
    if not profile.pay_out:
        raise OperationNotOffered(operator=profile.name, operation="payout", param=param)


def require_currency(profile: Profile, currency: Currency) -> None:
    """Raises `CurrencyNotOfOperator` where wallets are kept in another."""
    if profile.currency != currency:
        raise CurrencyNotOfOperator(
            operator=profile.name, kept=profile.currency.code, currency=currency.code
        )


def require_within_limits(profile: Profile, money: Money) -> None:
    """Raises `AmountOutOfRange` below the least or above the most of one operation."""
    least, most = profile.limits.least, profile.limits.most
    if not least.amount <= money.amount <= most.amount:
        raise AmountOutOfRange(operator=profile.name, least=str(least), most=str(most))


def price_transfer(  # noqa: PLR0913  whose, from where, to where, how much, of which side
    switch: Switch,
    source: Profile,
    destination: Profile,
    amount: Money,
    fixed: Fixed,
    *,
    merchant: str,
) -> Price:
    """What a transfer costs a merchant now; raises every refusal that its terms deserve."""
    require_source(source, param="source.operator")
    require_pay_out(destination, param="destination.operator")
    now = switch.clock()
    schedule = switch.schedule_for(MovementKind.TRANSFER, source.currency, now, merchant=merchant)
    if source.currency is destination.currency:
        require_currency(source, amount.currency)
        price = price_of(amount, fixed=fixed, schedule=schedule)
    else:
        rate = switch.rate_between(source.currency, destination.currency, now)
        require_currency(destination if fixed is Fixed.CREDIT else source, amount.currency)
        price = price_between(amount, fixed=fixed, schedule=schedule, rate=rate)
    require_within_limits(source, price.debit)
    require_within_limits(destination, price.credit)
    return price
