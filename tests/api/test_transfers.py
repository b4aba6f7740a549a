"""Transfers over HTTP, from the quote to the books."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.api.conftest import till_in
from tests.api.till import TRANSFER, Till
from tests.conftest import NewStore


def test_a_transfer_is_accepted_at_once_and_completes(till: Till) -> None:
    answer = till.post("/v1/transfers", {**TRANSFER, "reference": "CMD-77", "description": "Café"})

    assert answer.status == 202
    accepted = answer.content
    assert accepted["id"].startswith("trf_")
    assert (accepted["status"], accepted["outcome_unknown"]) == ("debiting", False)
    assert accepted["quote"] == {
        "id": None,
        "debit": {"amount": 5050, "currency": "XOF"},
        "credit": {"amount": 5000, "currency": "XOF"},
        "fee": {"amount": 50, "currency": "XOF"},
        "rate": None,
    }
    assert (accepted["debit"]["msisdn"], accepted["debit"]["status"]) == ("+22890112233", "sent")
    assert (accepted["credit"]["msisdn"], accepted["credit"]["status"]) == (
        "+22896112233",
        "planned",
    )
    assert accepted["completed_at"] is None

    done = till.finished(f"/v1/transfers/{accepted['id']}")
    assert (done["status"], done["reference"], done["description"]) == (
        "completed",
        "CMD-77",
        "Café",
    )
    assert done["debit"]["operator_reference"]
    assert done["credit"]["status"] == "succeeded"
    assert done["completed_at"] == done["updated_at"]
    till.run(till.world.assert_in_agreement())


def test_its_ledger_entries_sum_to_zero(till: Till) -> None:
    opened = till.post("/v1/transfers", TRANSFER).content
    till.finished(f"/v1/transfers/{opened['id']}")

    entries = till.get(f"/v1/ledger/entries?movement={opened['id']}").content["data"]

    assert [entry["cause"] for entry in entries] == [
        "credit.succeeded",
        "debit.succeeded",
        "reserved",
    ]
    for entry in entries:
        assert entry["movement"] == opened["id"]
        assert sum(posting["amount"] for posting in entry["postings"]) == 0
    moved: Counter[str] = Counter()
    for entry in entries:
        moved.update({p["account"]: p["amount"] for p in entry["postings"]})
    assert (moved["float:tmoney"], moved["float:flooz"]) == (5050, -5000)


def test_every_question_is_answered_on_both_engines(new_store: NewStore, tmp_path: Path) -> None:
    with till_in(tmp_path, store=new_store()) as till:
        opened = till.post("/v1/transfers", {**TRANSFER, "reference": "R"}, key="k").content
        done = till.finished(f"/v1/transfers/{opened['id']}")

        everything = "&".join(
            (
                "status=completed",
                "operator=tmoney",
                "reference=R",
                "msisdn=90112233",
                "created_from=2020-01-01T00:00:00Z",
                "created_to=2199-01-01T00:00:00Z",
            )
        )
        assert till.get(f"/v1/transfers?{everything}").content["data"] == [done]
        assert till.get("/v1/responses/k").content == done
        entries = till.get(f"/v1/ledger/entries?movement={opened['id']}").content["data"]
        assert len(entries) == 3
        account = till.get("/v1/ledger/accounts").content["data"][0]["id"]
        deposits = till.get(f"/v1/ledger/entries?account={account}&limit=1").content
        assert (deposits["data"][0]["cause"], deposits["has_more"]) == ("deposited", True)
        assert till.get("/v1/balances").status == 200
        quote = till.post("/v1/quotes", TRANSFER).content
        assert till.get("/v1/quotes").content["data"] == [quote]
        assert till.get("/readyz").status == 200


def test_a_refused_credit_gives_the_payer_his_money_back(till: Till) -> None:
    body = {**TRANSFER, "destination": {"operator": "flooz", "msisdn": "96112214"}}

    opened = till.post("/v1/transfers", body).content
    done = till.finished(f"/v1/transfers/{opened['id']}")

    assert (done["status"], done["refund"]["status"]) == ("refunded", "succeeded")
    assert done["failure"]["leg"] == "credit"
    assert done["credit"]["failure"]["code"] == done["failure"]["code"]
    till.run(till.world.assert_in_agreement())


def test_a_quote_prices_one_transfer(till: Till) -> None:
    quoted = till.post("/v1/quotes", {**TRANSFER, "amount": 5050, "fixed": "debit"})
    assert quoted.status == 201
    quote = quoted.content
    assert (quote["debit"]["amount"], quote["credit"]["amount"]) == (5050, 5000)
    assert till.get(f"/v1/quotes/{quote['id']}").content == quote

    used = till.post("/v1/transfers", {"quote": quote["id"], "reference": "A"})
    assert used.status == 202
    assert used.content["quote"]["id"] == quote["id"]

    again = till.post("/v1/transfers", {"quote": quote["id"], "reference": "B"})
    assert again.refuses(409, "quote_already_used", "quote")
    assert again.content["existing_id"] == used.content["id"]


def test_an_expired_quote_is_refused(till: Till) -> None:
    quote = till.post("/v1/quotes", TRANSFER).content
    till.run(till.switch.store.rows("SELECT 1", {}))  # the quote is durable before time is turned
    now = till.switch.clock
    till.switch.clock = lambda: now().replace(year=now().year + 1)
    try:
        answer = till.post("/v1/transfers", {"quote": quote["id"]})
    finally:
        till.switch.clock = now

    assert answer.refuses(422, "quote_expired", "quote")


@pytest.mark.parametrize(
    ("body", "code", "param"),
    [
        ({}, "missing_field", "quote"),
        ({"quote": "qt_1", "amount": 5000}, "quote_and_fields", "amount"),
        ({"quote": "qt_1", "source": TRANSFER["source"]}, "quote_and_fields", "source"),
        ({"quote": "qt_1", "colour": "red"}, "unknown_field", "colour"),
        ({"quote": 7}, "invalid_type", "quote"),
        ({**TRANSFER, "fixed": "both"}, "invalid_value", "fixed"),
        ({**TRANSFER, "destination": TRANSFER["source"]}, "same_wallet", "destination"),
        ({**TRANSFER, "currency": "DJF"}, "currency_mismatch", "currency"),
        ({**TRANSFER, "currency": "EUR"}, "unknown_currency", "currency"),
        (
            {**TRANSFER, "source": {"operator": "mpesa", "msisdn": "90112233"}},
            "unknown_operator",
            "source.operator",
        ),
        (
            {**TRANSFER, "destination": {"operator": "flooz", "msisdn": "12"}},
            "invalid_msisdn",
            "destination.msisdn",
        ),
        (
            {**TRANSFER, "destination": {"operator": "flooz"}},
            "missing_field",
            "destination.msisdn",
        ),
        ({**TRANSFER, "amount": 5}, "amount_out_of_range", "amount"),
    ],
)
def test_a_transfer_that_makes_no_sense_is_refused_by_name(
    asking: Till, body: dict[str, Any], code: str, param: str
) -> None:
    """F-I07."""
    before = asking.movements_stored()

    assert asking.post("/v1/transfers", body).refuses(422, code, param)
    assert asking.movements_stored() == before


def test_a_quote_that_is_not_there_is_not_found(asking: Till) -> None:
    body = {"quote": "qt_01JABCDEFGHJKMNPQRSTVWXYZ0"}
    assert asking.post("/v1/transfers", body).refuses(404, "not_found", "quote")


def test_a_float_too_low_is_refused_before_any_debit(till: Till) -> None:
    """The float is reserved in the transaction that accepts (I-09)."""
    answers = [
        till.post("/v1/transfers", {**TRANSFER, "amount": 900_000, "source": _undecided(number)})
        for number in range(115)
    ]

    refused = [answer for answer in answers if answer.status != 202]
    assert len(refused) == 4  # 111 times 900 000 fit in 100 000 000
    for answer in refused:
        assert answer.refuses(422, "float_too_low")
        assert answer.content["operator"] == {"name": "flooz", "code": None, "message": None}
        assert (answer.content["category"], answer.content["retryable"]) == ("float", True)
    assert till.movements_stored() == 111
    assert len(till.run(till.world.control("GET", "/requests?operator=tmoney"))["data"]) <= 112


def _undecided(number: int) -> dict[str, str]:
    return {"operator": "tmoney", "msisdn": f"90{number:04}00"}


def test_a_recheck_asks_the_operator_now(tmp_path: Path) -> None:
    with till_in(tmp_path, query_schedule_seconds=(600.0,), query_every_seconds=600.0) as till:
        till.run(
            till.world.control("POST", "/faults", {"operator": "tmoney", "fault": "lose_callback"})
        )
        opened = till.post("/v1/transfers", TRANSFER).content
        path = f"/v1/transfers/{opened['id']}"
        assert till.get(path).content["status"] == "debiting"

        assert till.post(f"{path}/recheck").content["debit"]["status"] == "succeeded"
        assert till.post(f"{path}/recheck", {}).status == 200
        assert till.post(f"{path}/recheck", {"now": True}).refuses(422, "unknown_field", "now")
        till.finished(path)
