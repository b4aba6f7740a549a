"""The rules of the simulated D-Money: what is refused is named, what clients send is taken."""

import json
from typing import Any

import pytest

from tests.simulators.dmoney_client import PREFIX, Shop
from tests.simulators.stage import Stage, play


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"merch_order_id": "CMD-1"}, "merch_order_id"),
        ({"merch_order_id": "C" * 65}, "merch_order_id"),
        ({"merch_order_id": ""}, "merch_order_id"),
        ({"total_amount": "0"}, "total_amount"),
        ({"total_amount": "010"}, "total_amount"),
        ({"total_amount": "10.50"}, "total_amount"),
        ({"total_amount": "-5"}, "total_amount"),
        ({"trans_currency": "ETB"}, "trans_currency"),
        ({"timeout_express": "121m"}, "timeout_express"),
        ({"timeout_express": "0m"}, "timeout_express"),
        ({"timeout_express": "30"}, "timeout_express"),
        ({"trade_type": "InApp"}, "trade_type"),
        ({"notify_url": ""}, "notify_url"),
        ({"notify_url": "ftp://shop.example"}, "notify_url"),
        ({"title": ""}, "title"),
        ({"title": "T" * 513}, "title"),
        ({"callback_info": "two words"}, "callback_info"),
        ({"appid": "1"}, "appid"),
        ({"merch_code": "1"}, "merch_code"),
        ({"title": "a&total_amount=1"}, "title"),
        ({"title": "a\nb"}, "title"),
        ({"callback_info": "x&merch_order_id=VICTIM"}, "callback_info"),
        ({"unknown": "a=b"}, "unknown"),
        ({"redirect_url": "https://shop.example/\r\nx"}, "redirect_url"),
    ],
)
def test_a_field_that_breaks_its_rule_is_named(wrong: dict[str, str], named: str) -> None:
    async def act(stage: Stage) -> None:
        shop = Shop(stage)
        await shop.register()
        refused = await shop.ask("payment.preorder", "preOrder", {**shop.order("CMD1"), **wrong})
        assert (refused["code"], refused["errorCode"]) == ("1002", "49401024995")
        assert named in refused["error_details"]
        assert await stage.journal() == []

    play(act)


@pytest.mark.parametrize(
    "right",
    [
        {"merch_order_id": "CMD_1"},
        {"total_amount": "1500.00"},
        {"total_amount": "1500.0"},
        {"trans_currency": "FDJ"},
        {"timeout_express": ""},
        {"title": "School Fee - Term 1"},
        {"redirect_url": "https://shop.example/back?order=1&step=2"},
        {"notify_url": "https://shop.example/n?order=1"},
        {"payee_identifier": "9988", "payee_type": "3000"},
        {"wallet_reference_data": {"k": "v"}},
    ],
)
def test_what_real_clients_send_is_taken(right: dict[str, Any]) -> None:
    async def act(stage: Stage) -> None:
        shop = Shop(stage)
        await shop.register()
        answer = await shop.ask("payment.preorder", "preOrder", {**shop.order("CMD1"), **right})
        assert answer["code"] == "0", answer

    play(act)


def test_a_strict_gateway_refuses_a_dash_in_a_title_and_a_lenient_one_takes_birr() -> None:
    async def act(stage: Stage) -> None:
        shop = Shop(stage)
        await shop.register(strict_title=True, currencies=["DJF", "ETB"])
        assert (await shop.pre_order("CMD1", title="School Fee - 1"))["code"] == "1002"
        assert (await shop.pre_order("CMD2", trans_currency="ETB"))["code"] == "0"

    play(act)


@pytest.mark.parametrize(
    ("top", "named"),
    [
        ({"timestamp": "1"}, "timestamp"),
        ({"timestamp": "0000000000"}, "timestamp"),
        ({"nonce_str": "with-dash"}, "nonce_str"),
        ({"nonce_str": "n" * 33}, "nonce_str"),
        ({"version": "2.0"}, "version"),
        ({"timestamp": "1795340000"}, "timestamp"),  # an hour too old
        ({"nonce_str": "nonce0", "timestamp": "9795349600"}, "timestamp"),
    ],
)
def test_an_envelope_that_breaks_its_rule_is_named(top: dict[str, str], named: str) -> None:
    async def act(stage: Stage) -> None:
        shop = Shop(stage)
        await shop.register()
        fields = shop.signed("payment.preorder", shop.order("CMD1"), **top)
        response = await shop.post(f"{PREFIX}/payment/v1/merchant/preOrder", fields)
        refused = json.loads(response.body)
        assert (response.status, refused["code"]) == (400, "1002")
        assert named in refused["error_details"]

    play(act)


def test_a_request_that_comes_twice_is_refused_the_second_time() -> None:
    async def act(stage: Stage) -> None:
        shop = Shop(stage)
        await shop.register()
        fields = shop.signed("payment.preorder", shop.order("CMD1"))
        path = f"{PREFIX}/payment/v1/merchant/preOrder"
        assert (await shop.post(path, fields)).status == 200
        again = await shop.post(path, fields)
        assert again.status == 400
        assert "nonce_str" in json.loads(again.body)["error_details"]

    play(act)


def test_moving_the_simulators_clock_makes_no_client_stale() -> None:
    async def act(stage: Stage) -> None:
        shop = Shop(stage)
        await shop.register()
        await stage.advance(7200)
        assert (await shop.pre_order("CMD1"))["code"] == "0"

    play(act)
