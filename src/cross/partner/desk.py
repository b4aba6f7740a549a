"""The desk: what every handler of the gateway works with, and how an operation is done."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias

from cross.domain.accounts import available_to
from cross.domain.movement import Movement
from cross.domain.partner import Operation
from cross.domain.steps import is_final
from cross.gateway_settings import MbankingSettings
from cross.partner.access import Access
from cross.partner.asking import Asked
from cross.partner.moving import Party, move, until_final
from cross.partner.reading import Wanted
from cross.partner.replies import Reply
from cross.storage import ledger
from cross.switch import partners
from cross.switch.switch import Accepted, Switch


@dataclass(frozen=True, slots=True)
class Desk:
    """The switch, who is let in, and how patient the gateway is."""

    switch: Switch
    access: Access
    settings: MbankingSettings


Handler: TypeAlias = Callable[[Desk, Asked], Awaitable[Reply]]


async def done(desk: Desk, party: Party, wanted: Wanted) -> Accepted:
    """What became of an operation: a credit is waited for, a debit is not.

    A credit that is not final in time is told of by a callback.
    """
    accepted = await move(desk.switch, party, wanted)
    if accepted.replayed or wanted.operation is Operation.DEBIT:
        return accepted
    seconds = desk.settings.credit_wait_seconds
    movement = await until_final(desk.switch, accepted.movement, seconds=seconds)
    if party.partner is not None and not is_final(movement):
        await partners.owe_callback(desk.switch, movement)
        live = desk.switch.live.get(movement.id)  # it may have ended while that was written
        movement = await until_final(desk.switch, movement, seconds=0) if live is None else movement
    return Accepted(movement)


async def balance_of(switch: Switch, movement: Movement) -> int:
    """What a movement's merchant has left to pay out, in its currency."""
    account = available_to(movement.merchant, movement.legs[0].money.currency)
    found = await ledger.balances(switch.store, merchant=movement.merchant)
    return next((line.natural for line in found if line.account == account), 0)
