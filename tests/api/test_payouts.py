"""Payouts over HTTP: from the merchant's balance to a payee's wallet."""

import pytest

from tests.api.till import PAYOUT, Till

STRANGER = "mer_01JZZZZZZZZZZZZZZZZZZZZZZZ"


def test_a_payout_is_reserved_then_spent(till: Till) -> None:
    before = till.get("/v1/balances").content["data"][0]

    answer = till.post("/v1/payouts", {**PAYOUT, "msisdn": "90112233", "metadata": {"a": "b"}})

    assert answer.status == 202
    opened = answer.content
    assert (opened["id"][:3], opened["status"]) == ("po_", "sending")
    assert opened["metadata"] == {"a": "b"}
    done = till.finished(f"/v1/payouts/{opened['id']}")
    assert done["status"] == "succeeded"
    after = till.get("/v1/balances").content["data"][0]
    assert after["available"] == before["available"] - 5000
    assert (before["reserved"], after["reserved"], after["pending"]) == (0, 0, 0)
    till.run(till.world.assert_in_agreement())


def test_a_refused_payout_gives_the_balance_back(till: Till) -> None:
    before = till.get("/v1/balances").content

    opened = till.post("/v1/payouts", {**PAYOUT, "msisdn": "90112214"}).content

    done = till.finished(f"/v1/payouts/{opened['id']}")
    assert (done["status"], done["failure"]["leg"]) == ("failed", "credit")
    assert till.get("/v1/balances").content == before


def test_a_merchant_cannot_pay_out_what_it_does_not_have(till: Till) -> None:
    poor = till.another(STRANGER)

    answer = poor.post("/v1/payouts", PAYOUT)

    assert answer.refuses(422, "balance_too_low")
    assert poor.get("/v1/balances").content["data"] == [
        {
            "object": "balance",
            "livemode": False,
            "currency": "XOF",
            "available": 0,
            "pending": 0,
            "reserved": 0,
        }
    ]
    assert till.movements_stored() == 0


@pytest.mark.parametrize("amount", [99, 1_000_001])
def test_the_operators_limits_hold(asking: Till, amount: int) -> None:
    answer = asking.post("/v1/payouts", {**PAYOUT, "amount": amount})
    assert answer.refuses(422, "amount_out_of_range", "amount")
