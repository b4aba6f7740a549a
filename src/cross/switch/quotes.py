"""Quotes: a price asked for, kept, and looked up until it is used."""

from dataclasses import dataclass
from datetime import timedelta

from cross.domain.errors import NotFound, QuoteExpired, QuoteUsed, SameWallet, SwitchUnavailable
from cross.domain.ids import QUOTE
from cross.domain.money import Money
from cross.domain.quote import Fixed, Quote, WalletAt
from cross.storage import movements
from cross.storage import quotes as stored
from cross.storage.store import QuoteOffer, Saved
from cross.switch.prices import price_transfer
from cross.switch.switch import Switch


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be priced: from where to where, how much, and which side that amount is."""

    source: WalletAt
    destination: WalletAt
    amount: Money
    fixed: Fixed = Fixed.CREDIT


def draw_up(switch: Switch, wish: Wish, *, merchant: str, livemode: bool) -> Quote:
    """A quote that is not kept yet; raises the refusal that the wish deserves."""
    if wish.source == wish.destination:
        raise SameWallet
    now = switch.clock()
    price = price_transfer(
        switch,
        switch.profile(wish.source.operator),
        switch.profile(wish.destination.operator),
        wish.amount,
        wish.fixed,
        merchant=merchant,
    )
    return Quote(
        id=switch.new_id(QUOTE),
        merchant=merchant,
        livemode=livemode,
        source=wish.source,
        destination=wish.destination,
        price=price,
        created_at=now,
        expires_at=now + timedelta(minutes=switch.settings.quote_minutes),
    )


async def offer(switch: Switch, wish: Wish, *, merchant: str, livemode: bool) -> Quote:
    """A quote, kept until it expires."""
    quote = draw_up(switch, wish, merchant=merchant, livemode=livemode)
    if await switch.recorder.record(QuoteOffer(quote)) != Saved():
        raise SwitchUnavailable
    return quote


async def find(switch: Switch, quote_id: str, *, merchant: str) -> Quote:
    """A merchant's quote; raises `NotFound`."""
    quote = await stored.find(switch.store, quote_id, merchant=merchant)
    if quote is None:
        raise NotFound(noun="quote", param="quote")
    return quote


async def in_force(switch: Switch, quote_id: str, *, merchant: str) -> Quote:
    """A merchant's quote that still holds; raises `NotFound`, `QuoteUsed`, `QuoteExpired`.

    One that was used and has expired since was used: *ask for another* would mean paying twice.
    """
    quote = await find(switch, quote_id, merchant=merchant)
    if switch.clock() >= quote.expires_at:
        used = await movements.priced_by(switch.store, quote_id)
        if used is not None:
            raise QuoteUsed(existing_id=used)
        raise QuoteExpired
    return quote
