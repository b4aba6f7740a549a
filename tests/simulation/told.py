"""What others were told, compared with the books at rest: webhooks, the bank, batches."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from tests.simulation.bank import FAILED, SUCCEEDED, Words
from tests.simulation.books import Books, MovementSeen, Snapshot
from tests.simulation.loop import START
from tests.simulation.shops import Shop
from tests.simulation.workload import Outcomes

BANK_SAYS: Final[Mapping[str, str]] = {"succeeded": SUCCEEDED}


class DeliverySeen(NamedTuple):
    """One row of `deliveries`, with what it tells of."""

    endpoint: str
    merchant: str
    is_enabled: int
    event: str
    object: str
    state: str
    tries: int
    created_at: int


@dataclass(frozen=True, slots=True)
class Heard:
    """Everybody outside who was told something: shops by merchant, and the bank."""

    shops: Mapping[str, Shop]
    bank: Words
    tries_max: int
    put_off: bool
    """Whether a clock was ahead: what failed then may wait."""


def check(books: Books, now: Snapshot, heard: Heard, outcomes: Sequence[Outcomes]) -> list[str]:
    """Every violation found, each with its invariant's id."""
    deliveries = [DeliverySeen(*row) for row in books.rows(_DELIVERIES)]
    return [
        *_missing(books),
        *(found for one in deliveries for found in _delivery(one, heard)),
        *(found for merchant, shop in heard.shops.items() for found in _shop(now, merchant, shop)),
        *_bank(now, heard.bank),
        *_batches(books, outcomes),
    ]


def waiting(books: Books, *, until: float) -> list[str]:
    """What is still to be begun, or to be delivered before that moment.

    A clock that was a day ahead may have put off what failed then, for a day.
    """
    rows = books.rows(
        "SELECT d.event FROM deliveries d JOIN webhook_endpoints w ON w.id = d.endpoint"
        " WHERE d.state = 'waiting' AND w.status = 'enabled'"
        " AND (d.tries = 0 OR d.next_at < :until)"
        " UNION ALL SELECT id FROM batches WHERE begun_at IS NULL AND canceled_at IS NULL LIMIT 5",
        {"until": int(until * 1_000_000)},
    )
    return [str(row[0]) for row in rows]


def first_sent(
    books: Books, merchant: str, sent: Mapping[str, float]
) -> Iterator[tuple[str, float]]:
    """I-39: each event of a merchant that was sent, and how many seconds after it came to be."""
    rows = books.rows("SELECT id, merchant, created_at FROM events")
    for event, whose, at in rows:
        if whose == merchant and event in sent:
            yield event, sent[event] - (at / 1_000_000 - START.timestamp())


_DELIVERIES: Final = (
    "SELECT d.endpoint, w.merchant, w.status = 'enabled', d.event, e.movement, d.state, d.tries,"
    " d.created_at FROM deliveries d JOIN webhook_endpoints w ON w.id = d.endpoint"
    " JOIN events e ON e.id = d.event"
)


def _missing(books: Books) -> list[str]:
    """I-38: every event of a merchant with an endpoint that hears all has a delivery."""
    rows = books.rows(
        "SELECT e.id FROM events e JOIN webhook_endpoints w ON w.merchant = e.merchant"
        " AND w.events = '*' AND w.status = 'enabled'"
        " WHERE NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.event = e.id AND d.endpoint = w.id)"
    )
    return [f"I-38 {row[0]} was never to be delivered" for row in rows]


def _delivery(one: DeliverySeen, heard: Heard) -> Iterator[str]:
    """I-38: delivered means that the shop took it; else it is shown as exhausted, or canceled."""
    shop = heard.shops.get(one.merchant)
    if one.state == "delivered" and shop is not None and one.event not in shop.told:
        yield f"I-38 {one.event} is delivered, and {shop.name} never took it"
    if one.state == "exhausted" and one.tries < heard.tries_max:
        yield f"I-38 {one.event} was given up after {one.tries} tries of {heard.tries_max}"
    if one.state == "canceled" and shop is not None and one.is_enabled:
        yield f"I-38 {one.event} was canceled, and {one.endpoint} is in use"
    if one.state == "waiting" and one.is_enabled and not (heard.put_off and one.tries):
        yield f"I-38 {one.event} waits at rest"


def _shop(now: Snapshot, merchant: str, shop: Shop) -> Iterator[str]:
    """I-38, I-40: it hears of its own only, each object's events numbered from 1 without a gap."""
    told: dict[str, list[int]] = {}
    for one in shop.told.values():
        movement = now.movements.get(one.object)
        if movement is not None and movement.merchant != merchant:
            yield f"I-40 {shop.name} was told of {one.object}, which is another's"
        told.setdefault(one.object, []).append(one.sequence)
    if shop.manner != "well":
        return
    for name, numbers in told.items():
        if len(set(numbers)) != len(numbers):
            yield f"I-38 {name} has two events of one number: {sorted(numbers)}"


def _bank(now: Snapshot, words: Words) -> Iterator[str]:
    """What the bank was told, by answer, check or callback, is what the books say."""
    theirs: dict[str, list[MovementSeen]] = {}
    for movement in now.movements.values():
        if movement.idempotency_key.startswith("mbanking "):
            bank_id = movement.idempotency_key.removeprefix("mbanking ")
            theirs.setdefault(bank_id, []).append(movement)
    for told, by in ((words.said, "an answer"), (words.called_back, "a callback")):
        for bank_id, said in told.items():
            found = theirs.get(bank_id, [])
            if len(found) != 1:
                yield f"I-27 the bank's {bank_id} is told of by {by}, and opened {len(found)}"
            elif set(said) != {BANK_SAYS.get(found[0].state, FAILED)}:
                yield f"I-14 the bank's {bank_id} is {found[0].state}, by {by} it is {said}"


def _batches(books: Books, outcomes: Sequence[Outcomes]) -> Iterator[str]:
    """I-27, I-30: a line is paid once, as it was asked for, or says why it is not."""
    kept = {str(row[0]) for row in books.rows("SELECT id FROM batches")}
    for outcome in outcomes:
        for order, ids in outcome.accepted.items():
            if order.kind == "batch" and (len(set(ids)) > 1 or ids[0] not in kept):
                yield f"I-14 the batch of {order.key} was accepted as {ids}"
    payouts: Counter[str] = Counter()
    paid: dict[str, tuple[Any, ...]] = {}
    for key, operator, msisdn, amount in books.rows(
        "SELECT m.idempotency_key, l.operator, l.msisdn, l.amount FROM movements m"
        " JOIN legs l ON l.movement = m.id WHERE m.idempotency_key LIKE 'batch %'"
    ):
        payouts[key] += 1
        paid[key] = (operator, msisdn.lstrip("+"), amount)
    yield from (f"I-27 {key} was paid {n} times" for key, n in payouts.items() if n > 1)
    for batch, number, operator, msisdn, amount, failure, canceled in books.rows(
        "SELECT l.batch, l.number, l.operator, l.msisdn, l.amount, l.failure_code, b.canceled_at"
        " FROM batch_lines l JOIN batches b ON b.id = l.batch"
    ):
        made = paid.get(f"batch {batch} {number}")
        if made is not None and made != (operator, msisdn.lstrip("+"), amount):
            yield f"I-04 line {number} of {batch} was paid as {made}"
        if (made is None) == (failure is None) and canceled is None:
            yield f"I-30 line {number} of {batch}: paid {made}, failed {failure}"
