"""Refunds over HTTP: a collection given back, whole or in part, never above its amount."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.api.conftest import till_in
from tests.api.till import COLLECTION, Answer, Till

AMOUNT = COLLECTION["amount"]


def collected(till: Till, **changed: Any) -> str:
    """The id of a collection that has succeeded."""
    opened = till.post("/v1/collections", {**COLLECTION, **changed}).content
    assert till.finished(f"/v1/collections/{opened['id']}")["status"] == "succeeded"
    return str(opened["id"])


def refund(till: Till, collection: str, amount: int | None = None, **more: Any) -> Answer:
    body: dict[str, Any] = {"collection": collection, **more}
    if amount is not None:
        body |= {"amount": amount, "currency": "XOF"}
    return till.post("/v1/refunds", body)


def ended(till: Till, answer: Answer) -> Any:
    assert answer.status == 202, answer.content
    return till.finished(f"/v1/refunds/{answer.content['id']}")


def test_without_an_amount_all_of_it_goes_back_to_the_payer(till: Till) -> None:
    collection = collected(till)
    before = till.world.simulators.totals()

    opened = refund(till, collection, reference="R-1", description="Retour", metadata={"a": "b"})
    found = ended(till, opened)

    assert opened.content["status"] in ("sending", "pending", "succeeded")
    assert found["status"] == "succeeded"
    assert (found["amount"], found["currency"], found["fee"]["amount"]) == (AMOUNT, "XOF", 0)
    assert (found["collection"], found["operator"]) == (collection, "flooz")
    assert (found["msisdn"], found["reference"]) == ("+22896112233", "R-1")
    assert till.world.simulators.totals() == before
    till.run(till.world.assert_in_agreement())


def test_several_parts_go_back_and_never_more_than_was_collected(till: Till) -> None:
    collection = collected(till)

    assert ended(till, refund(till, collection, 2_000))["status"] == "succeeded"
    assert ended(till, refund(till, collection, 2_500))["status"] == "succeeded"
    too_much = refund(till, collection, 501)
    rest = ended(till, refund(till, collection))
    nothing_left = refund(till, collection)

    assert too_much.refuses(422, "refund_exceeds_collection", "amount")
    assert rest["amount"] == 500
    assert nothing_left.refuses(422, "refund_exceeds_collection", "amount")
    listed = till.get(f"/v1/refunds?collection={collection}").content["data"]
    assert sorted(one["amount"] for one in listed) == [500, 2_000, 2_500]
    till.run(till.world.assert_in_agreement())


def test_what_a_refused_refund_did_not_give_may_be_given_again(till: Till) -> None:
    collection = collected(till)
    number = COLLECTION["msisdn"].replace(" ", "")
    till.run(till.world.control("PUT", f"/wallets/flooz/228{number}", {"blocked": True}))

    refused = ended(till, refund(till, collection))
    till.run(till.world.control("PUT", f"/wallets/flooz/228{number}", {"blocked": False}))
    again = ended(till, refund(till, collection))

    assert (refused["status"], again["status"]) == ("failed", "succeeded")
    assert refused["failure"]["code"] == "wallet_blocked"
    till.run(till.world.assert_in_agreement())


def test_what_has_not_succeeded_cannot_be_refunded(till: Till) -> None:
    pending = till.post("/v1/collections", {**COLLECTION, "msisdn": "96110100"}).content["id"]
    assert refund(till, pending).refuses(409, "not_refundable", "collection")


@pytest.mark.parametrize("number", ["96110102"])
def test_what_has_failed_cannot_be_refunded(till: Till, number: str) -> None:
    opened = till.post("/v1/collections", {**COLLECTION, "msisdn": number}).content["id"]
    assert till.finished(f"/v1/collections/{opened}")["status"] != "succeeded"
    assert refund(till, opened).refuses(409, "not_refundable", "collection")


@pytest.mark.parametrize(
    ("body", "code", "param"),
    [
        ({}, "missing_field", "collection"),
        ({"amount": 100}, "missing_field", "currency"),
        ({"currency": "XOF"}, "missing_field", "amount"),
        ({"amount": 100, "currency": "DJF"}, "currency_mismatch", "currency"),
        ({"amount": 100, "currency": "EUR"}, "unknown_currency", "currency"),
        ({"amount": 0, "currency": "XOF"}, "amount_out_of_range", "amount"),
        ({"amount": 1, "currency": "XOF"}, "amount_out_of_range", "amount"),
        ({"amount": "100", "currency": "XOF"}, "amount_not_whole", "amount"),
        ({"msisdn": "96112233"}, "unknown_field", "msisdn"),
    ],
)
def test_a_wrong_field_is_named(till: Till, body: dict[str, Any], code: str, param: str) -> None:
    given = {"collection": collected(till), **body} if body else body
    assert till.post("/v1/refunds", given).refuses(422, code, param)


def test_a_key_refunds_once_and_a_reference_names_one_refund(till: Till) -> None:
    """F-H03, I-28, I-29, I-30."""
    collection = collected(till)
    body = {"collection": collection, "amount": 1_000, "currency": "XOF", "reference": "R-9"}
    first = till.post("/v1/refunds", body, key="once")
    again = till.post("/v1/refunds", body, key="once")
    other_body = till.post("/v1/refunds", {**body, "amount": 1_001}, key="once")
    other_key = till.post("/v1/refunds", body, key="twice")

    assert first.status == again.status == 202
    assert again.headers["idempotent-replayed"] == "true"
    assert first.content["id"] == again.content["id"]
    assert other_body.refuses(422, "idempotency_key_reused", "Idempotency-Key")
    assert other_key.refuses(409, "reference_already_used", "reference")
    till.at_rest()
    assert till.get("/v1/responses/once").content["id"] == first.content["id"]
    assert len(till.get(f"/v1/refunds?collection={collection}").content["data"]) == 1


def test_the_whole_refund_repeated_with_its_key_is_the_same_one(till: Till) -> None:
    """Nothing is left then, and yet it is no refusal."""
    collection = collected(till)
    first = till.post("/v1/refunds", {"collection": collection}, key="all")
    till.at_rest()
    again = till.post("/v1/refunds", {"collection": collection}, key="all")
    assert (again.status, again.content["id"]) == (202, first.content["id"])


def test_a_refund_needs_its_scope(till: Till) -> None:
    collection = collected(till)
    clerk = till.another("mer_01JABCDEFGHJKMNPQRSTVWXYZ0", scopes=("read", "collect"))
    assert refund(clerk, collection).refuses(403, "missing_scope", "refund")


def test_a_merchant_who_has_spent_it_cannot_give_it_back(till: Till) -> None:
    other = till.another("mer_01JOTHERMERCHANTOTHERMERCH")
    collection = collected(other)
    spent = other.post("/v1/payouts", {**COLLECTION, "amount": AMOUNT})
    other.finished(f"/v1/payouts/{spent.content['id']}")
    assert refund(other, collection).refuses(422, "balance_too_low")


@pytest.mark.parametrize("amount", [100, 199, 5_000])
def test_fifty_refunds_at_once_never_give_more_than_was_collected(till: Till, amount: int) -> None:
    """F-H03."""
    collection = collected(till)
    body = {"collection": collection, "amount": amount, "currency": "XOF"}

    async def race() -> list[Answer]:
        calls = [till.post_later("/v1/refunds", body, key=f"race-{n}") for n in range(50)]
        return await asyncio.gather(*calls)

    answers = till.run(race())
    till.at_rest()

    accepted = [answer for answer in answers if answer.status == 202]
    assert len(accepted) == min(50, AMOUNT // amount)
    assert {a.code for a in answers if a.status != 202} <= {"refund_exceeds_collection"}
    given = [line.amount for line in till.world.simulators.journal.find() if line.kind != "debit"]
    assert sum(given) == amount * len(accepted) <= AMOUNT
    till.run(till.world.assert_in_agreement())


def test_refunds_are_narrowed_by_a_collection_only_where_it_is_one(asking: Till) -> None:
    assert asking.get("/v1/refunds?collection=po_1").refuses(422, "invalid_parameter", "collection")
    assert asking.get("/v1/payouts?collection=col_1").refuses(
        422, "unknown_parameter", "collection"
    )


@pytest.mark.parametrize("engine", ["postgres"])
def test_refunds_on_postgres(tmp_path: Path, new_store: Any) -> None:
    with till_in(tmp_path, store=new_store()) as till:
        collection = collected(till)
        ended(till, refund(till, collection, 3_000))
        assert refund(till, collection, 2_001).refuses(422, "refund_exceeds_collection", "amount")
        ended(till, refund(till, collection))
        listed = till.get(f"/v1/refunds?collection={collection}").content["data"]
        assert [one["amount"] for one in listed] == [2_000, 3_000]
        till.run(till.world.assert_in_agreement())
