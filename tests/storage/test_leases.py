"""Leases: who may act on a movement, by a number that only rises (I-26)."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace

import pytest

from cross.storage import movements
from cross.storage.store import Saved, Stale, Store
from tests.conftest import NewStore, Run
from tests.storage import making
from tests.storage.making import a_transfer, funding, opening

ENDED = -1.0
LONG = 600.0


@pytest.fixture
def other(new_store: NewStore, run: Run) -> Iterator[Store]:
    """The store of another process on the same database."""
    other = new_store()
    run(other.open())
    yield other
    run(other.close())


def owner_of(store: Store, run: Run, movement_id: str) -> int:
    [(owner,)] = run(store.rows("SELECT owner FROM movements WHERE id = :id", {"id": movement_id}))
    return int(owner)


def test_numbers_rise(store: Store, run: Run) -> None:
    numbers = [run(store.enlist(name="p", lease_seconds=LONG)) for _ in range(3)]

    assert numbers == sorted(set(numbers))


def test_a_lease_that_nobody_took_is_renewed(store: Store, run: Run) -> None:
    owner = run(store.enlist(name="p", lease_seconds=ENDED))

    assert run(store.renew(owner, lease_seconds=LONG)) is True
    assert run(store.renew(owner + 1, lease_seconds=LONG)) is False


def test_what_an_ended_process_left_open_is_adopted(store: Store, run: Run) -> None:
    first = run(store.enlist(name="first", lease_seconds=ENDED))
    open_, closed = a_transfer(), a_transfer()
    run(
        store.record(
            [
                *(funding(90_000), opening(open_, first), opening(closed, first)),
                making.refused(closed, making.FIRST_LEG, first),
            ]
        )
    )
    second = run(store.enlist(name="second", lease_seconds=LONG))

    assert run(store.adopt(second)) == [open_.id]
    assert run(store.adopt(second)) == []
    assert run(movements.open_of(store, second)) == [open_]
    assert owner_of(store, run, closed.id) == first


def test_the_step_of_a_former_owner_is_stale(store: Store, run: Run) -> None:
    """F-P05: the process that wakes up late changes nothing."""
    first = run(store.enlist(name="first", lease_seconds=ENDED))
    movement = a_transfer()
    run(store.record([funding(90_000), opening(movement, first)]))
    second = run(store.enlist(name="second", lease_seconds=LONG))
    run(store.adopt(second))

    verdicts = run(store.record([making.debited(movement, first)]))

    assert verdicts == [Stale()]
    assert run(store.record([making.debited(movement, second)])) == [Saved()]


@pytest.mark.parametrize("engine", ["postgres"])
def test_nothing_is_adopted_from_a_process_that_lives(store: Store, other: Store, run: Run) -> None:
    first = run(store.enlist(name="first", lease_seconds=LONG))
    movement = a_transfer()
    run(store.record([funding(90_000), opening(movement, first)]))
    second = run(other.enlist(name="second", lease_seconds=LONG))

    assert run(other.adopt(second)) == []
    assert run(store.renew(first, lease_seconds=LONG)) is True
    assert owner_of(store, run, movement.id) == first


@pytest.mark.parametrize("engine", ["postgres"])
def test_a_process_that_was_adopted_from_is_told(store: Store, other: Store, run: Run) -> None:
    """F-P05: it renews nothing, opens nothing, adopts nothing."""
    first = run(store.enlist(name="first", lease_seconds=ENDED))
    movement = a_transfer()
    run(store.record([funding(90_000), opening(movement, first)]))
    second = run(other.enlist(name="second", lease_seconds=ENDED))
    run(other.adopt(second))

    assert run(store.renew(first, lease_seconds=LONG)) is False
    assert run(store.record([opening(a_transfer(), first)])) == [Stale()]
    assert run(store.adopt(first)) == []
    assert owner_of(store, run, movement.id) == second


@pytest.mark.parametrize("engine", ["postgres"])
def test_a_renewal_and_an_adoption_exclude_each_other(store: Store, other: Store, run: Run) -> None:
    """Either the lease goes on and nothing is taken, or it is over and all is taken."""

    async def race() -> tuple[bool, int]:
        first = await store.enlist(name="first", lease_seconds=ENDED)
        wanted = [a_transfer(1) for _ in range(5)]
        await store.record([opening(movement, first) for movement in wanted])
        second = await other.enlist(name="second", lease_seconds=LONG)
        renewed, taken = await asyncio.gather(
            store.renew(first, lease_seconds=LONG), other.adopt(second)
        )
        return renewed, len(taken)

    run(store.record([funding(90_000)]))
    ends = [run(race()) for _ in range(20)]

    assert set(ends) <= {(True, 0), (False, 5)}


@pytest.mark.parametrize("engine", ["postgres"])
def test_an_adoption_and_steps_of_the_former_owner_leave_one_owner(
    store: Store, other: Store, run: Run
) -> None:
    """I-26: each step is saved before the movement changes hands, or not at all."""

    async def race() -> None:
        first = await store.enlist(name="first", lease_seconds=ENDED)
        wanted = [a_transfer(1) for _ in range(8)]
        await store.record([opening(movement, first) for movement in wanted])
        second = await other.enlist(name="second", lease_seconds=LONG)
        steps = [making.debited(movement, first) for movement in reversed(wanted)]
        verdicts, taken = await asyncio.gather(store.record(steps), other.adopt(second))

        assert sorted(taken) == [movement.id for movement in wanted]
        for verdict, step in zip(verdicts, steps, strict=True):
            now = await movements.get(store, step.movement.id)
            assert now is not None
            assert now.version == (2 if verdict == Saved() else 1)
            again = (
                making.debited(now, second) if now.version == 1 else making.credited(now, second)
            )
            assert await other.record([again]) == [Saved()]
            stale = replace(again, owner=first, movement=replace(again.movement, version=99))
            assert await store.record([stale]) == [Stale()]

    run(store.record([funding(90_000)]))
    for _ in range(10):
        run(asyncio.wait_for(race(), 30))


def test_callbacks_wait_until_they_are_answered(store: Store, run: Run) -> None:
    run(store.record([making.a_callback("d1", waiting=True), making.a_callback("d2")]))
    sql = "SELECT id FROM callbacks WHERE waiting = 1"
    [(number,)] = run(store.rows(sql, {}))

    run(store.answered([number]))

    assert run(store.rows(sql, {})) == []
