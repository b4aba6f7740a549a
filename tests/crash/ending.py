"""When all is quiet: what merchants, books and operators must agree on (money-safety.md 2)."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import chain
from typing import Any, Final

from cross.storage import ledger
from tests.crash.books import LegSeen, MovementSeen
from tests.crash.invariants import Watch
from tests.crash.load import Merchant
from tests.crash.stage import OPERATORS, Stage

# I-07: which legs moved money, by how the movement ended; any other final state moved none.
MOVED: Final[Mapping[tuple[str, str], tuple[str, ...]]] = {
    ("transfer", "completed"): ("debit", "credit"),
    ("transfer", "refunded"): ("debit", "refund"),
    ("collection", "succeeded"): ("debit",),
    ("payout", "succeeded"): ("credit",),
    ("refund", "succeeded"): ("refund",),
}
NOT_KEPT: Final = ("05", "06", "10", "14", "15", "17")
"""Numbers whose requests an operator may refuse or lose and keep nothing of: asked about them it
knows nothing, so they may be sent again."""

MISTAKES: Final = ("_broken", "task_failed", "Traceback", "_after_failure")
OUTAGES: Final = ("StoreUnavailable", "SwitchUnavailable")
"""What a log says is nobody's mistake where the books could not be reached for a moment."""

_EVENTS: Final = (
    "SELECT movement, count(*), min(sequence), max(sequence), count(DISTINCT sequence)"
    " FROM events GROUP BY movement"
)
TOLD_SECONDS: Final = 60.0
_NAMES_AT_REST: Final = ("reserved:", "in_transit:", "suspense:")


async def violations_at_rest(stage: Stage, watch: Watch, merchant: Merchant) -> list[str]:
    """Everything that is wrong once no movement is open: nothing, ever."""
    await watch.look_at_floats()
    await watch.look_at_legs()
    legs, movements = stage.books.legs(), stage.books.movements()
    found = [*watch.violations, *merchant.violations]
    found.extend(_lost(movements, merchant))
    found.extend(_effects(legs, movements, watch))
    found.extend(_sent_again(legs, await stage.control.get("/tap")))
    found.extend(_gaps(stage, movements))
    found.extend(await _untold(stage))
    found.extend(await _apart(stage))
    found.extend(_said(stage))
    return found


def final_states(stage: Stage) -> Mapping[str, int]:
    """How many movements ended how."""
    ended = Counter(f"{seen.kind} {seen.state}" for seen in stage.books.movements().values())
    return dict(sorted(ended.items()))


def _lost(movements: Mapping[str, MovementSeen], merchant: Merchant) -> Iterator[str]:
    """I-14: what was accepted exists and ended; I-27: and nothing else does."""
    for key, accepted in merchant.accepted.items():
        seen = movements.get(accepted)
        if seen is None or seen.key != key:
            yield f"I-14 {accepted} was accepted for {key}, the books have {seen}"
        elif not seen.is_final:
            yield f"I-21 {seen} does not end"
    for key in merchant.asked:
        if key not in merchant.accepted:
            yield f"I-31 {key} was never accepted"
    for seen in movements.values():
        if merchant.accepted.get(seen.key) != seen.id:
            yield f"I-27 {seen} is nobody's"


def _effects(
    legs: Mapping[str, LegSeen], movements: Mapping[str, MovementSeen], watch: Watch
) -> Iterator[str]:
    """I-04, I-07: at most one effect a leg, and exactly those that the final state says."""
    moved = Counter(made.reference for made in watch.made)
    for reference, times in moved.items():
        if times > 1:
            yield f"I-04 {reference} moved money {times} times"
    done: dict[str, list[str]] = {}
    for leg in legs.values():
        if moved[leg.reference]:
            done.setdefault(leg.movement, []).append(leg.kind)
    for seen in movements.values():
        expected = sorted(MOVED.get((seen.kind, seen.state), ()))
        if sorted(done.get(seen.id, ())) != expected:
            yield f"I-07 {seen} moved {done.get(seen.id)}"


def _sent_again(legs: Mapping[str, LegSeen], arrived: Mapping[str, int]) -> Iterator[str]:
    """I-23: what reached an operator once, its fate unknown, is asked about and not sent again."""
    for reference, times in arrived.items():
        leg = legs.get(reference)
        if leg is None or leg.msisdn[-2:] not in NOT_KEPT:
            yield f"I-23 {leg or reference} reached the operator {times} times"


def _gaps(stage: Stage, movements: Mapping[str, MovementSeen]) -> Iterator[str]:
    """I-38: a movement's events count from one to its last without a gap."""
    counted = {row[0]: tuple(row[1:]) for row in stage.books.read(_EVENTS)}
    for seen in movements.values():
        if counted.get(seen.id) != (seen.events, 1, seen.events, seen.events):
            yield f"I-38 {seen} has events {counted.get(seen.id)}"


async def _untold(stage: Stage) -> list[str]:
    """I-38: every event was accepted by the merchant's server, the same bytes each time."""
    await _all_delivered(stage)
    accepted = await _accepted(stage)
    found = []
    for name, thing, sequence in stage.books.read("SELECT id, movement, sequence FROM events"):
        told = accepted.get(name)
        name_told = thing.partition("@")[0]  # the house's own objects count for each merchant
        if told is None or told[:2] != [name_told, sequence]:
            found.append(f"I-38 {name} of {thing}, {sequence}, was told as {told}")
        elif not told[4]:
            found.append(f"I-38 {name} was not the same each time")
    return found


async def _all_delivered(stage: Stage) -> None:
    """Waits for what is still to be told; what is not told in time is found missing."""
    with suppress(TimeoutError):
        async with asyncio.timeout(TOLD_SECONDS):
            while stage.books.read("SELECT 1 FROM deliveries WHERE state = 'waiting' LIMIT 1"):
                await asyncio.sleep(0.1)


async def _accepted(stage: Stage) -> Mapping[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    while page := await stage.shop.get(f"/heard?{len(found)}"):
        found.update({one[0]: one[1:] for one in page})
    return found


async def _apart(stage: Stage) -> list[str]:
    """I-01, I-02, I-33, conservation: books and operators agree to the franc."""
    found = [f"I-01 entry {number}" for number in await ledger.unbalanced(stage.books)]
    found += [f"I-33 account {name}" for name in await ledger.drifted(stage.books)]
    balances: dict[str, int] = {
        line.account.name: line.natural for line in await ledger.balances(stage.books)
    }
    totals: Mapping[str, Any] = await stage.control.get("/control/totals")
    for operator in OPERATORS:
        if {**totals[operator], "wallets": 0, "float": 0} != stage.totals_at_start[operator]:
            found.append(f"conservation at {operator}: {totals[operator]}")
        if totals[operator]["float"] != balances[f"float:{operator}"]:
            found.append(f"I-02 {operator}: {totals[operator]} and {balances}")
    for name, amount in balances.items():
        if name.startswith(_NAMES_AT_REST) and amount:
            found.append(f"I-02 at rest {name} holds {amount}")
    return found


def _said(stage: Stage) -> Iterator[str]:
    """What the switch's own log calls a mistake of ours."""
    lines = (log.read_text(errors="replace").splitlines() for log in stage.logs if log.exists())
    for line in chain.from_iterable(lines):
        if any(word in line for word in MISTAKES) and not any(word in line for word in OUTAGES):
            yield f"log: {line[:1_000]}"
