"""Returned: money in suspense goes back to a wallet, as a payout that two people decided.

It leaves suspense for the merchant it came in for, and the merchant's balance for the wallet: where
the payout is refused it is the merchant's, as after any payout.
"""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final

from cross.domain import payout
from cross.domain.approval import Approval, FixNotPossible
from cross.domain.case import Case
from cross.domain.ids import PAYOUT, operator_reference
from cross.domain.leg import Leg, LegKind, intended
from cross.domain.money import Money
from cross.domain.movement import Movement, MovementKind, Terms
from cross.domain.quote import Fixed, WalletAt, price_of
from cross.storage import movements as stored
from cross.switch import movements
from cross.switch.prices import (
    require_currency,
    require_pay_out,
    require_within_limits,
    wallet_at,
)
from cross.switch.switch import Switch

KEY: Final = "return"


def require_possible(switch: Switch, money: Money, fields: Mapping[str, Any]) -> WalletAt:
    """The wallet that gets it; raises all that makes a payout to it impossible."""
    operator, msisdn = fields.get("operator"), fields.get("msisdn")
    if not operator or not msisdn:
        raise FixNotPossible(why="to whom? give an operator and a number")
    wallet = wallet_at(switch, str(operator), str(msisdn), side="")
    profile = switch.profile(wallet.operator)
    require_pay_out(profile, param="operator")
    require_currency(profile, money.currency)
    require_within_limits(profile, money)
    return wallet


async def pay_out(switch: Switch, case: Case, approval: Approval) -> str:
    """The payout of an approved return, opened once; its id."""
    money = approval.money
    if money is None or case.merchant is None:
        raise FixNotPossible(why="nobody's balance can pay this back")
    key = f"{KEY} {approval.id}"
    known = await stored.asked_for_with(switch.store, key, merchant=case.merchant)
    if known is not None:
        return known.id
    wallet = require_possible(switch, money, approval.fields)
    now, payout_id = switch.clock(), switch.new_id(PAYOUT)
    reference = operator_reference(payout_id, LegKind.CREDIT)
    leg = Leg(LegKind.CREDIT, wallet.operator, wallet.msisdn, money, reference)
    movement = Movement(
        id=payout_id,
        kind=MovementKind.PAYOUT,
        merchant=case.merchant,
        livemode=switch.settings.livemode,
        state=payout.INITIAL,
        version=1,
        legs=(intended(leg, at=now),),
        price=price_of(money, fixed=Fixed.CREDIT, schedule=None),
        terms=Terms(reference=f"return-{approval.id}", metadata={"case": case.id}),
        idempotency_key=key,
        request_digest=sha256(key.encode()).hexdigest(),
        approve_by=now,
        created_at=now,
        updated_at=now,
    )
    entries = (payout.opening_entry(movement),)
    accepted = await movements.accept(
        switch, movement, needs=payout.needs(movement), entries=entries
    )
    return accepted.movement.id
