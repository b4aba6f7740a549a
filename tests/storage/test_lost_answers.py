"""A commit whose answer is lost is never assumed either way (I-17, F-D05)."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from cross.clock import system_clock
from cross.domain.order import Status
from cross.storage import ledger
from cross.storage.postgres import PostgresStore
from cross.storage.store import (
    NotCovered,
    OrderOpening,
    OrderStep,
    Saved,
    Stale,
    StoreUnavailable,
    Verdict,
    Write,
)
from tests.conftest import Run, short_pause
from tests.storage import making
from tests.storage.backends import Network, until, waiting_backends
from tests.storage.making import a_transfer, funding, opening
from tests.storage.test_orders import ORDER, a_line


@pytest.fixture
def network(schema_url: str, tmp_path: Path, run: Run) -> Iterator[Network]:
    network = Network(tmp_path, str(conninfo_to_dict(schema_url)["host"]))
    run(network.start())
    yield network
    run(network.stop())


@pytest.fixture
def store(network: Network, schema_url: str, tmp_path: Path, run: Run) -> Iterator[PostgresStore]:
    assert not network.refuse
    url = make_conninfo(schema_url, host=str(tmp_path))
    store = PostgresStore(url, clock=system_clock, pause=short_pause)
    run(store.open())
    run(store.record([funding(1_000)]))
    yield store
    run(store.close())


def counted(run: Run, store: PostgresStore, table: str) -> int:
    [(count,)] = run(store.rows(f"SELECT count(*) FROM {table}", {}))  # noqa: S608
    return int(count)


def every_kind() -> list[Write]:
    return [
        opening(a_transfer(100)),
        making.earnings(7),
        making.a_callback("d1"),
        making.an_offer(),
        opening(a_transfer(5_000)),
    ]


@pytest.mark.parametrize("fault", ["lose_answer", "lose_call", "delay_call"])
def test_every_write_of_a_lost_batch_has_its_effect_once(
    store: PostgresStore, network: Network, run: Run, fault: str
) -> None:
    """F-D05: the answer lost, the call lost, and the call that arrives after all."""
    setattr(network, fault, 1)
    writes = every_kind()

    verdicts = run(asyncio.wait_for(store.record(writes), 20))
    run(network.deliver_late())

    assert verdicts[:4] == [Saved()] * 4
    assert isinstance(verdicts[4], NotCovered)
    assert getattr(network, fault) == 0
    tables = {"movements": 1, "entries": 3, "callbacks": 1, "quotes": 1}
    assert {table: counted(run, store, table) for table in tables} == tables
    assert run(ledger.drifted(store)) == []


@pytest.mark.parametrize("fault", ["lose_answer", "lose_call", "delay_call"])
def test_a_step_of_a_lost_batch_is_taken_once(
    store: PostgresStore, network: Network, run: Run, fault: str
) -> None:
    movement = a_transfer(100)
    run(store.record([opening(movement)]))
    step, stale = making.debited(movement), making.debited(a_transfer())
    setattr(network, fault, 1)

    verdicts = run(asyncio.wait_for(store.record([step, stale]), 20))

    assert verdicts == [Saved(), Stale()]
    assert run(store.record([step])) == [Stale()]
    assert counted(run, store, "events") == 1


def test_what_was_there_before_a_lost_batch_is_not_called_new(
    store: PostgresStore, network: Network, run: Run
) -> None:
    run(store.record([making.a_callback("d1")]))
    network.lose_answer = 1
    later = replace(making.a_callback("d1"), at=making.NOON.replace(hour=13))

    verdicts = run(asyncio.wait_for(store.record([later, making.a_callback("d2")]), 20))

    assert verdicts == [Saved(fresh=False), Saved()]


def test_answers_lost_again_and_again_are_waited_for(
    store: PostgresStore, network: Network, run: Run
) -> None:
    """I-17: also while no connection is to be had."""
    network.lose_call, network.lose_answer, network.refuse = 2, 1, 3

    verdicts = run(asyncio.wait_for(store.record([opening(a_transfer(1))]), 20))

    assert verdicts == [Saved()]
    assert network.lose_call == network.lose_answer == network.refuse == 0
    assert counted(run, store, "movements") == 1


def test_a_list_that_needed_several_calls_is_read_back_too(
    store: PostgresStore, network: Network, run: Run
) -> None:
    movement = a_transfer(100)
    step = making.debited(movement)
    network.lose_answer = 1

    verdicts = run(asyncio.wait_for(store.record([opening(movement), step]), 20))

    assert verdicts == [Saved(), Saved()]
    assert counted(run, store, "movements") == 1


def test_a_server_process_killed_amid_a_batch_loses_nothing(
    store: PostgresStore, schema_url: str, run: Run
) -> None:
    """F-D05: ended while it waits for a lock, with rows already written."""
    movement = a_transfer(100)
    run(store.record([opening(movement)]))
    writes: list[Write] = [making.debited(movement), opening(a_transfer(100))]

    async def scene() -> list[Verdict]:
        async with await psycopg.AsyncConnection.connect(schema_url) as other:
            await other.execute("SELECT id FROM accounts ORDER BY id FOR UPDATE")
            saving = asyncio.ensure_future(store.record(writes))
            [pid] = await until(lambda: waiting_backends(schema_url))
            await other.execute("SELECT pg_terminate_backend(%s)", (pid,))
        return list(await saving)

    assert run(asyncio.wait_for(scene(), 30)) == [Saved(), Saved()]
    assert counted(run, store, "movements") == 2
    assert run(ledger.drifted(store)) == []


def test_reading_survives_a_lost_connection(postgres_url: str, run: Run) -> None:
    """F-D03. In a database of its own: beside it run tests whose connections are also `cross`."""
    store = PostgresStore(postgres_url, clock=system_clock, pause=short_pause)
    run(store.open())
    run(store.record([funding(1_000)]))
    before = run(ledger.balances(store))
    with psycopg.connect(postgres_url, autocommit=True) as other:
        ended = other.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE application_name = 'cross' AND datname = current_database()"
        ).fetchall()

    assert len(ended) > 1
    assert run(ledger.balances(store)) == before
    assert run(store.enlist(name="p", lease_seconds=1)) > 0
    run(store.close())


def test_nothing_is_written_where_no_connection_is_to_be_had(
    store: PostgresStore, network: Network, schema_url: str, run: Run
) -> None:
    """F-D03: a refusal to write is certain: nothing of what was asked is in the books."""
    fresh = PostgresStore(
        make_conninfo(schema_url, host=str(network.folder)), clock=system_clock, pause=short_pause
    )
    network.refuse = 1

    with pytest.raises(StoreUnavailable):
        run(fresh.record([opening(a_transfer(1))]))

    assert counted(run, store, "movements") == 0
    assert run(fresh.record([opening(a_transfer(1))])) == [Saved()]
    run(fresh.close())


@pytest.mark.parametrize("fault", ["lose_answer", "lose_call", "delay_call"])
def test_what_is_written_beside_a_lost_batch_has_its_effect_once(
    store: PostgresStore, network: Network, run: Run, fault: str
) -> None:
    """Orders and their steps: in the batch's transaction, so lost and found with it."""
    run(store.record([OrderOpening(ORDER)]))
    setattr(network, fault, 1)
    step = OrderStep(replace(ORDER, status=Status.CANCELED, version=2), lines=(a_line(1),))

    verdicts = run(asyncio.wait_for(store.record([opening(a_transfer(100)), step]), 20))
    run(network.deliver_late())

    assert verdicts == [Saved(), Saved()]
    assert getattr(network, fault) == 0
    assert {table: counted(run, store, table) for table in ("movements", "order_logs")} == {
        "movements": 1,
        "order_logs": 1,
    }
