"""Customers over HTTP: who a merchant's payers and payees are, and all that moved for them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.conftest import till_in
from tests.api.till import BODIES, COLLECTION, PAYOUT, Till
from tests.conftest import NewStore

STRANGER = "mer_01JSTRANGERSTRANGERSTRANGE"
NOBODY = "cus_01JABCDEFGHJKMNPQRSTVWXYZ0"
AFI = {
    "name": "Afi Mensah",
    "email": "afi@example.org",
    "reference": "CLI-12",
    "wallets": [
        {"operator": "tmoney", "msisdn": "90 11 22 33"},
        {"operator": "flooz", "msisdn": "+228 96112233"},
    ],
    "metadata": {"ville": "Lomé"},
}
ORDER = {"amount": 5_000, "currency": "XOF", "reference": "CMD-77", "title": "Pagne"}


@pytest.fixture
def either(new_store: NewStore, tmp_path: Path) -> Iterator[Till]:
    """A till on each engine."""
    with till_in(tmp_path, store=new_store()) as till:
        yield till


def added(till: Till, **more: object) -> str:
    answer = till.post("/v1/customers", {"name": "Kossi", **more})
    assert answer.status == 201, answer.content
    return str(answer.content["id"])


def test_a_customer_is_kept_as_it_was_said_with_its_wallets(till: Till) -> None:
    made = till.post("/v1/customers", AFI).content
    found = till.get(f"/v1/customers/{made['id']}").content

    assert found == made
    assert (found["name"], found["reference"]) == ("Afi Mensah", "CLI-12")
    assert [wallet["msisdn"] for wallet in found["wallets"]] == ["+22890112233", "+22896112233"]
    assert found["metadata"] == {"ville": "Lomé"}


def test_a_reference_names_one_customer_of_a_merchant(till: Till) -> None:
    first = till.post("/v1/customers", AFI).content["id"]
    again = till.post("/v1/customers", AFI)
    elsewhere = till.another(STRANGER).post("/v1/customers", AFI)

    assert again.refuses(409, "reference_already_used", "reference")
    assert again.content["existing_id"] == first
    assert elsewhere.status == 201


def test_what_is_said_anew_replaces_and_the_rest_stays(till: Till) -> None:
    made = till.post("/v1/customers", AFI).content
    path = f"/v1/customers/{made['id']}"

    moved = till.post(path, {"email": None, "wallets": AFI["wallets"][:1]}).content  # type: ignore[index]
    renamed = till.post(path, {"name": "Afi Agbeko", "reference": "CLI-13"}).content

    assert (moved["email"], len(moved["wallets"])) == (None, 1)
    assert (renamed["name"], renamed["email"]) == ("Afi Agbeko", None)
    assert renamed["metadata"] == made["metadata"]
    assert till.get(path).content == renamed
    assert till.post("/v1/customers", AFI).status == 201  # its reference is free again
    assert till.post(path, {"reference": "CLI-12"}).refuses(
        409, "reference_already_used", "reference"
    )
    assert till.post(path, {"name": None}).refuses(422, "missing_field", "name")


def test_a_wallet_may_be_several_customers_and_is_found_by_its_number(till: Till) -> None:
    wallet = [{"operator": "tmoney", "msisdn": "90112233"}]
    both = {added(till, wallets=wallet), added(till, wallets=wallet)}
    added(till)

    found = till.get("/v1/customers?msisdn=90%2011%2022%2033").content["data"]
    assert {one["id"] for one in found} == both


@pytest.mark.parametrize(
    ("body", "code", "param"),
    [
        ({}, "missing_field", "name"),
        ({"name": ""}, "invalid_length", "name"),
        ({"name": "K", "email": "nobody"}, "invalid_characters", "email"),
        ({"name": "K", "reference": "é"}, "invalid_characters", "reference"),
        (
            {"name": "K", "wallets": [{"operator": "orange", "msisdn": "90112233"}]},
            "unknown_operator",
            "wallets.0.operator",
        ),
        (
            {"name": "K", "wallets": [{"operator": "tmoney", "msisdn": "12"}]},
            "invalid_msisdn",
            "wallets.0.msisdn",
        ),
        (
            {"name": "K", "wallets": [{"operator": "tmoney", "msisdn": "90112233"}] * 2},
            "invalid_value",
            "wallets.1",
        ),
        ({"name": "K", "phone": "90112233"}, "unknown_field", "phone"),
    ],
)
def test_a_wrong_field_is_named(
    asking: Till, body: dict[str, object], code: str, param: str
) -> None:
    assert asking.post("/v1/customers", body).refuses(422, code, param)


@pytest.mark.parametrize("path", [*BODIES, "/v1/orders"])
def test_a_movement_names_a_customer_of_its_merchant_or_is_refused(asking: Till, path: str) -> None:
    """I-40: another merchant's customer is nobody."""
    body = BODIES.get(path, ORDER)
    theirs = added(asking.another(STRANGER))
    before = asking.movements_stored()

    for unknown in (theirs, NOBODY, "Afi"):
        refused = asking.post(path, {**body, "customer": unknown})
        assert refused.refuses(422, "customer_not_found", "customer")
    assert asking.movements_stored() == before
    assert asking.post(path, {**body, "customer": 7}).refuses(422, "invalid_type", "customer")

    customer = added(asking)
    assert asking.post(path, {**body, "customer": customer}).content["customer"] == customer


def test_all_that_named_a_customer_is_listed_newest_first_in_parts(either: Till) -> None:
    customer = added(either, wallets=[{"operator": "flooz", "msisdn": COLLECTION["msisdn"]}])
    opened: list[str] = []
    for path in ("/v1/payouts", "/v1/collections", "/v1/transfers", "/v1/payouts"):
        answer = either.post(path, {**BODIES[path], "customer": customer})
        opened.insert(0, answer.content["id"])
        either.a_moment_later()
    either.post("/v1/collections", COLLECTION)  # the same wallet, and nobody named
    either.at_rest()
    refund = either.post("/v1/refunds", {"collection": opened[2]}).content
    opened.insert(0, refund["id"])
    either.at_rest()
    path = f"/v1/customers/{customer}/movements"

    whole = either.get(path).content
    first = either.get(f"{path}?limit=3").content
    rest = either.get(f"{path}?limit=3&starting_after={first['next_cursor']}").content
    back = either.get(f"{path}?limit=3&ending_before={opened[3]}").content

    assert [one["id"] for one in whole["data"]] == opened
    assert [one["id"] for one in first["data"] + rest["data"]] == opened
    assert (first["has_more"], rest["has_more"], back["has_more"]) == (True, False, False)
    assert [one["id"] for one in back["data"]] == opened[:3]
    assert refund["customer"] == customer
    listed = either.get(f"/v1/payouts?customer={customer}").content["data"]
    assert [one["id"] for one in listed] == [opened[1], opened[4]]


def test_an_order_attempt_belongs_to_the_customer_of_its_order(either: Till) -> None:
    customer = added(either)
    order = either.post("/v1/orders", {**ORDER, "customer": customer}).content
    assert either.get(f"/v1/orders/{order['id']}").content["customer"] == customer


def test_customers_come_in_parts(either: Till) -> None:
    ids: list[str] = []
    for number in range(5):
        ids.insert(0, added(either, reference=f"CLI-{number}", wallets=AFI["wallets"]))
        either.a_moment_later()

    first = either.get("/v1/customers?limit=2").content
    second = either.get(f"/v1/customers?limit=2&starting_after={first['next_cursor']}").content
    back = either.get(f"/v1/customers?limit=2&ending_before={ids[4]}").content

    assert [one["id"] for one in first["data"] + second["data"]] == ids[:4]
    assert [one["id"] for one in back["data"]] == ids[2:4]
    assert [len(one["wallets"]) for one in first["data"]] == [2, 2]
    named = either.get("/v1/customers?reference=CLI-3").content["data"]
    assert [one["id"] for one in named] == [ids[1]]


def test_who_names_no_customer_asks_the_books_nothing_more(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cross.switch import customers  # noqa: PLC0415  to count its calls

    async def counted(*_: object, **__: object) -> bool:
        raise AssertionError("asked")

    monkeypatch.setattr(customers, "is_known", counted)
    assert till.post("/v1/payouts", PAYOUT).status == 202
