"""Collections: from a payer's wallet to the merchant, by a prompt on the payer's phone."""

from datetime import timedelta

from cross.domain import collection
from cross.domain.ids import COLLECTION, operator_reference
from cross.domain.leg import Leg, LegKind, intended
from cross.domain.money import Money
from cross.domain.movement import Movement, MovementKind, Terms
from cross.domain.quote import Fixed, WalletAt, price_of
from cross.switch import movements
from cross.switch.movements import Request
from cross.switch.prices import require_collect, require_currency, require_within_limits
from cross.switch.switch import Accepted, Switch


async def open_collection(
    switch: Switch, payer: WalletAt, amount: Money, terms: Terms, request: Request
) -> Accepted:
    """Accepts a collection; the prompt is asked for once it is durable. The merchant bears the fee.

    Raises `OperationNotOffered`, `CurrencyNotOfOperator`, `AmountOutOfRange`, `FeeExceedsAmount`.
    """
    profile = switch.profile(payer.operator)
    require_collect(profile, param="operator")
    require_currency(profile, amount.currency)
    require_within_limits(profile, amount)
    now = switch.clock()
    collection_id = switch.new_id(COLLECTION)
    schedule = switch.schedule_for(MovementKind.COLLECTION, amount.currency, now)
    reference = operator_reference(collection_id, LegKind.DEBIT)
    debit = Leg(LegKind.DEBIT, payer.operator, payer.msisdn, amount, reference)
    movement = Movement(
        id=collection_id,
        kind=MovementKind.COLLECTION,
        merchant=request.merchant,
        livemode=request.livemode,
        state=collection.INITIAL,
        version=1,
        legs=(intended(debit, at=now),),
        price=price_of(amount, fixed=Fixed.DEBIT, schedule=schedule),
        terms=terms,
        idempotency_key=request.key,
        request_digest=request.digest,
        approve_by=now + timedelta(seconds=profile.prompt_seconds),
        created_at=now,
        updated_at=now,
    )
    return await movements.accept(switch, movement)
