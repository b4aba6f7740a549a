"""Health: the process lives, and whether it can take work."""

from datetime import timedelta
from pathlib import Path

import pytest

from cross.clock import system_clock
from cross.storage import readiness as stored
from cross.storage.postgres import PostgresStore
from cross.storage.readiness import Said
from cross.storage.store import StoreUnavailable
from cross.switch import readiness
from cross.switch.readiness import Disk
from tests.api.conftest import till_in
from tests.api.till import Till
from tests.conftest import short_pause


def test_it_lives_and_is_ready_without_a_key(asking: Till) -> None:
    assert asking.run(asking.call("GET", "/healthz")).content == {"status": "ok"}
    assert asking.run(asking.call("GET", "/readyz")).content == {
        "status": "ready",
        "checks": dict.fromkeys(("database", "migrations", "worker", "disk", "clock"), "ok"),
    }


def test_it_is_not_ready_while_the_books_do_not_answer(
    asking: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise StoreUnavailable("disk")

    monkeypatch.setattr(asking.switch.store, "rows", fail)

    assert asking.get("/healthz").status == 200
    answer = asking.get("/readyz")
    assert answer.refuses(503, "unavailable")
    assert "database: it does not answer" in answer.content["detail"]
    assert asking.get("/v1/balances").refuses(503, "unavailable")


def test_it_is_not_ready_without_its_lease_or_while_it_stops(till: Till) -> None:
    till.switch.stopping = True
    assert "worker" in till.get("/readyz").content["detail"]
    till.switch.stopping = False
    assert till.get("/readyz").status == 200
    till.switch.lease._held_until = 0.0
    assert "worker" in till.get("/readyz").content["detail"]


def test_it_is_not_ready_while_its_worker_does_not_look(till: Till) -> None:
    till.switch.measures.ticked_at_seconds = -1e6
    assert "worker: it has not looked" in till.get("/readyz").content["detail"]


def test_it_is_not_ready_on_a_full_disk_or_where_time_went_back(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readiness, "disk_of", lambda _: Disk(2**40, 5 * 2**20))
    assert "disk: 5 MB are left" in till.get("/readyz").content["detail"]
    monkeypatch.undo()

    clock = till.switch.clock
    monkeypatch.setattr(till.switch, "clock", lambda: clock() - timedelta(hours=1))
    assert "behind the books" in till.get("/readyz").content["detail"]


def test_on_a_server_of_its_own_the_database_has_the_time(
    tmp_path: Path, schema_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = PostgresStore(schema_url, clock=system_clock, pause=short_pause)
    with till_in(tmp_path, store=store, database_url=schema_url) as till:
        assert till.get("/readyz").status == 200
        assert readiness.disk_of(till.switch) is None
        clock = till.switch.clock
        monkeypatch.setattr(till.switch, "clock", lambda: clock() + timedelta(minutes=1))
        assert "ahead of the database" in till.get("/readyz").content["detail"]


def test_books_of_a_newer_cross_are_not_ours_to_work_in(till: Till) -> None:
    said = till.run(stored.look(till.switch.store))
    assert said.migration == said.wanted
    assert "the books are at 99" in readiness._migrations(Said(99, said.wanted, said.at))


def test_a_process_that_stops_accepts_nothing(till: Till) -> None:
    """F-P04."""
    till.switch.stopping = True
    body = {"operator": "flooz", "msisdn": "96112233", "amount": 500, "currency": "XOF"}

    assert till.post("/v1/collections", body).refuses(503, "unavailable")
    till.switch.stopping = False
    assert till.movements_stored() == 0
