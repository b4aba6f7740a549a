"""Idempotency-Key: one key, one movement, for ever; another body under it changes nothing."""

import asyncio
import json
from pathlib import Path

import pytest

from tests.api.conftest import till_in
from tests.api.till import BODIES, TRANSFER, Answer, Till

PATHS = sorted(BODIES)
OTHER = "mer_01J0THER0THER0THER0THER0TH"


def test_two_hundred_at_once_open_one_transfer(till: Till) -> None:
    """I-27."""

    async def all_at_once() -> list[Answer]:
        calls = (till.post_later("/v1/transfers", TRANSFER, key="one") for _ in range(200))
        return await asyncio.gather(*calls)

    answers = till.run(all_at_once())

    assert {answer.status for answer in answers} <= {202, 409}
    accepted = [answer for answer in answers if answer.status == 202]
    assert len({answer.content["id"] for answer in accepted}) == 1
    fresh = [answer for answer in accepted if "idempotent-replayed" not in answer.headers]
    assert len(fresh) == 1
    assert till.movements_stored() == 1
    till.at_rest()
    journal = till.run(till.world.control("GET", "/journal"))["data"]
    assert [line["kind"] for line in journal] == ["debit", "credit"]
    till.run(till.world.assert_in_agreement())


def test_two_hundred_at_once_use_a_quote_once(till: Till) -> None:
    """I-27, with keys that differ: a quote prices one transfer."""
    quote = till.post("/v1/quotes", TRANSFER).content["id"]

    async def all_at_once() -> list[Answer]:
        body = {"quote": quote}
        calls = (till.post_later("/v1/transfers", body, key=f"k{n}") for n in range(50))
        return await asyncio.gather(*calls)

    answers = till.run(all_at_once())

    (accepted,) = [answer for answer in answers if answer.status == 202]
    for answer in answers:
        if answer is not accepted:
            assert answer.refuses(409, "quote_already_used", "quote")
            assert answer.content["existing_id"] == accepted.content["id"]
    till.at_rest()


@pytest.mark.parametrize("path", PATHS)
def test_the_same_request_again_is_the_same_movement(till: Till, path: str) -> None:
    """I-28: also once it is final, and however the body is written."""
    first = till.post(path, BODIES[path], key="again")
    done = till.finished(f"{path}/{first.content['id']}")
    rewritten = json.dumps(dict(reversed(list(BODIES[path].items()))), indent=4).encode()

    for body in (BODIES[path], rewritten):
        again = till.post(path, body, key="again")
        assert again.status == first.status == 202
        assert again.headers["idempotent-replayed"] == "true"
        assert again.content == done
    assert "idempotent-replayed" not in first.headers
    assert till.movements_stored() == 1


def test_a_text_and_a_number_of_the_same_digits_are_two_requests(till: Till) -> None:
    """I-29: the second is another body, not a repeat of the first."""
    first = {**TRANSFER, "metadata": {"a": "1.5"}}
    till.post("/v1/transfers", first, key="digits")

    again = till.post("/v1/transfers", {**TRANSFER, "metadata": {"a": 1.5}}, key="digits")

    assert again.refuses(422, "idempotency_key_reused", "Idempotency-Key")


@pytest.mark.parametrize("path", PATHS)
def test_another_body_under_the_key_writes_nothing(till: Till, path: str) -> None:
    """I-29: whether or not that body would have been accepted by itself."""
    till.post(path, BODIES[path], key="mine")

    for change in ({"amount": 5001}, {"amount": 5000.5}, {"colour": "red"}, {"reference": "X"}):
        answer = till.post(path, {**BODIES[path], **change}, key="mine")
        assert answer.refuses(422, "idempotency_key_reused", "Idempotency-Key")
    assert till.movements_stored() == 1


def test_a_key_of_one_call_is_not_taken_for_another(till: Till) -> None:
    till.post("/v1/payouts", BODIES["/v1/payouts"], key="mine")

    answer = till.post("/v1/collections", BODIES["/v1/payouts"], key="mine")

    assert answer.refuses(422, "idempotency_key_reused", "Idempotency-Key")


def test_the_first_answer_wins_over_a_refusal_that_came_to_be_since(till: Till) -> None:
    """The quote has expired meanwhile: the repeat still gets its transfer."""
    quote = till.post("/v1/quotes", TRANSFER).content["id"]
    first = till.post("/v1/transfers", {"quote": quote}, key="slow")
    now = till.switch.clock
    till.switch.clock = lambda: now().replace(year=now().year + 1)

    again = till.post("/v1/transfers", {"quote": quote}, key="slow")

    till.switch.clock = now
    assert (again.status, again.content["id"]) == (202, first.content["id"])


def test_a_refusal_leaves_the_key_free(till: Till) -> None:
    """I-31: an error before acceptance leaves nothing behind."""
    assert till.post("/v1/transfers", {**TRANSFER, "amount": 5}, key="k").status == 422
    assert till.movements_stored() == 0

    assert till.post("/v1/transfers", TRANSFER, key="k").status == 202


def test_a_key_of_another_merchant_is_unrelated(till: Till) -> None:
    """I-29, F-S20."""
    other = till.another(OTHER)
    mine = till.post("/v1/transfers", TRANSFER, key="shared").content["id"]

    till.finished(f"/v1/transfers/{mine}")
    theirs = other.post("/v1/transfers", {**TRANSFER, "amount": 6000}, key="shared")

    assert theirs.status == 202
    assert theirs.content["id"] != mine
    assert other.get("/v1/responses/shared").content["id"] == theirs.content["id"]


@pytest.mark.parametrize("path", PATHS)
def test_a_reference_names_one_movement_for_ever(till: Till, path: str) -> None:
    """I-30."""
    body = {**BODIES[path], "reference": "CMD-77"}
    first = till.post(path, body, key="one")
    till.finished(f"{path}/{first.content['id']}")

    answer = till.post(path, body, key="two")

    assert answer.refuses(409, "reference_already_used", "reference")
    assert answer.content["existing_id"] == first.content["id"]
    assert till.movements_stored() == 1


def test_a_reference_may_name_one_of_each_kind_and_another_merchants(till: Till) -> None:
    for path in PATHS:
        opened = till.post(path, {**BODIES[path], "reference": "CMD-77"})
        assert opened.status == 202
        till.finished(f"{path}/{opened.content['id']}")
    other = till.another(OTHER)
    assert other.post("/v1/transfers", {**TRANSFER, "reference": "CMD-77"}).status == 202


@pytest.mark.parametrize("key", ["lost", "a/b", "x" * 255, "50%-off", "what?", "key{}|~!"])
def test_an_answer_that_was_lost_is_fetched_by_its_key(till: Till, key: str) -> None:
    opened = till.post("/v1/transfers", TRANSFER, key=key)
    done = till.finished(f"/v1/transfers/{opened.content['id']}")

    answer = till.get(f"/v1/responses/{key.replace('?', '%3F')}")

    assert (answer.status, answer.content) == (202, done)
    assert answer.headers["idempotent-replayed"] == "true"


def test_a_key_that_opened_nothing_has_no_answer(till: Till) -> None:
    assert till.get("/v1/responses/never").refuses(404, "not_found")
    till.post("/v1/transfers", {**TRANSFER, "amount": 1}, key="refused")
    assert till.get("/v1/responses/refused").refuses(404, "not_found")


def test_while_the_first_is_being_accepted_a_repeat_waits_or_is_told_to(till: Till) -> None:
    """A repeat whose own refusal would be untrue, as the first may still be accepted."""
    quote = till.post("/v1/quotes", TRANSFER).content["id"]
    record = till.switch.recorder.record

    async def slowly() -> tuple[Answer, Answer]:
        released = asyncio.Event()

        async def held(write: object) -> object:
            await released.wait()
            return await record(write)  # type: ignore[arg-type]

        till.switch.recorder.record = held  # type: ignore[method-assign, assignment]
        body = {"quote": quote}
        first = asyncio.ensure_future(till.post_later("/v1/transfers", body, key="k"))
        while not till.switch.accepting:
            await asyncio.sleep(0)
        now = till.switch.clock
        till.switch.clock = lambda: now().replace(year=now().year + 1)
        repeat = await till.post_later("/v1/transfers", body, key="k")
        till.switch.clock = now
        released.set()
        till.switch.recorder.record = record  # type: ignore[method-assign]
        return await first, repeat

    first, repeat = till.run(slowly())

    assert first.status == 202
    assert repeat.refuses(409, "request_in_progress", "Idempotency-Key")
    assert repeat.headers["retry-after"] == "1"


def test_accepted_means_durable(tmp_path: Path) -> None:
    """I-14: another process that opens the same books finds what was answered 202."""
    with till_in(tmp_path) as till:
        opened = till.post("/v1/transfers", TRANSFER, key="kept").content["id"]
    with till_in(tmp_path) as reopened:
        assert reopened.get("/v1/responses/kept").content["id"] == opened
