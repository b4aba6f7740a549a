"""Refunds and payouts of the simulated D-Money: each moves money once, never more than it may."""

import pytest

from cross.outbound import NoAnswer
from tests.simulators.dmoney_client import PAYER, Shop
from tests.simulators.stage import IN_A_SECOND, Answer, Stage, play

WALLET = f"253{PAYER}"


async def paid_shop(stage: Stage, **settings: object) -> Shop:
    shop = Shop(stage)
    await shop.register(**settings)
    await shop.paid("CMD1")
    await stage.settle()
    return shop


def refund_status(answer: Answer) -> str:
    status: str = answer["biz_content"]["refund_status"]
    return status


@pytest.mark.parametrize("name", ["refund_amount", "actual_amount"])
def test_a_refund_gives_the_money_back_under_either_name_of_its_amount(name: str) -> None:
    async def act(stage: Stage) -> None:
        shop = await paid_shop(stage)
        amount = {"refund_amount": "", name: "1500.00"}
        answer = await shop.refund("CMD1", "R1", "", **amount)
        assert shop.verifies(answer)
        content = answer["biz_content"]
        assert (content["refund_status"], content["refund_amount"]) == ("REFUND_SUCCESS", "1500.00")
        assert (content["merch_order_id"], content["refund_currency"]) == ("CMD1", "DJF")
        paid, refunded = await stage.journal(operator="dmoney")
        assert (refunded["kind"], refunded["reference"]) == ("refund", "R1")
        assert (refunded["msisdn"], refunded["amount"]) == (WALLET, 1500)
        assert content["trans_order_id"] == paid["operator_reference"]
        assert content["refund_order_id"] == refunded["operator_reference"]
        found = (await shop.query("CMD1", refund_request_no="R1"))["biz_content"]
        assert (found["order_status"], found["trade_status"]) == ("REFUNDED", "REFUND_SUCCESS")
        assert found["refund_status"] == "REFUND_SUCCESS"

    play(act)


def test_refunds_in_part_never_exceed_what_was_paid() -> None:
    async def act(stage: Stage) -> None:
        shop = await paid_shop(stage)
        for number, amount in (("R1", "1000"), ("R2", "400")):
            assert refund_status(await shop.refund("CMD1", number, amount)) == "REFUND_SUCCESS"
        assert (await shop.refund("CMD1", "R3", "101"))["code"] == "1007"
        assert refund_status(await shop.refund("CMD1", "R3", "100")) == "REFUND_SUCCESS"
        assert (await shop.refund("CMD1", "R4", "1"))["code"] == "1007"
        amounts = [m["amount"] for m in await stage.journal() if m["kind"] == "refund"]
        assert amounts == [1000, 400, 100]

    play(act)


def test_the_same_refund_again_is_answered_again_and_another_under_its_number_is_not() -> None:
    async def act(stage: Stage) -> None:
        shop = await paid_shop(stage)
        await shop.paid("CMD2")
        first = await shop.refund("CMD1", "R1", "500")
        again = await shop.refund("CMD1", "R1", "500")
        assert again["biz_content"] == first["biz_content"]
        assert (await shop.refund("CMD1", "R1", "600"))["code"] == "1005"
        assert (await shop.refund("CMD2", "R1", "500"))["code"] == "1005"
        assert [m["kind"] for m in await stage.journal()] == ["debit", "debit", "refund"]

    play(act)


def test_only_what_is_paid_and_known_is_refunded() -> None:
    async def act(stage: Stage) -> None:
        shop = await paid_shop(stage)
        await shop.pre_order("CMD2")
        assert (await shop.refund("CMD2", "R1", "5"))["code"] == "1006"
        assert (await shop.refund("CMD9", "R1", "5"))["code"] == "1004"
        assert (await shop.refund("CMD1", "R-1", "5"))["code"] == "1002"
        assert (await shop.refund("CMD1", "R1", "0"))["code"] == "1002"
        assert (await shop.refund("CMD1", "R1", "5", actual_amount="6"))["code"] == "1002"
        assert (await shop.refund("CMD1", "R1", "", refund_reason="x"))["code"] == "1002"
        assert (await shop.refund("CMD1", "R1", "5", payment_order_id="00"))["code"] == "1004"
        number = (await shop.query("CMD1"))["biz_content"]["payment_order_id"]
        answer = await shop.refund("", "R1", "5", payment_order_id=number)
        assert refund_status(answer) == "REFUND_SUCCESS"

    play(act)


def test_a_refund_may_take_its_time() -> None:
    async def act(stage: Stage) -> None:
        shop = await paid_shop(stage, refund_s=60)
        assert refund_status(await shop.refund("CMD1", "R1", "1000")) == "REFUNDING"
        assert (await shop.refund("CMD1", "R2", "501"))["code"] == "1007"
        assert await shop.status("CMD1") == "REFUNDING"
        assert len(await stage.journal()) == 1
        await stage.advance(60)
        assert refund_status(await shop.refund("CMD1", "R1", "1000")) == "REFUND_SUCCESS"
        assert len(await stage.journal()) == 2

    play(act)


def test_a_refund_to_14_fails_and_leaves_the_order_paid() -> None:
    async def act(stage: Stage) -> None:
        shop = Shop(stage)
        await shop.register()
        await shop.paid("CMD1", "77112214")
        content = (await shop.refund("CMD1", "R1", "500"))["biz_content"]
        assert (content["refund_status"], content["fail_code"]) == (
            "REFUND_FAILED",
            "CREDIT_REFUSED",
        )
        found = (await shop.query("CMD1"))["biz_content"]
        assert (found["order_status"], found["trade_status"]) == ("PAID", "REFUND_FAILED")
        assert [m["kind"] for m in await stage.journal()] == ["debit"]

    play(act)


def test_a_refund_whose_answer_is_lost_was_made_once() -> None:
    async def act(stage: Stage) -> None:
        shop = await paid_shop(stage)
        await stage.plant("dmoney", "drop_after", count=1, match="R1")
        with pytest.raises(NoAnswer):
            await shop.refund("CMD1", "R1", "500")
        assert refund_status(await shop.refund("CMD1", "R1", "500")) == "REFUND_SUCCESS"
        assert [m["kind"] for m in await stage.journal()] == ["debit", "refund"]

    play(act)


def test_a_payout_is_made_answered_told_and_found() -> None:
    async def act(stage: Stage) -> None:
        shop = Shop(stage)
        await shop.register()
        answer = await shop.transfer("PAY1", WALLET)
        assert shop.verifies(answer)
        assert answer["biz_content"]["trade_status"] == "PAY_SUCCESS"
        await stage.settle()
        (notified,) = stage.listener.bodies
        assert shop.verifies(notified)
        assert (notified["merch_order_id"], notified["trade_status"]) == ("PAY1", "Completed")
        assert await shop.status("PAY1") == "PAID"
        (movement,) = await stage.journal(reference="PAY1")
        assert (movement["kind"], movement["amount"]) == ("credit", 700)
        assert (await shop.transfer("PAY1", WALLET))["biz_content"] == answer["biz_content"]
        assert (await shop.transfer("PAY1", WALLET, "701"))["code"] == "1005"
        assert len(await stage.journal()) == 1

    play(act)


def test_a_payout_may_be_accepted_first_and_asked_for_later() -> None:
    async def act(stage: Stage) -> None:
        shop = Shop(stage)
        await shop.register(payout_answer="accepted")
        answer = await shop.transfer("PAY1", WALLET)
        assert answer["biz_content"] == {"merch_order_id": "PAY1", "trade_status": "ACCEPTED"}
        assert await shop.status("PAY1") == "PAID"

    play(act)


@pytest.mark.parametrize(
    ("payee", "code"),
    [
        ("25377112205", "WALLET_NOT_FOUND"),
        ("25377112206", "LIMIT_REACHED"),
        ("25377112214", "CREDIT_REFUSED"),
        ("25321112233", "WALLET_NOT_FOUND"),
    ],
)
def test_a_payout_that_fails_says_why_in_the_answer_and_in_the_query(payee: str, code: str) -> None:
    async def act(stage: Stage) -> None:
        shop = Shop(stage)
        await shop.register()
        for answer in (await shop.transfer("PAY1", payee), await shop.query("PAY1")):
            content = answer["biz_content"]
            assert (content["trade_status"], content["fail_code"]) == ("PAY_FAILED", code)
        await stage.settle()
        assert [b["trade_status"] for b in stage.listener.bodies] == ["Failure"]
        assert await stage.journal() == []

    play(act)


def test_a_payout_beyond_the_float_fails() -> None:
    async def act(stage: Stage) -> None:
        shop = Shop(stage)
        await shop.register()
        content = (await shop.transfer("PAY1", WALLET, "100000001"))["biz_content"]
        assert content["fail_code"] == "MERCHANT_BALANCE_TOO_LOW"

    play(act)


def test_18_is_paid_out_and_its_answer_is_lost() -> None:
    async def act(stage: Stage) -> None:
        shop = Shop(stage)
        await shop.register()
        with pytest.raises(NoAnswer):
            await shop.transfer("PAY1", "25377112218")
        assert await shop.status("PAY1") == "PAID"
        assert len(await stage.journal()) == 1

    play(act)


def test_the_journal_explains_every_balance() -> None:
    async def act(stage: Stage) -> None:
        shop = await paid_shop(stage)
        await shop.refund("CMD1", "R1", "600")
        await shop.transfer("PAY1", WALLET)
        moves = [(m["kind"], m["amount"]) for m in await stage.journal(operator="dmoney")]
        assert moves == [("debit", 1500), ("refund", 600), ("credit", 700)]
        wallet = await stage.control("GET", f"wallets/dmoney/{WALLET}")
        assert wallet["balance"] == 1_000_000 - 1500 + 600 + 700
        assert (await stage.control("GET", "partner/dmoney"))["balance"] == 100_000_200

    play(act, IN_A_SECOND)
