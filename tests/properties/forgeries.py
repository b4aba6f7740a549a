"""So many forged notifications against the real switch, and none accepted (I-36, I-37).

    python -m tests.properties.forgeries --count 1000000

All of them are read and verified by the connectors, as configured; every so many of them also goes
through the whole callback route, with the books compared before and after.
"""

import argparse
import asyncio
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any, Final

import structlog

from cross.api.app import create_app
from cross.domain.operator import CallbackHint
from cross.operators.dmoney import simulator
from cross.simulation.keys import KeyRing
from cross.switch import callbacks as receiving
from tests.properties.forging import Forged, Target, forged
from tests.switch.paying import DMONEY, ONLINE, asked_for, never_asked
from tests.world import SIMULATORS_ADDRESS, World, small_world

AMOUNT: Final = 5_000
ROUTED_OF: Final = 50
"""One in so many goes through the whole route too."""

ROUND: Final = 25_000

UNDECIDED: Final = (("tmoney", "90112200"), ("flooz", "96112200"))
BOOKS: Final = ("movements", "legs", "entries", "postings", "accounts", "events", "breaks", "cases")


@dataclass(slots=True)
class Count:
    """What was forged and what came of it."""

    read: int = 0
    routed: int = 0
    seconds: float = 0.0
    by_way: Counter[str] = field(default_factory=Counter)
    accepted: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{self.read} forged notifications in {len(self.by_way)} ways, {self.routed} of them "
            f"through the whole route; accepted: {len(self.accepted)}; {self.seconds:.0f} s"
        )


async def attack(world: World, *, count: int, seed: int, routed_of: int = ROUTED_OF) -> Count:
    """Forges so many about orders that wait to be paid; raises where the books change."""
    targets = await orders_to_take(world)
    await at_rest(world)
    books = await all_books(world)
    found, started, forge = Count(), perf_counter(), forged(seed, targets)
    operators, app = world.switch.operators, create_app(world.switch)
    for number in range(count):
        one = forge()
        found.read += 1
        found.by_way[f"{one.operator}: {one.how}"] += 1
        if is_accepted(one.operator, operators[one.operator].read_callback(one.callback)):
            found.accepted.append(f"{number} {one}")
        if number % routed_of == 0:
            found.routed += 1
            await knock(app, world, one)
    await at_rest(world)
    after = await all_books(world)
    assert after == books, [name for name in books if after[name] != books[name]]
    found.seconds = perf_counter() - started
    return found


def is_accepted(operator: str, hint: CallbackHint) -> bool:
    """Whether something was believed: where nothing is signed, only an answer is a belief."""
    if operator == DMONEY:
        return hint.reference is not None
    return hint.answer is not None


async def orders_to_take(world: World) -> list[Target]:
    """An order at each operator that nobody has paid, and what would be written if one had."""
    found = []
    for operator, msisdn in UNDECIDED:
        opened = await asked_for(world, operator, AMOUNT, msisdn=msisdn)
        reference = await _reference_of(world, opened)
        found.append(Target(operator, reference, _hinting(operator, reference)))
    opened = await asked_for(world, DMONEY, AMOUNT)
    keys = KeyRing()
    fields = _notice_of(await _reference_of(world, opened))
    reference = fields["merch_order_id"]
    found.append(Target(DMONEY, reference, fields, keys.gateway(DMONEY), keys.stranger(DMONEY)))
    opened = await asked_for(world, ONLINE, AMOUNT)
    found.append(Target(ONLINE, await _reference_of(world, opened), _online(opened)))
    return found


async def _reference_of(world: World, opened: Any) -> str:
    return (await world.stored_leg(opened["id"])).reference


def _hinting(operator: str, reference: str) -> dict[str, Any]:
    # Source: operators.md 2.4 and 3.6, as the simulators write them.
    if operator == "tmoney":
        return {
            "idRequete": reference,
            "statutRequete": "SUCCES",
            "code": "2002",
            "montant": AMOUNT,
            "refTmoney": "TM1",
        }
    return {"mrchrefid": reference, "status": "0", "message": "SUCCESS", "amount": AMOUNT}


def _notice_of(reference: str) -> dict[str, Any]:
    # Source: operators.md, appendix A.5
    settings = simulator.sandbox_settings(f"{SIMULATORS_ADDRESS}/{DMONEY}")
    return {
        "notify_url": settings["notify_url"],
        "appid": settings["appid"],
        "notify_time": "1795342541",
        "merch_code": settings["merch_code"],
        "merch_order_id": reference,
        "payment_order_id": "00801104C911443200001002",
        "trans_id": "00801104C911443200001002",
        "total_amount": str(AMOUNT),
        "trans_currency": "DJF",
        "trade_status": "Completed",
        "trans_end_time": "1795342540",
        "timestamp": "1795342541",
    }


def _online(opened: Any) -> dict[str, Any]:
    # Source: operators.md A.4
    return {
        "purchaseref": opened["next_action"]["fields"]["purchaseref"],
        "amount": str(AMOUNT),
        "currency": "952",
        "status": "OK",
        "clientid": "8812",
        "cname": "KOFFI AMA",
        "mobile": "22890112233",
        "paymentref": "PR-5521",
        "payid": "99102",
        "timestamp": "1795342541",
        "error": "",
    }


async def at_rest(world: World) -> None:
    """Every query that a notification led to has been answered."""
    switch = world.switch
    async with asyncio.timeout(60):
        while switch.tasks or switch.is_looking:
            await asyncio.sleep(0.01)
    await receiving.look_at_waiting(switch)


async def all_books(world: World) -> dict[str, Sequence[tuple[Any, ...]]]:
    """All that may not change, row by row; and what the operators hold."""
    store = world.switch.store
    books: dict[str, Any] = {"operators": tuple(world.simulators.totals().items())}
    for table in BOOKS:
        rows = await store.rows(f"SELECT * FROM {table}", {})  # noqa: S608  our own names
        books[table] = sorted(map(repr, rows))
    return books


async def knock(app: Any, world: World, one: Forged) -> None:
    """Sends it as a stranger would, who knows the path even; raises unless he learns nothing."""
    callback = one.callback
    token = world.switch.callback_tokens[one.operator]
    said: list[Any] = []
    pieces = [{"type": "http.request", "body": callback.body, "more_body": False}]
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": callback.method,
        "scheme": "http",
        "path": f"/callbacks/{one.operator}/{token}",
        "raw_path": b"",
        "query_string": callback.query.encode("latin-1"),
        "root_path": "",
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in callback.headers],
        "client": (callback.peer, 40_000),
        "server": ("switch", 80),
    }

    async def receive() -> Any:
        return pieces.pop() if pieces else {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        said.append(message)

    await app(scope, receive, send)
    assert said[0]["status"] == 200, (one, said)


async def _run(count: int, seed: int) -> Count:
    """In rounds, each with orders of its own: an order that nobody pays runs out in a minute."""
    whole = Count()
    for number, first in enumerate(range(0, count, ROUND)):
        with tempfile.TemporaryDirectory() as folder:
            settings = never_asked(callbacks_per_second=1_000_000_000.0)
            async with small_world(Path(folder), settings=settings) as world:
                many = min(ROUND, count - first)
                found = await attack(world, count=many, seed=seed + number)
        whole.read += found.read
        whole.routed += found.routed
        whole.seconds += found.seconds
        whole.by_way.update(found.by_way)
        whole.accepted += [f"seed {seed + number}: {line}" for line in found.accepted]
    return whole


def main(arguments: Sequence[str] | None = None) -> int:
    """Forges, prints what came of it, and ends with 1 where one was accepted."""
    parser = argparse.ArgumentParser(description="forged notifications")
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(arguments)
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(50)
    )  # no line but of disasters
    found = asyncio.run(_run(given.count, given.seed))
    for way, times in sorted(found.by_way.items()):
        sys.stdout.write(f"{times:>8}  {way}\n")
    sys.stdout.write(f"{found}\n")
    sys.stdout.writelines(f"ACCEPTED {line}\n" for line in found.accepted[:20])
    return 1 if found.accepted else 0


if __name__ == "__main__":
    sys.exit(main())
