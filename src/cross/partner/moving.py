"""What a bank asks for is done as for any merchant: a payout or a collection, once an id."""

import asyncio
import hashlib
from dataclasses import dataclass
from typing import Final

from cross.domain.admission_refusals import AcceptanceUnknown
from cross.domain.errors import (
    CrossError,
    InvalidMsisdn,
    ReferenceAlreadyUsed,
    StillBeingAccepted,
    SwitchUnavailable,
)
from cross.domain.money import CURRENCIES, Currency, Money
from cross.domain.movement import Movement, Terms
from cross.domain.operator import CollectMode, Profile
from cross.domain.partner import Operation, Partner, require_allowed
from cross.domain.quote import WalletAt
from cross.partner.reading import NotTaken, Wanted
from cross.storage import movements as stored
from cross.switch import legs, partners
from cross.switch.collections import Payer, open_collection
from cross.switch.movements import Request, replay
from cross.switch.partners import Taking
from cross.switch.payouts import open_payout
from cross.switch.prices import require_currency, wallet_at
from cross.switch.switch import Accepted, Switch

KEY: Final = "mbanking "
"""Begins the idempotency key of what came through here; a caller of /v1 sends no space in one."""


@dataclass(frozen=True, slots=True)
class Party:
    """For whom money is moved, and how answers name it; `partner` is None for a merchant's key."""

    merchant: str
    number: str
    name: str
    partner: Partner | None = None


def party_of(partner: Partner) -> Party:
    """A bank, as the party to what it asks for."""
    return Party(partner.merchant, partner.number, partner.name, partner)


async def until_final(switch: Switch, movement: Movement, *, seconds: float) -> Movement:
    """The movement once it is final, or as it is after so long."""
    live = switch.live.get(movement.id)
    if live is None:
        return await stored.get(switch.store, movement.id) or movement
    ended = switch.ending.get(movement.id)
    if ended is None:
        ended = asyncio.get_running_loop().create_future()
        switch.ending[movement.id] = ended
    try:
        async with asyncio.timeout(seconds):
            return await asyncio.shield(ended)
    except TimeoutError:
        return live.movement
    finally:
        if switch.ending.get(movement.id) is ended:
            del switch.ending[movement.id]


async def move(switch: Switch, party: Party, wanted: Wanted) -> Accepted:
    """Accepts what a bank wants, or finds what it asked for first under that id, whatever it was.

    Raises a `CrossError` for every refusal; nothing was moved then.
    """
    request = _request(switch, party, wanted.id)
    earlier = await replay(switch, request)
    if earlier is not None:
        return earlier
    try:
        return await _moved(switch, party, wanted, request)
    except AcceptanceUnknown:
        raise
    except CrossError:
        # The id may have been accepted meanwhile: then a refusal of this repeat would be a lie.
        first = switch.accepting.get((request.merchant, request.key))
        if first is not None:
            await asyncio.wait([first])
        earlier = await replay(switch, request)
        if earlier is None:
            raise
        return earlier


async def _moved(switch: Switch, party: Party, wanted: Wanted, request: Request) -> Accepted:
    payee, amount = _payee(switch, wanted)
    partner = party.partner
    if partner is None:
        return await _opened(switch, wanted, payee, amount, request)
    require_allowed(partner, wanted.operation, wanted.amount, at=switch.clock())
    taking = Taking(wanted.id, wanted.operation, wanted.amount)
    is_mine = await partners.take_of_day(switch, partner, taking)
    try:
        accepted = await _opened(switch, wanted, payee, amount, request)
    except (SwitchUnavailable, StillBeingAccepted):
        raise  # it may have been accepted: asked again, the id is counted once
    except CrossError:
        if is_mine:
            await partners.give_back_of_day(switch, partner, wanted.id)
        raise
    if is_mine and accepted.movement.idempotency_key != request.key:
        await partners.give_back_of_day(switch, partner, wanted.id)
    return accepted


async def find(switch: Switch, party: Party, bank_id: str) -> Movement | None:
    """What a bank asked for under an id, as it stands."""
    found = await stored.asked_for_with(switch.store, f"{KEY}{bank_id}", merchant=party.merchant)
    if found is None:
        return None
    live = switch.live.get(found.id)
    if live is None:
        return found
    if live.movement.outcome_unknown:
        legs.ask_for_a_reader(switch, live)
    return live.movement


async def _opened(
    switch: Switch, wanted: Wanted, wallet: WalletAt, amount: Money, request: Request
) -> Accepted:
    terms = Terms(
        reference=wanted.id,
        description=wanted.description,
        metadata={"refCommande": wanted.order, "dateHeureRequete": wanted.asked_at},
    )
    try:
        if wanted.operation is Operation.CREDIT:
            return await open_payout(switch, wallet, amount, terms, request)
        payer = Payer(wallet.operator, wallet.msisdn)
        return await open_collection(switch, payer, amount, terms, request)
    except ReferenceAlreadyUsed as used:
        first = await stored.get(switch.store, used.existing_id)
        if first is None:
            raise
        return Accepted(first, replayed=True)


def _payee(switch: Switch, wanted: Wanted) -> tuple[WalletAt, Money]:
    """The wallet and the money; raises `InvalidMsisdn`, `UnknownOperator`, `NotTaken`."""
    name = wanted.operator
    profile = _likely(switch, wanted) if name is None else switch.profile(name.lower())
    wallet = wallet_at(switch, profile.name, wanted.wallet, side="")
    if wanted.currency is not None:
        require_currency(profile, _currency(wanted.currency))
    return wallet, Money(wanted.amount, profile.currency)


def _currency(said: str) -> Currency:
    """Version 1 names a currency by its letters or by its number."""
    for currency in CURRENCIES.values():
        if said in (currency.code, currency.numeric):
            return currency
    raise NotTaken("currency invalide")


def _likely(switch: Switch, wanted: Wanted) -> Profile:
    """The operator of the number's prefix that does this; pages are for payers with a browser."""
    msisdn = wanted.msisdn
    for profile in switch.profiles.values():
        national = msisdn.national_in(profile.country)
        if national is None or not national.startswith(profile.prefixes):
            continue
        is_push = profile.collect is CollectMode.PUSH
        if profile.pay_out if wanted.operation is Operation.CREDIT else is_push:
            return profile
    raise InvalidMsisdn


def _request(switch: Switch, party: Party, bank_id: str) -> Request:
    """One digest for one id: a repeat finds the first, whatever else it says."""
    key = f"{KEY}{bank_id}"
    digest = hashlib.sha256(key.encode()).hexdigest()
    return Request(party.merchant, switch.settings.livemode, key, digest)
