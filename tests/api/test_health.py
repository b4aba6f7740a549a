"""Health: the process lives, and whether it can take work."""

import pytest

from cross.storage.store import StoreUnavailable
from tests.api.till import Till


def test_it_lives_and_is_ready_without_a_key(asking: Till) -> None:
    assert asking.run(asking.call("GET", "/healthz")).content == {"status": "ok"}
    assert asking.run(asking.call("GET", "/readyz")).content == {
        "status": "ready",
        "checks": {"database": "ok", "migrations": "ok", "worker": "ok"},
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
    assert "database" in answer.content["detail"]
    assert asking.get("/v1/balances").refuses(503, "unavailable")


def test_it_is_not_ready_without_its_lease_or_while_it_stops(till: Till) -> None:
    till.switch.stopping = True
    assert "worker" in till.get("/readyz").content["detail"]
    till.switch.stopping = False
    assert till.get("/readyz").status == 200
    till.switch.lease._held_until = 0.0
    assert "worker" in till.get("/readyz").content["detail"]


def test_a_process_that_stops_accepts_nothing(till: Till) -> None:
    """F-P04."""
    till.switch.stopping = True
    body = {"operator": "flooz", "msisdn": "96112233", "amount": 500, "currency": "XOF"}

    assert till.post("/v1/collections", body).refuses(503, "unavailable")
    till.switch.stopping = False
    assert till.movements_stored() == 0
