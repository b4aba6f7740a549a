"""Payouts: from the merchant's balance to a payee's wallet."""

from cross.domain import payout
from cross.domain.ids import PAYOUT, operator_reference
from cross.domain.leg import Leg, LegKind, intended
from cross.domain.money import Money
from cross.domain.movement import Movement, MovementKind, Terms
from cross.domain.quote import Fixed, WalletAt, price_of
from cross.switch import movements
from cross.switch.movements import Request
from cross.switch.prices import require_currency, require_pay_out, require_within_limits
from cross.switch.switch import Accepted, Switch


async def open_payout(
    switch: Switch, payee: WalletAt, amount: Money, terms: Terms, request: Request
) -> Accepted:
    """Accepts a payout against the merchant's balance and the float; sent once it is durable.

    Raises `OperationNotOffered`, `CurrencyNotOfOperator`, `AmountOutOfRange`, `BalanceTooLow`,
    `FloatTooLow`.
    """
    profile = switch.profile(payee.operator)
    require_pay_out(profile, param="operator")
    require_currency(profile, amount.currency)
    require_within_limits(profile, amount)
    now = switch.clock()
    payout_id = switch.new_id(PAYOUT)
    schedule = switch.schedule_for(
        MovementKind.PAYOUT, amount.currency, now, merchant=request.merchant
    )
    reference = operator_reference(payout_id, LegKind.CREDIT)
    credit = Leg(LegKind.CREDIT, payee.operator, payee.msisdn, amount, reference)
    movement = Movement(
        id=payout_id,
        kind=MovementKind.PAYOUT,
        merchant=request.merchant,
        livemode=request.livemode,
        state=payout.INITIAL,
        version=1,
        legs=(intended(credit, at=now),),
        price=price_of(amount, fixed=Fixed.CREDIT, schedule=schedule),
        terms=terms,
        idempotency_key=request.key,
        request_digest=request.digest,
        approve_by=now,
        created_at=now,
        updated_at=now,
    )
    return await movements.accept(
        switch, movement, needs=payout.needs(movement), entries=(payout.opening_entry(movement),)
    )
