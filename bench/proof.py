"""The proof: what the operators' journals and the books say of the same transfers, compared.

A figure is printed only where they agree to the franc.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from bench.stage import Ending
from bench.traffic import BANK_CREDIT, CREDIT, DEBIT
from cross.bootstrap import store_for
from cross.clock import system_clock
from cross.domain.ids import operator_reference
from cross.domain.leg import LegKind
from cross.randomness import RandomSource
from cross.storage import ledger
from cross.storage.store import Reader

TOLD_MAX: Final = 8


class Disagreement(Exception):
    """Journals and books do not say the same; `args` are the first differences."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A transfer as the books have it; `completed_at` in seconds since 1970."""

    status: str
    completed_at: float


@dataclass(frozen=True, slots=True)
class Books:
    """What a switch wrote down; `faults` are entries and balances that contradict themselves."""

    floats: Mapping[str, int]
    trial_balance: int
    transfers: Mapping[str, Ended]
    faults: Sequence[str]
    payouts: Mapping[str, str] = field(default_factory=dict)


async def read_books(database_url: str, *, since: str, whole: bool = True) -> Books:
    """Our own books, from the first id on; not `whole`: without adding up every posting again."""
    store = store_for(database_url, clock=system_clock, random_bits=RandomSource())
    await store.open()
    try:
        balances = await ledger.balances(store)
        faults = await _faults(store) if whole else []
        payouts = await store.rows("SELECT id, status FROM movements WHERE kind = 'payout'", {})
        found = await store.rows(
            "SELECT id, status, completed_at FROM movements WHERE id >= :since", {"since": since}
        )
    finally:
        await store.close()
    held = {balance.account.name: balance.debit_balance for balance in balances}
    return Books(
        {
            name.removeprefix("float:"): amount
            for name, amount in held.items()
            if name.startswith("float:")
        },
        sum(held.values()),
        {row[0]: Ended(row[1], (row[2] or 0) / 1e6) for row in found},
        faults,
        {row[0]: row[1] for row in payouts},
    )


async def _faults(reader: Reader) -> Sequence[str]:
    entries = [f"entry {number} does not balance" for number in await ledger.unbalanced(reader)]
    return entries + [f"{name} is not its postings" for name in await ledger.drifted(reader)]


def require_agreement(
    ids: Sequence[str], ending: Ending, books: Books, *, bank_credits: int = 0
) -> None:
    """Raises `Disagreement` unless each transfer is one debit, one credit, and completed.

    `bank_credits`: so many a bank was told of, each of them one payout and nothing more.
    """
    told = Counter(
        (line["operator"], line["kind"], line["reference"], line["amount"])
        for line in ending.journal
    )
    differences = list(books.faults)
    for transfer in ids:
        differences += _about(transfer, told, books.transfers.get(transfer))
    expected = Counter(line for transfer in ids for line in _lines(transfer))
    expected += Counter(_payout_line(payout) for payout in books.payouts)
    differences += [f"{id_}: {word}" for id_, word in books.payouts.items() if word != "succeeded"]
    if len(books.payouts) != bank_credits:
        differences.append(f"the bank was told of {bank_credits} of {len(books.payouts)} payouts")
    differences += [f"nobody asked for {line}" for line in told - expected]
    differences += [f"unknown to whoever asked: {id_}" for id_ in books.transfers.keys() - set(ids)]
    if books.trial_balance != 0:
        differences.append(f"the trial balance is {books.trial_balance}")
    if dict(books.floats) != dict(ending.floats):
        differences.append(f"floats {dict(books.floats)}, operators {dict(ending.floats)}")
    if not ids:
        differences.append("no transfer was accepted")
    if differences:
        more = len(differences) - TOLD_MAX
        raise Disagreement(*differences[:TOLD_MAX], *([f"and {more} more"] if more > 0 else []))


def _about(transfer: str, told: Mapping[Any, int], ended: Ended | None) -> list[str]:
    found = [
        f"{transfer}: {told[line]} times {line}" for line in _lines(transfer) if told[line] != 1
    ]
    if ended is None:
        found.append(f"{transfer}: accepted and not in the books")
    elif ended.status != "completed":
        found.append(f"{transfer}: {ended.status}")
    return found


def _payout_line(payout: str) -> tuple[str, str, str, int]:
    return "tmoney", "credit", operator_reference(payout, LegKind.CREDIT), BANK_CREDIT


def _lines(transfer: str) -> tuple[tuple[str, str, str, int], ...]:
    return (
        ("tmoney", "debit", operator_reference(transfer, LegKind.DEBIT), DEBIT),
        ("flooz", "credit", operator_reference(transfer, LegKind.CREDIT), CREDIT),
    )
