"""Writes to record: those of transfers that go well, decided by the domain, made beforehand."""

import hashlib
import json
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from bench.traffic import CREDIT, FLOAT, MERCHANT, payee, payer
from cross.clock import system_clock
from cross.domain import accounts, transfer
from cross.domain.ids import EVENT, TRANSFER, new_id, operator_reference
from cross.domain.ledger import entry
from cross.domain.leg import Leg, LegKind, Patience, intended
from cross.domain.money import XOF, xof
from cross.domain.movement import Movement, MovementKind, Terms
from cross.domain.msisdn import Msisdn
from cross.domain.operator import RawCallback, Succeeded
from cross.domain.quote import Fixed, price_of
from cross.domain.steps import News, next_step
from cross.settings import EXAMPLE_FEES
from cross.storage.store import (
    Addition,
    Advance,
    ApiKeyRow,
    CallbackArrival,
    EventRow,
    MerchantRow,
    Opening,
    Store,
    Write,
)
from cross.switch.fees import fee_schedules
from cross.switch.views import movement_view

LINES_A_TRANSFER: Final = 9
"""Postings: 2 that reserve, 2 for the debit, 5 for the credit and its fee."""

_PATIENCE: Final = Patience(settling_seconds=60, apart_seconds=5, sends_max=1)
_SCHEDULE: Final = fee_schedules(EXAMPLE_FEES)[MovementKind.TRANSFER][0]
_PRICE: Final = price_of(xof(CREDIT), fixed=Fixed.CREDIT, schedule=_SCHEDULE)


async def furnish(store: Store) -> int:
    """Floats and a merchant in an empty store; the owner of what will be written."""
    now = system_clock()
    key = ApiKeyRow("key_bench", MERCHANT, livemode=False, secret_hash="", scopes=(), at=now)
    await store.add_merchant(MerchantRow(MERCHANT, "Banc d'essai", now), key)
    for operator in ("tmoney", "flooz"):
        paid_in = entry(
            "funded",
            debits=[(accounts.float_at(operator, XOF), xof(FLOAT))],
            credits_=[(accounts.capital(XOF), xof(FLOAT))],
        )
        await store.record([Addition(f"funding:{operator}", (paid_in,), now)])
    return await store.enlist(name="bench", lease_seconds=3_600)


def writes_of(number: int, owner: int) -> tuple[Write, ...]:
    """One transfer from its acceptance to its completion: four writes, in order."""
    at = system_clock()
    opened = _accepted(number, at)
    opening = Opening(
        opened,
        owner,
        transfer.needs(opened),
        (transfer.opening_entry(opened),),
        _events(opened, ("transfer.created",)),
    )
    debited = _advance(opened, LegKind.DEBIT, owner)
    completed = _advance(debited.movement, LegKind.CREDIT, owner)
    return opening, _callback(opened), debited, completed


def in_batches(transfers: Iterable[Sequence[Write]], size: int) -> list[list[Write]]:
    """The same step of so many transfers in each batch, all four steps of them in turn."""
    whole = list(transfers)
    return [
        [transfer[step] for transfer in whole[start : start + size]]
        for start in range(0, len(whole), size)
        for step in range(len(whole[0]))
    ]


def _accepted(number: int, at: datetime) -> Movement:
    id_ = new_id(TRANSFER, at=at, random_bits=secrets.randbits(80))
    debit = Leg(
        LegKind.DEBIT,
        "tmoney",
        Msisdn(f"+{payer(number)}"),
        _PRICE.debit,
        operator_reference(id_, LegKind.DEBIT),
    )
    credit = Leg(
        LegKind.CREDIT,
        "flooz",
        Msisdn(f"+{payee(number)}"),
        _PRICE.credit,
        operator_reference(id_, LegKind.CREDIT),
    )
    return Movement(
        id=id_,
        kind=MovementKind.TRANSFER,
        merchant=MERCHANT,
        livemode=False,
        state=transfer.INITIAL,
        version=1,
        legs=(intended(debit, at=at), credit),
        price=_PRICE,
        terms=Terms(reference=f"B-{number}", description="Commande"),
        idempotency_key=f"bench-{number}",
        request_digest=hashlib.sha256(id_.encode()).hexdigest(),
        approve_by=at + timedelta(seconds=120),
        created_at=at,
        updated_at=at,
        events=1,
    )


def _advance(before: Movement, kind: LegKind, owner: int) -> Advance:
    leg = before.leg(kind)
    answer = Succeeded(f"R{leg.reference[-9:]}", leg.money)
    news = News(answer, before.updated_at + timedelta(milliseconds=5), ended=True)
    step = next_step(before, kind, news, patience=_PATIENCE)
    after = replace(
        step.movement, version=before.version + 1, events=before.events + len(step.events)
    )
    changed = tuple(leg.kind.value for leg in after.legs if leg not in before.legs)
    return Advance(after, owner, changed, step.entries, _events(after, step.events))


def _events(movement: Movement, types: tuple[str, ...]) -> tuple[EventRow, ...]:
    body = json.dumps(movement_view(movement, {}))
    return tuple(
        EventRow(
            new_id(EVENT, at=movement.updated_at, random_bits=secrets.randbits(80)),
            name,
            movement.events - len(types) + 1 + place,
            body,
            movement.updated_at,
        )
        for place, name in enumerate(types)
    )


def _callback(movement: Movement) -> CallbackArrival:
    reference = movement.leg(LegKind.DEBIT).reference
    body = json.dumps({"idRequete": reference, "statutRequete": "SUCCES", "montant": 1_010})
    raw = RawCallback("POST", "", (("content-type", "application/json"),), body.encode(), "bench")
    digest = hashlib.sha256(raw.body).hexdigest()
    return CallbackArrival("tmoney", raw, reference, "succeeded", digest, movement.created_at)
