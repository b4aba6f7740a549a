"""Many at once, on one store and on two: what is promised holds under any concurrency."""

import asyncio
from collections.abc import Iterator, Sequence

import psycopg
import pytest

from cross.domain.movement import Movement
from cross.storage import ledger, movements
from cross.storage.store import KeyTaken, NotCovered, Opening, Saved, Store, Verdict
from tests.conftest import NewStore, Run
from tests.storage import making
from tests.storage.backends import until, waiting_backends
from tests.storage.making import a_transfer, funding, opening


@pytest.fixture
def two_stores(new_store: NewStore, run: Run) -> Iterator[tuple[Store, Store]]:
    """Two stores of two processes, on one PostgreSQL database."""
    first, second = new_store(), new_store()
    run(asyncio.wait_for(_open(first, second), 30))
    yield first, second
    run(first.close())
    run(second.close())


async def _open(*stores: Store) -> None:
    await asyncio.gather(*(store.open() for store in stores))


async def recorded(stores: Sequence[Store], lists: Sequence[Sequence[Opening]]) -> list[Verdict]:
    """All verdicts on lists that are recorded at once, in turn on each store."""
    verdicts = await asyncio.gather(
        *(stores[number % len(stores)].record(part) for number, part in enumerate(lists))
    )
    return [verdict for part in verdicts for verdict in part]


async def reserved(store: Store) -> int:
    """What is promised of the float at flooz."""
    found = await ledger.balances(store)
    return sum(line.debit_balance for line in found if line.account.name == "reserved:flooz")


def test_200_opened_at_once_with_one_key_are_one_movement(store: Store, run: Run) -> None:
    """I-27."""
    run(store.record([funding(1_000_000)]))
    wanted = [a_transfer(100, key="k") for _ in range(200)]

    verdicts = run(recorded([store], [[opening(movement)] for movement in wanted]))

    [saved] = [place for place, verdict in enumerate(verdicts) if verdict == Saved()]
    taken = KeyTaken(wanted[saved].id, wanted[saved].request_digest)
    assert [verdict for verdict in verdicts if verdict != Saved()] == [taken] * 199
    assert run(reserved(store)) == 100


@pytest.mark.parametrize("engine", ["postgres"])
def test_200_opened_on_two_stores_with_one_key_are_one_movement(
    two_stores: tuple[Store, Store], run: Run
) -> None:
    """I-27: whichever process they come to."""
    run(two_stores[0].record([funding(1_000_000)]))
    wanted = [a_transfer(100, key="k") for _ in range(200)]

    verdicts = run(recorded(two_stores, [[opening(movement)] for movement in wanted]))

    [saved] = [place for place, verdict in enumerate(verdicts) if verdict == Saved()]
    taken = KeyTaken(wanted[saved].id, wanted[saved].request_digest)
    assert [verdict for verdict in verdicts if verdict != Saved()] == [taken] * 199
    assert run(reserved(two_stores[1])) == 100


def lists_of(amount: int, *, count: int, each: int) -> list[list[Opening]]:
    return [[opening(a_transfer(amount)) for _ in range(each)] for _ in range(count)]


def test_a_float_is_never_promised_twice(store: Store, run: Run) -> None:
    """I-09: 10 of 60 fit."""
    run(store.record([funding(1_050)]))

    verdicts = run(recorded([store], lists_of(100, count=12, each=5)))

    assert verdicts.count(Saved()) == 10
    assert sum(isinstance(verdict, NotCovered) for verdict in verdicts) == 50
    assert run(reserved(store)) == 1_000


@pytest.mark.parametrize("engine", ["postgres"])
@pytest.mark.parametrize("account_is_there", [True, False])
def test_a_float_is_never_promised_twice_by_two_processes(
    two_stores: tuple[Store, Store], run: Run, *, account_is_there: bool
) -> None:
    """I-09: also when the account of promises is made by both at once."""
    run(two_stores[0].record([funding(1_050)]))
    if account_is_there:
        run(two_stores[0].record([opening(a_transfer(1))]))

    verdicts = run(recorded(two_stores, lists_of(100, count=12, each=5)))

    assert verdicts.count(Saved()) == 10
    assert run(reserved(two_stores[0])) == 1_000 + account_is_there
    assert run(ledger.drifted(two_stores[1])) == []


@pytest.mark.parametrize("engine", ["postgres"])
def test_two_processes_in_opposite_order_do_not_lock_each_other_out(
    two_stores: tuple[Store, Store], run: Run
) -> None:
    """F-D09: every one is answered, with no deadlock to be waited for."""
    run(two_stores[0].record([funding(10_000), making.earnings(10_000)]))

    def both_ways(round_: int) -> list[list[Opening]]:
        pairs = [
            (a_transfer(1, key=f"k{round_}.{place}"), making.a_payout(1)) for place in range(8)
        ]
        openings = [opening(movement) for pair in pairs for movement in pair]
        others = [opening(a_transfer(1, key=movement.idempotency_key)) for movement, _ in pairs]
        return [openings, others[::-1]]

    async def rounds() -> list[Verdict]:
        verdicts = []
        for round_ in range(20):
            verdicts += await recorded(two_stores, both_ways(round_))
        return verdicts

    verdicts = run(asyncio.wait_for(rounds(), 30))

    assert verdicts.count(Saved()) == 20 * 16
    assert sum(isinstance(verdict, KeyTaken) for verdict in verdicts) == 20 * 8
    assert run(ledger.drifted(two_stores[0])) == []


@pytest.mark.parametrize("engine", ["postgres"])
def test_a_deadlock_is_tried_again(store: Store, run: Run, schema_url: str) -> None:
    """F-D09: another program locks two accounts the other way round; the store gives way."""
    lock = "SELECT id FROM accounts WHERE name = %s FOR UPDATE"

    async def scene() -> Sequence[Verdict]:
        await store.record([funding(1_000)])
        async with await psycopg.AsyncConnection.connect(schema_url) as other:
            await other.execute("SET deadlock_timeout = '60s'")
            await other.execute(lock, ("float:flooz",))
            saving = asyncio.ensure_future(store.record([funding(5, cause="more")]))
            await until(lambda: waiting_backends(schema_url))
            await other.execute(lock, ("capital:XOF",))
        return await saving

    assert run(asyncio.wait_for(scene(), 30)) == [Saved()]
    assert run(ledger.drifted(store)) == []


def test_a_caller_that_goes_away_stops_no_commit(store: Store, run: Run) -> None:
    """F-Y01, F-D06: cancelled at every moment of a commit, what was begun is kept."""

    async def left(movement: Movement, ticks: int) -> None:
        waiting = asyncio.ensure_future(store.record([opening(movement)]))
        for _ in range(ticks + 1):
            await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait([waiting])

    async def all_left(wanted: Sequence[Movement]) -> None:
        await store.record([funding(1_000_000)])
        for ticks, movement in enumerate(wanted):
            await left(movement, ticks)
        await store.record([funding(1, cause="the last")])

    wanted = [a_transfer(1) for _ in range(12)]
    run(all_left(wanted))

    async def found() -> list[Movement | None]:
        async with asyncio.timeout(10):
            while await reserved(store) < 12:
                await asyncio.sleep(0.01)
        return [await movements.get(store, movement.id) for movement in wanted]

    assert run(found()) == wanted
    assert run(ledger.drifted(store)) == []
