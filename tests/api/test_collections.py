"""Collections over HTTP: from a payer's wallet to the merchant."""

from pathlib import Path
from typing import Any

import pytest

from tests.api.conftest import till_in
from tests.api.till import COLLECTION, Till
from tests.world import until


def test_a_collection_says_what_the_payer_has_to_do_and_ends_in_the_balance(till: Till) -> None:
    before = till.get("/v1/balances").content["data"][0]["available"]

    answer = till.post(
        "/v1/collections",
        {**COLLECTION, "reference": "C-1", "return_url": "https://shop.example/thanks?a=1"},
    )

    assert answer.status == 202
    opened = answer.content
    assert (opened["id"][:4], opened["status"]) == ("col_", "pending")
    assert opened["next_action"]["type"] == "approve_on_phone"
    assert opened["next_action"]["instructions"]["fr"]
    assert opened["return_url"] == "https://shop.example/thanks?a=1"
    done = till.finished(f"/v1/collections/{opened['id']}")
    assert (done["status"], done["next_action"]) == ("succeeded", None)
    assert till.get("/v1/balances").content["data"][0]["available"] == before + 5000
    till.run(till.world.assert_in_agreement())


@pytest.mark.parametrize(
    ("number", "status", "code"),
    [
        ("96112202", "failed", "insufficient_funds"),
        ("96112203", "failed", "payer_refused"),
        ("96112206", "failed", "limit_reached"),
    ],
)
def test_a_refused_collection_says_why(asking: Till, number: str, status: str, code: str) -> None:
    opened = asking.post("/v1/collections", {**COLLECTION, "msisdn": number}).content

    done = asking.finished(f"/v1/collections/{opened['id']}")

    assert (done["status"], done["failure"]["code"]) == (status, code)


@pytest.mark.parametrize("body", [{"operator": "flooz", "amount": 5000, "currency": "XOF"}])
def test_a_push_needs_a_number(asking: Till, body: dict[str, Any]) -> None:
    assert asking.post("/v1/collections", body).refuses(422, "missing_field", "msisdn")


@pytest.mark.parametrize(
    "url",
    [
        "http://shop.example/",
        "https://good.example\\@evil.example/",
        "https://user@evil.example/",
        "https://evil.example /x",
        "https:/evil.example",
        "javascript:alert(1)",
        "https://",
        "https://[::1",
        "//evil.example",
        "https://bücher.example/",
    ],
)
def test_an_address_that_parsers_read_differently_is_refused(asking: Till, url: str) -> None:
    """F-S14."""
    answer = asking.post("/v1/collections", {**COLLECTION, "return_url": url})
    assert answer.refuses(422, "invalid_url", "return_url")
    answer = asking.post("/v1/collections", {**COLLECTION, "cancel_url": url})
    assert answer.refuses(422, "invalid_url", "cancel_url")


def test_a_prompt_that_may_be_on_the_phone_cannot_be_canceled(till: Till) -> None:
    opened = till.post("/v1/collections", {**COLLECTION, "msisdn": "96112200"}).content

    answer = till.post(f"/v1/collections/{opened['id']}/cancel")

    assert answer.refuses(409, "outcome_unknown")
    assert answer.content["retryable"]


def test_what_is_final_cannot_be_canceled(till: Till) -> None:
    opened = till.post("/v1/collections", COLLECTION).content
    till.finished(f"/v1/collections/{opened['id']}")

    answer = till.post(f"/v1/collections/{opened['id']}/cancel")

    assert answer.refuses(409, "not_cancelable")


def test_what_was_provably_not_sent_is_canceled(tmp_path: Path) -> None:
    """Nothing listens at the operator's address: no byte left, and the next try is far away."""
    with till_in(tmp_path, query_schedule_seconds=(600.0,)) as till:
        sent_to = till.world.network._routes
        simulators = sent_to.pop("http://simulators")  # type: ignore[attr-defined]
        opened = till.post("/v1/collections", COLLECTION).content
        path = f"/v1/collections/{opened['id']}"
        till.run(until(lambda: _debit_of(till, opened["id"]) == "planned"))

        canceled = till.post(f"{path}/cancel")

        assert (canceled.status, canceled.content["status"]) == (200, "canceled")
        assert till.get(path).content["status"] == "canceled"
        sent_to["http://simulators"] = simulators  # type: ignore[index]
        till.run(till.world.assert_in_agreement())


def _debit_of(till: Till, movement_id: str) -> str:
    return till.switch.live[movement_id].movement.legs[0].status
