"""Positions: the end of a holder's day, drawn up from the postings and nothing else."""

from datetime import date

from cross.domain import accounts
from cross.domain.money import Currency
from cross.domain.position import DayNotOver, Position, day_of
from cross.storage import merchants as stored_merchants
from cross.storage import positions as stored
from cross.storage.positions import Period
from cross.switch.switch import Switch


async def position_of(switch: Switch, merchant: str, currency: Currency, day: date) -> Position:
    """What a merchant held at the end of a day, and what brought it there; raises `DayNotOver`."""
    period = Period(*day_of(day, currency))
    if period.ends > switch.clock():
        raise DayNotOver
    available = accounts.available_to(merchant, currency)
    reserved = accounts.reserved_for(merchant, currency)
    pair, store = (available, reserved), switch.store
    return Position(
        holder=merchant,
        holder_name=await stored_merchants.name_of(store, merchant),
        currency=currency,
        day=day,
        opening=await stored.held_before(store, pair, period.begins),
        lines=await stored.changes(store, pair, period),
        closing=await stored.held_before(store, pair, period.ends),
        reserved=await stored.held_before(store, (reserved, reserved), period.ends),
        drawn_up_at=switch.clock(),
    )
