"""The invariants of a world at rest: nothing is under way, and everything must add up."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

from cross.simulation.app import Simulators
from cross.simulation.journal import Kind
from tests.simulation.books import Books, MovementSeen, Snapshot
from tests.simulation.invariants import Watch
from tests.simulation.orders import Order
from tests.simulation.workload import Outcomes

Legs: TypeAlias = tuple[int, int, int]
Late: TypeAlias = Mapping[str, int]

AT_THE_OPERATORS: Final[Mapping[tuple[str, str], Legs]] = {
    ("transfer", "completed"): (1, 1, 0),
    ("transfer", "failed"): (0, 0, 0),
    ("transfer", "refunded"): (1, 0, 1),
    ("transfer", "refunding"): (1, 0, 0),  # the payer's wallet takes nothing back: F-O19
    ("collection", "succeeded"): (1, 0, 0),
    ("collection", "failed"): (0, 0, 0),
    ("collection", "expired"): (0, 0, 0),
    ("collection", "canceled"): (0, 0, 0),
    ("payout", "succeeded"): (0, 1, 0),
    ("payout", "failed"): (0, 0, 0),
    ("payout", "canceled"): (0, 0, 0),
    ("refund", "succeeded"): (0, 0, 1),
    ("refund", "failed"): (0, 0, 0),
}
"""Debits, credits and refunds that operators made, by what a movement ended as (I-07)."""

NEVER_DEBITED: Final = ("02", "03", "04", "05", "06", "15", "17", "19")
NEVER_CREDITED: Final = ("05", "06", "14", "17")


def check(
    watch: Watch, simulators: Simulators, outcomes: Sequence[Outcomes], totals: Mapping[str, int]
) -> list[str]:
    """Every violation found, each with its invariant's id."""
    books = watch.books
    now = books.snapshot()
    late = watch.late(now)
    return [
        *_ledger(books, now),
        *_suspense(now, late),
        *_positions(now),
        *_floats(now, simulators, late),
        *_late(now, simulators, late),
        *_references(now, simulators),
        *_movements(now, simulators, late),
        *_events(books, now),
        *_answers(now, outcomes),
        *(
            f"CONSERVATION at {name}: {totals[name]} became {total}"
            for name, total in simulators.totals().items()
            if total != totals[name]
        ),
    ]


def is_stuck(movement: MovementSeen, now: Snapshot) -> bool:
    """Whether only people can end it: its refund was refused, and it has an owner (F-O19)."""
    refund = now.leg(movement.id, "refund")
    return refund is not None and refund.status == "failed" and movement.attention is not None


def _ledger(books: Books, now: Snapshot) -> list[str]:
    """I-01, I-33, and nothing left on the accounts of what is under way."""
    found = [
        f"I-01 entry {row[0]} does not balance"
        for row in books.rows(
            "SELECT p.entry FROM postings p JOIN accounts a ON a.id = p.account"
            " GROUP BY p.entry, a.currency HAVING sum(p.amount) <> 0"
        )
    ]
    found += [
        f"I-33 {row[0]} is not the sum of its postings"
        for row in books.rows(
            "SELECT a.name FROM accounts a LEFT JOIN postings p ON p.account = a.id"
            " GROUP BY a.id HAVING a.balance <> coalesce(sum(p.amount), 0)"
        )
    ]
    for name, balance in now.balances.items():
        kind, _, owner = name.partition(":")
        expected = {"reserved": 1, "promises": -1}.get(kind, 0) * _not_given_back(now, owner)
        if kind in ("reserved", "promises", "in_transit") and balance != expected:
            found.append(f"I-33 {name} holds {balance} when nothing is under way")
    return found


def _not_given_back(now: Snapshot, place: str) -> int:
    """What stays reserved at an operator, or in suspense in a currency: `place` is either."""
    return sum(
        leg.amount
        for leg in now.legs.values()
        if leg.kind == "refund"
        and place in (leg.operator, leg.currency)
        and is_stuck(now.movements[leg.movement], now)
    )


def _suspense(now: Snapshot, late: Late) -> list[str]:
    """I-25: suspense holds what could not be given back, and what was found late; no more."""
    expected = Counter[str]()
    for currency in dict.fromkeys(leg.currency for leg in now.legs.values()):
        expected[f"suspense:{currency}"] += _not_given_back(now, currency)
    for reference, made in late.items():
        if _is_booked(now, reference):
            expected[f"suspense:{now.legs[reference].currency}"] += made
    return [
        f"I-25 {name} holds {-balance}, not {expected[name]}"
        for name, balance in now.balances.items()
        if name.startswith("suspense:") and -balance != expected[name]
    ]


def _positions(now: Snapshot) -> list[str]:
    """I-07, I-10: only what was paid out in another currency was converted, to the unit."""
    paid_out = Counter[str]()
    for movement in now.movements.values():
        debit, credit = (now.leg(movement.id, kind) for kind in ("debit", "credit"))
        if movement.state == "completed" and debit is not None and credit is not None:
            abroad = debit.currency != credit.currency
            paid_out[f"liquidity:{credit.currency}"] += abroad * credit.amount
    return [
        f"I-10 {name} holds {balance}, {paid_out[name]} was paid out"
        for name, balance in now.balances.items()
        if name.startswith("liquidity:") and max(balance, 0) != paid_out[name]
    ]


def _floats(now: Snapshot, simulators: Simulators, late: Late) -> list[str]:
    """I-02: the operators' own figure of our float is the ledger's."""
    found: list[str] = []
    for name, desk in simulators.desks.items():
        booked = now.balances[f"float:{name}"]
        booked += sum(
            made
            for reference, made in late.items()
            if now.legs[reference].operator == name and not _is_booked(now, reference)
        )
        if desk.purse.float != booked:
            found.append(f"I-02 {name} holds {desk.purse.float}, the books say {booked}")
    return found


def _late(now: Snapshot, simulators: Simulators, late: Late) -> list[str]:
    """I-25: a success after a failure is booked once the operator has told of it."""
    found: list[str] = []
    for reference in late:
        payment = simulators.desks[now.legs[reference].operator].cashier.find(reference)
        told = payment is not None and payment.callback_delivered
        if told and not _is_booked(now, reference):
            found.append(f"I-25 {reference} succeeded late, was told of, and is not booked")
    return found


def _is_booked(now: Snapshot, reference: str) -> bool:
    leg = now.legs[reference]
    return (leg.movement, leg.kind) in now.found_late


def _references(now: Snapshot, simulators: Simulators) -> list[str]:
    """I-04, I-12: one effect a leg, to the franc, and none that the books do not know."""
    found: list[str] = []
    times = Counter[str]()
    for made in simulators.journal.find():
        times[made.reference] += 1
        leg = now.legs.get(made.reference)
        if leg is None:
            found.append(f"I-12 {made.reference} at {made.operator} is not in the books")
            continue
        direction = Kind.DEBIT if leg.kind == "debit" else Kind.CREDIT
        named = leg.msisdn.lstrip("+") if leg.msisdn else made.msisdn
        if made.kind is Kind.REFUND and leg.kind == "refund":
            direction = Kind.REFUND
        asked = (leg.operator, named, leg.amount, leg.currency, direction)
        done = (made.operator, made.msisdn, made.amount, made.currency, made.kind)
        if asked != done:
            found.append(f"I-04 {made.reference}: asked {asked}, done {done}")
    found += [f"I-04 {reference} moved {n} times" for reference, n in times.items() if n > 1]
    return found


def _movements(now: Snapshot, simulators: Simulators, late: Late) -> list[str]:
    """I-07: what a movement ended as is what the operators did."""
    found: list[str] = []
    for movement in now.movements.values():
        made = tuple(
            0
            if leg is None or leg.reference in late
            else len(simulators.journal.find(reference=leg.reference))
            for leg in (now.leg(movement.id, kind) for kind in ("debit", "credit", "refund"))
        )
        expected = AT_THE_OPERATORS.get((movement.kind, movement.state))
        if made != expected:
            found.append(f"I-07 {movement.id} is {movement.state}, operators made {made}")
        found += _fates(now, movement)
    return found


def _fates(now: Snapshot, movement: MovementSeen) -> list[str]:
    """I-22: faults and deaths delay what a number's story says, and never change it."""
    found: list[str] = []
    for kind, never in (("debit", NEVER_DEBITED), ("credit", NEVER_CREDITED)):
        leg = now.leg(movement.id, kind)
        if leg is None:
            continue
        if leg.is_open:
            found.append(f"I-21 {leg.reference} is {leg.status} at rest")
        if leg.msisdn.endswith(never) and leg.status == "succeeded":
            found.append(f"I-22 {leg.reference} succeeded for number {leg.msisdn[-2:]}")
    return found


def _events(books: Books, now: Snapshot) -> list[str]:
    """I-16: what merchants are told of a movement is numbered without gaps."""
    told: dict[str, list[int]] = {}
    for movement, sequence in books.rows(
        "SELECT movement, sequence FROM events ORDER BY movement, sequence"
    ):
        told.setdefault(movement, []).append(sequence)
    return [
        f"I-16 {movement.id} has events {told.get(movement.id)} of {movement.events}"
        for movement in now.movements.values()
        if told.get(movement.id, []) != list(range(1, movement.events + 1))
    ]


def _answers(now: Snapshot, outcomes: Sequence[Outcomes]) -> list[str]:
    """I-14, I-27: what merchants were told exists, once for each merchant's key."""
    found: list[str] = []
    by_key = Counter(
        (movement.merchant, movement.idempotency_key) for movement in now.movements.values()
    )
    found += [f"I-27 key {key} opened {n} movements" for key, n in by_key.items() if n > 1]
    for outcome in outcomes:
        for order, ids in outcome.accepted.items():
            if order.kind != "batch":
                found += _answers_to(now, order, ids)
    return found


def _answers_to(now: Snapshot, order: Order, ids: list[str]) -> list[str]:
    found = [f"I-14 {id_} was accepted and is not there" for id_ in ids if id_ not in now.movements]
    if len(dict.fromkeys(ids)) > 1:
        found.append(f"I-27 key {order.key} was answered with {ids}")
    return found
