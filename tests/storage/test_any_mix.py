"""Any mix of writes, in any lists: the books agree, and both engines say the same."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.conninfo import make_conninfo

from cross.clock import system_clock
from cross.domain.leg import LegKind
from cross.domain.movement import Movement, MovementKind, Terms
from cross.storage import ledger, movements
from cross.storage.postgres import PostgresStore
from cross.storage.sqlite import SqliteStore, in_line
from cross.storage.store import Addition, Advance, Broken, Opening, Saved, Store, Verdict, Write
from tests.storage import making

_counted: list[int] = []

# What is done, to which of few movements or with which of few keys, and with how much money.
ACTION = st.tuples(
    st.sampled_from(
        [
            "transfer",
            "payout",
            "debited",
            "credited",
            "refused",
            "stale",
            "fund",
            "earn",
            "callback",
        ]
    ),
    st.integers(0, 3),
    st.sampled_from([1, 60, 100]),
)
LISTS = st.lists(st.lists(ACTION, min_size=1, max_size=8), min_size=1, max_size=5)


class Actor:
    """Makes writes of actions, following what was saved; the same for the same verdicts."""

    def __init__(self) -> None:
        self.seen: list[Movement] = []
        self._made = 0

    def write(self, action: tuple[str, int, int]) -> Write:
        """A write for an action; one that cannot be is another callback instead."""
        what, which, amount = action
        self._made += 1
        match what:
            case "transfer":
                return making.opening(self._opened(making.a_transfer(amount), which))
            case "payout":
                return making.opening(self._opened(making.a_payout(amount), which))
            case "fund":
                return replace(
                    making.funding(amount, cause=f"c{which}"), at=making.NOON.replace(hour=1)
                )
            case "earn":
                return Addition(f"e{which}", making.earnings(amount).entries, making.NOON)
            case "callback":
                return making.a_callback(f"d{which}")
            case _:
                return self._step(what, which)

    def _opened(self, movement: Movement, which: int) -> Movement:
        terms = Terms(reference=f"r{which}" if self._made % 3 == 0 else None)
        return replace(movement, idempotency_key=f"k{self._made % 7}", terms=terms)

    def _step(self, what: str, which: int) -> Write:
        if not self.seen:
            return making.a_callback("none")
        movement = self.seen[which % len(self.seen)]
        debit_first = movement.kind is MovementKind.TRANSFER and movement.state == "debiting"
        leg = LegKind.DEBIT if debit_first else LegKind.CREDIT
        if movement.completed_at is not None or movement.state == "refunding":
            return making.a_callback("final")
        if what == "refused":
            return making.refused(movement, leg)
        step = making.debited(movement) if debit_first else making.credited(movement)
        return replace(step, owner=2) if what == "stale" else step

    def learn(self, writes: Sequence[Write], verdicts: Sequence[Verdict]) -> None:
        """Takes note of what was saved."""
        for write, verdict in zip(writes, verdicts, strict=True):
            if verdict != Saved() or not isinstance(write, Opening | Advance):
                continue
            movement = making.as_stored(write.movement)
            ids = [known.id for known in self.seen]
            if movement.id in ids:
                self.seen[ids.index(movement.id)] = movement
            else:
                self.seen.append(movement)


async def played(stores: Sequence[Store], lists: Sequence[Sequence[tuple[str, int, int]]]) -> None:
    """Records the same lists on every store; compares every verdict and the books after each."""
    actor = Actor()
    for actions in lists:
        writes = [actor.write(action) for action in actions]
        first, *others = [await store.record(writes) for store in stores]
        for other in others:
            assert list(map(_comparable, other)) == list(map(_comparable, first))
        actor.learn(writes, first)
        for store in stores:
            assert await ledger.unbalanced(store) == []
            assert await ledger.drifted(store) == []
    first_books, *other_books = [await ledger.balances(store) for store in stores]
    assert all(books == first_books for books in other_books)
    for line in first_books:
        assert line.natural >= 0
    for movement in actor.seen:
        for store in stores:
            assert await movements.get(store, movement.id) == movement


def _comparable(verdict: Verdict) -> object:
    return type(verdict) if isinstance(verdict, Broken) else verdict


@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(lists=LISTS)
def test_both_engines_keep_the_same_books(
    postgres_server: str, lists: list[list[tuple[str, int, int]]]
) -> None:
    """I-01, I-09, I-33: balances are the sums of postings, floats are never overdrawn."""
    _counted.append(1)
    schema = f"mix{len(_counted)}_{id(_counted)}"

    async def scene(folder: Path) -> None:
        stores: list[Store] = [
            SqliteStore(
                folder / "cross.db",
                clock=system_clock,
                writer=in_line,
                reader=in_line,
                synchronous="OFF",
            ),
            PostgresStore(
                make_conninfo(postgres_server, options=f"-c search_path={schema}"),
                clock=system_clock,
            ),
        ]
        for store in stores:
            await store.open()
        try:
            await played(stores, lists)
        finally:
            for store in stores:
                await store.close()

    with psycopg.connect(postgres_server, autocommit=True) as admin:
        admin.execute(f"CREATE SCHEMA {schema}")
        with TemporaryDirectory() as folder:
            asyncio.run(scene(Path(folder)))
        admin.execute("SET client_min_messages = warning")
        admin.execute(f"DROP SCHEMA {schema} CASCADE")
