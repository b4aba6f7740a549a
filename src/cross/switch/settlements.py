"""Settlements: what a merchant is paid of what a period left it, exactly and once.

Nothing moves when one is prepared. How it is paid is written down before any money moves, over the
version before, so that of two admins one pays; the money itself moves once a key.
"""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

import structlog

from cross.domain import payout
from cross.domain.changed import changed
from cross.domain.errors import (
    BalanceTooLow,
    CrossError,
    NotFound,
    StillBeingAccepted,
    SwitchUnavailable,
)
from cross.domain.ids import PAYOUT, SETTLEMENT, operator_reference
from cross.domain.leg import Leg, LegKind, intended
from cross.domain.money import Currency, Money
from cross.domain.movement import Movement, MovementKind, Terms
from cross.domain.quote import Fixed, WalletAt, price_of
from cross.domain.settlement import (
    PAYABLE,
    Method,
    NoSettlementWallet,
    NothingToSettle,
    Settlement,
    SettlementNotPayable,
    SettlementOpen,
    SettlementTerms,
    Status,
    bank_entry,
    bank_need,
    payout_key,
    payout_reference,
)
from cross.storage import settlements as stored
from cross.storage.pages import Page
from cross.storage.settlements import SettlementWrite, TermsWrite
from cross.storage.store import Addition, NotCovered, ReferenceTaken, Saved, StoreUnavailable
from cross.switch import movements
from cross.switch.movements import Request
from cross.switch.prices import require_currency, require_pay_out, require_within_limits
from cross.switch.switch import Switch
from cross.switch.views import rfc3339

log = structlog.get_logger("cross.settlements")


async def prepare(switch: Switch, merchant: str, currency: Currency) -> Settlement:
    """What the merchant has now, from where the settlement before ended; no money moves.

    Raises `SettlementOpen`, `NothingToSettle`.
    """
    before = await stored.latest(switch.store, merchant=merchant, currency=currency)
    if before is not None and before.status is not Status.PAID:
        raise SettlementOpen(existing_id=before.id)
    after, opening = (0, 0) if before is None else (before.last_entry, before.amount.amount)
    terms = await stored.terms_of(switch.store, merchant=merchant, currency=currency)
    period = await stored.period_after(switch.store, after, merchant=merchant, currency=currency)
    if period is None or period.closing < max(1, terms.minimum):
        raise NothingToSettle
    if opening + sum(one.amount for one in period.covers) != period.closing:
        raise SwitchUnavailable  # an entry of before is still being committed: ask again
    now = switch.clock()
    settlement = Settlement(
        id=switch.new_id(SETTLEMENT),
        merchant=merchant,
        livemode=switch.settings.livemode,
        after_entry=after,
        last_entry=period.last_entry,
        opening=opening,
        amount=Money(period.closing, currency),
        covers=period.covers,
        period_from=None if before is None else before.period_to,
        period_to=now,
        created_at=now,
        updated_at=now,
    )
    verdict = await switch.recorder.record(SettlementWrite(settlement))
    if isinstance(verdict, ReferenceTaken):
        raise SettlementOpen(existing_id=verdict.movement)
    if not isinstance(verdict, Saved):
        raise SwitchUnavailable
    return settlement


async def pay(switch: Switch, settlement_id: str) -> Settlement:
    """Pays it out to the merchant's settlement wallet, free of charge; once an attempt.

    Raises `NotFound`, `SettlementNotPayable`, `NoSettlementWallet`, and all that a payout may.
    """
    found = await get(switch, settlement_id)
    terms = await stored.terms_of(
        switch.store, merchant=found.merchant, currency=found.amount.currency
    )
    if terms.wallet is None:
        raise NoSettlementWallet
    if found.status in PAYABLE:
        found = await _choose(switch, found, method=Method.WALLET, attempt=found.attempt + 1)
    elif found.status is not Status.PAYING or found.method is not Method.WALLET:
        raise SettlementNotPayable(status=found.status)
    try:
        await _pay_out(switch, found, terms.wallet)
    except (SwitchUnavailable, StillBeingAccepted):
        raise  # it may have been opened: asked again, it is opened once
    except CrossError:
        newest = await get(switch, settlement_id)
        if newest.payout is None:
            await _choose(switch, newest, method=None)
        raise
    return await get(switch, settlement_id)


async def paid_by_bank(switch: Switch, settlement_id: str, reference: str) -> Settlement:
    """Books that the house paid it by its bank; the same reference again changes nothing.

    Raises `NotFound`, `SettlementNotPayable`, `BalanceTooLow`.
    """
    found = await get(switch, settlement_id)
    if found.status in PAYABLE:
        found = await _choose(switch, found, method=Method.BANK, bank_reference=reference)
    elif found.bank_reference != reference or found.status is Status.CANCELED:
        raise SettlementNotPayable(status=found.status)
    if found.status is not Status.PAID:
        entries, needs = (bank_entry(found),), (bank_need(found),)
        verdict = await switch.recorder.record(
            Addition(found.id, entries, switch.clock(), needs=needs)
        )
        newest = await get(switch, settlement_id)
        if isinstance(verdict, NotCovered) and newest.status is not Status.PAID:
            await _choose(switch, newest, method=None, bank_reference=None)
            raise BalanceTooLow
    return await get(switch, settlement_id)


async def cancel(switch: Switch, settlement_id: str) -> Settlement:
    """Takes back what is not paid: its period belongs to the next settlement."""
    found = await get(switch, settlement_id)
    if found.status not in PAYABLE:
        raise SettlementNotPayable(status=found.status)
    await _choose(switch, found, canceled_at=switch.clock())
    return await get(switch, settlement_id)


async def get(switch: Switch, settlement_id: str, *, merchant: str | None = None) -> Settlement:
    """A settlement as it stands, of that merchant where one is named; raises `NotFound`."""
    found = await stored.find(switch.store, settlement_id, merchant=merchant)
    if found is None:
        raise NotFound(noun="settlement")
    return found


async def page(
    switch: Switch, *, part: Page, merchant: str | None = None
) -> tuple[Sequence[Settlement], bool]:
    """A page of settlements, newest first, and whether there are more."""
    return await stored.page(switch.store, part=part, merchant=merchant)


async def terms_of(switch: Switch, merchant: str, currency: Currency) -> SettlementTerms:
    """Where and when a merchant is paid in a currency."""
    return await stored.terms_of(switch.store, merchant=merchant, currency=currency)


async def set_terms(
    switch: Switch, merchant: str, currency: Currency, terms: SettlementTerms
) -> None:
    """From now on; raises `OperationNotOffered`, `CurrencyNotOfOperator` for a wallet unfit."""
    if terms.wallet is not None:
        profile = switch.profile(terms.wallet.operator)
        require_pay_out(profile, param="operator")
        require_currency(profile, currency)
    await switch.recorder.record(TermsWrite(merchant, currency, terms, switch.clock()))


async def look(switch: Switch) -> None:
    """Runs what is daily when a day begins, and when this process does."""
    today = switch.clock().date().isoformat()
    if switch.settled_on != today:
        switch.settled_on = today
        try:
            await run_daily(switch)
        except StoreUnavailable:
            switch.settled_on = ""  # the next look comes soon


async def run_daily(switch: Switch) -> None:
    """Prepares and pays what is due today: once a day a merchant, whoever else does so (F-H05)."""
    today = switch.clock().date()
    for merchant, currency, terms in await stored.daily(switch.store):
        before = await stored.latest(switch.store, merchant=merchant, currency=currency)
        try:
            if before is not None and _is_left(before):
                await pay(switch, before.id)
            if before is not None and before.created_at.date() >= today:
                continue
            settlement = await prepare(switch, merchant, currency)
            if terms.wallet is not None:
                await pay(switch, settlement.id)
        except CrossError as refusal:
            log.info("settlement_not_made", merchant=merchant, code=refusal.code)


def _is_left(one: Settlement) -> bool:
    """Whether a process ended between the choice of the wallet and the payout."""
    chosen = one.status is Status.PAYING and one.method is Method.WALLET
    return chosen and one.payout is None


def settlement_view(one: Settlement) -> Mapping[str, Any]:
    """A settlement as its merchant and admins get it."""
    return {
        "id": one.id,
        "object": "settlement",
        "livemode": one.livemode,
        "merchant": one.merchant,
        "status": one.status.value,
        "amount": one.amount.amount,
        "currency": one.amount.currency.code,
        "opening_balance": one.opening,
        "covers": [
            {
                "kind": line.kind,
                "movements": line.movements,
                "amount": line.amount,
                "fees": line.fees,
            }
            for line in one.covers
        ],
        "period_from": None if one.period_from is None else rfc3339(one.period_from),
        "period_to": rfc3339(one.period_to),
        "method": None if one.method is None else one.method.value,
        "payout": one.payout,
        "bank_reference": one.bank_reference,
        "created_at": rfc3339(one.created_at),
        "updated_at": rfc3339(one.updated_at),
        "paid_at": None if one.paid_at is None else rfc3339(one.paid_at),
    }


async def _choose(switch: Switch, found: Settlement, **new: object) -> Settlement:
    """Writes down how it is paid, over what was read; of two that do so at once one may go on."""
    chosen = changed(found, version=found.version + 1, updated_at=switch.clock(), **new)
    if not isinstance(await switch.recorder.record(SettlementWrite(chosen)), Saved):
        raise SettlementNotPayable(status=(await get(switch, found.id)).status)
    return chosen


async def _pay_out(switch: Switch, one: Settlement, wallet: WalletAt) -> None:
    profile = switch.profile(wallet.operator)
    require_pay_out(profile, param="operator")
    require_currency(profile, one.amount.currency)
    require_within_limits(profile, one.amount)
    now = switch.clock()
    payout_id = switch.new_id(PAYOUT)
    reference = operator_reference(payout_id, LegKind.CREDIT)
    leg = Leg(LegKind.CREDIT, wallet.operator, wallet.msisdn, one.amount, reference)
    request = Request(
        one.merchant,
        one.livemode,
        payout_key(one.id, one.attempt),
        sha256(f"{one.id} {one.attempt}".encode()).hexdigest(),
    )
    movement = Movement(
        id=payout_id,
        kind=MovementKind.PAYOUT,
        merchant=one.merchant,
        livemode=one.livemode,
        state=payout.INITIAL,
        version=1,
        legs=(intended(leg, at=now),),
        price=price_of(one.amount, fixed=Fixed.CREDIT, schedule=None),
        terms=Terms(
            reference=payout_reference(one.id, one.attempt), metadata={"settlement": one.id}
        ),
        idempotency_key=request.key,
        request_digest=request.digest,
        approve_by=now,
        created_at=now,
        updated_at=now,
    )
    await movements.accept(
        switch, movement, needs=payout.needs(movement), entries=(payout.opening_entry(movement),)
    )
