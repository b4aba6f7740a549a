"""Transfers: from a wallet at one operator to a wallet at another, accepted at once."""

from datetime import timedelta

from cross.domain import transfer
from cross.domain.ids import TRANSFER, operator_reference
from cross.domain.leg import Leg, LegKind, intended
from cross.domain.movement import Movement, MovementKind, Terms
from cross.domain.quote import Quote
from cross.switch import movements, requests, visits
from cross.switch.movements import Request
from cross.switch.switch import Accepted, Switch


async def open_transfer(switch: Switch, quote: Quote, terms: Terms, request: Request) -> Accepted:
    """Accepts a transfer at a quote's price; its debit is sent once it is durable (I-12).

    Where the payer approves on a page, returns once it is known how he gets there.
    """
    now = switch.clock()
    transfer_id = switch.new_id(TRANSFER)
    debit = Leg(
        LegKind.DEBIT,
        quote.source.operator,
        quote.source.msisdn,
        quote.price.debit,
        operator_reference(transfer_id, LegKind.DEBIT),
    )
    credit = Leg(
        LegKind.CREDIT,
        quote.destination.operator,
        quote.destination.msisdn,
        quote.price.credit,
        operator_reference(transfer_id, LegKind.CREDIT),
    )
    by_page = requests.is_by_page(switch, debit)
    if by_page:
        terms = await visits.titled(switch, terms, merchant=request.merchant)
    prompt = timedelta(seconds=switch.profile(debit.operator).prompt_seconds)
    movement = Movement(
        id=transfer_id,
        kind=MovementKind.TRANSFER,
        merchant=request.merchant,
        livemode=request.livemode,
        state=transfer.INITIAL,
        version=1,
        legs=(intended(debit, at=now), credit),
        price=quote.price,
        terms=terms,
        idempotency_key=request.key,
        request_digest=request.digest,
        approve_by=now + prompt,
        created_at=now,
        updated_at=now,
    )
    accepted = await movements.accept(
        switch,
        movement,
        needs=transfer.needs(movement),
        entries=(transfer.opening_entry(movement),),
    )
    return await visits.until_the_way_is_known(switch, accepted) if by_page else accepted
