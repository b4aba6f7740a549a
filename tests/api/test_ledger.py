"""Balances and the books, as a merchant sees them."""

import pytest

from tests.api.till import COLLECTION, PAYOUT, TRANSFER, Till
from tests.world import FLOAT, MERCHANT


def test_balances_are_per_currency(till: Till) -> None:
    answer = till.get("/v1/balances").content
    assert answer["data"] == [
        {
            "object": "balance",
            "livemode": False,
            "currency": "XOF",
            "available": FLOAT,
            "pending": 0,
            "reserved": 0,
        }
    ]


def test_what_a_payout_sets_aside_is_reserved(till: Till) -> None:
    till.run(till.world.control("POST", "/faults", {"operator": "tmoney", "fault": "down"}))
    till.post("/v1/payouts", PAYOUT)

    (balance,) = till.get("/v1/balances").content["data"]

    assert (balance["available"], balance["reserved"]) == (FLOAT - 5000, 5000)


def test_accounts_are_the_merchants_own_and_agree_with_the_balances(till: Till) -> None:
    till.post("/v1/payouts", PAYOUT)
    till.at_rest()

    accounts = {item["id"]: item for item in till.get("/v1/ledger/accounts").content["data"]}

    assert set(accounts) == {f"available:{MERCHANT}:XOF", f"reserved:{MERCHANT}:XOF"}
    assert accounts[f"available:{MERCHANT}:XOF"]["balance"] == FLOAT - 5000
    assert accounts[f"available:{MERCHANT}:XOF"]["kind"] == "liability"


def test_every_entry_of_an_account_is_there_and_sums_to_its_balance(till: Till) -> None:
    """Deposits included: what a merchant sees explains every franc it has."""
    for path, body in (("/v1/payouts", PAYOUT), ("/v1/collections", COLLECTION)):
        till.post(path, body)
    till.post("/v1/transfers", TRANSFER)
    till.at_rest()
    account = f"available:{MERCHANT}:XOF"

    entries = till.get(f"/v1/ledger/entries?account={account}&limit=100").content["data"]

    for entry in entries:
        assert sum(posting["amount"] for posting in entry["postings"]) == 0
    posted = sum(
        posting["amount"]
        for entry in entries
        for posting in entry["postings"]
        if posting["account"] == account
    )
    (balance,) = till.get("/v1/balances").content["data"]
    assert -posted == balance["available"]
    assert [entry["cause"] for entry in entries][-2:] == ["deposited", "deposited"]
    assert entries[-1]["movement"] is None


def test_entries_come_in_parts(till: Till) -> None:
    till.post("/v1/transfers", TRANSFER)
    till.at_rest()
    whole = till.get("/v1/ledger/entries").content["data"]

    seen, cursor = [], ""
    while True:
        part = till.get(f"/v1/ledger/entries?limit=2{cursor}").content
        seen += part["data"]
        if not part["has_more"]:
            break
        cursor = f"&starting_after={part['next_cursor']}"

    assert seen == whole
    back = till.get(f"/v1/ledger/entries?limit=1&ending_before={whole[2]['id']}").content
    assert back["data"] == [whole[1]]


@pytest.mark.parametrize(
    ("query", "param"),
    [
        ("movement=5", "movement"),
        ("movement=qt_01JABCDEFGHJKMNPQRSTVWXYZ0", "movement"),
        ("account=%00", "account"),
        ("starting_after=5", "starting_after"),
        ("starting_after=je_0", "starting_after"),
        ("ending_before=je_99999999999999999999", "ending_before"),
    ],
)
def test_an_entry_is_asked_for_by_what_names_one(asking: Till, query: str, param: str) -> None:
    answer = asking.get(f"/v1/ledger/entries?{query}")
    assert answer.refuses(422, "invalid_parameter", param)
