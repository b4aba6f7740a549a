"""Collections: from a payer's wallet to the merchant, by a prompt or on the operator's own page."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from cross.domain import collection
from cross.domain.errors import InvalidMsisdn
from cross.domain.ids import COLLECTION, operator_reference
from cross.domain.leg import Leg, LegKind, intended
from cross.domain.money import Money
from cross.domain.movement import Movement, MovementKind, Terms
from cross.domain.msisdn import Msisdn
from cross.domain.operator import CollectMode
from cross.domain.quote import Fixed, price_of
from cross.switch import movements, visits
from cross.switch.movements import Request
from cross.switch.prices import require_collect, require_currency, require_within_limits
from cross.switch.switch import Accepted, Switch


@dataclass(frozen=True, slots=True)
class Payer:
    """Who is asked, and until when he may approve.

    `msisdn` is None where the payer names the wallet on the operator's page; `approve_by` where
    the operator's own time limit is all there is.
    """

    operator: str
    msisdn: Msisdn | None = None
    approve_by: datetime | None = None


async def open_collection(
    switch: Switch, payer: Payer, amount: Money, terms: Terms, request: Request
) -> Accepted:
    """Accepts a collection; the operator is asked once it is durable. The merchant bears the fee.

    Where the payer approves on a page, returns once it is known how he gets there, or after a
    while. Raises `OperationNotOffered`, `CurrencyNotOfOperator`, `AmountOutOfRange`,
    `FeeExceedsAmount`, and `InvalidMsisdn` for a push to nobody.
    """
    profile = switch.profile(payer.operator)
    require_collect(profile, param="operator")
    require_currency(profile, amount.currency)
    require_within_limits(profile, amount)
    by_page = profile.collect is CollectMode.REDIRECT
    if payer.msisdn is None and not by_page:
        raise InvalidMsisdn
    if by_page:
        terms = await visits.titled(switch, terms, merchant=request.merchant)
    now = switch.clock()
    collection_id = switch.new_id(COLLECTION)
    schedule = switch.schedule_for(
        MovementKind.COLLECTION, amount.currency, now, merchant=request.merchant
    )
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
        approve_by=payer.approve_by or now + timedelta(seconds=profile.prompt_seconds),
        created_at=now,
        updated_at=now,
    )
    accepted = await movements.accept(switch, movement)
    return await visits.until_the_way_is_known(switch, accepted) if by_page else accepted
