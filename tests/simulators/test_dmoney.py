"""The simulated D-Money through an independent client: token, order, page, query, notification."""

import json
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from tests.simulators.dmoney_client import PAYER, PREFIX, REDIRECT_URL, Shop
from tests.simulators.page_walker import Walker
from tests.simulators.stage import IN_A_SECOND, Stage, play

WALLET = f"253{PAYER}"


def test_an_independent_client_is_paid_from_token_to_query() -> None:
    async def act(stage: Stage) -> None:
        shop = Shop(stage)
        await shop.register()
        accepted = await shop.pre_order("CMD1")
        assert (accepted["result"], accepted["code"], accepted["msg"]) == (
            "SUCCESS",
            "0",
            "success",
        )
        assert shop.verifies(accepted)
        assert await shop.status("CMD1") == "PENDING"

        walker = Walker(stage.network)
        await walker.open(shop.address(accepted["biz_content"]["prepay_id"]))
        assert "1 500 Fdj" in walker.text
        await walker.press("pay", phone="77 11 22 33", pin="1234")
        await stage.settle()

        assert walker.went_to is not None
        assert walker.went_to.startswith(f"{REDIRECT_URL}?")
        back = dict(parse_qsl(urlsplit(walker.went_to).query))
        assert shop.verifies(back)
        found = await shop.query("CMD1")
        assert shop.verifies(found)
        content = found["biz_content"]
        assert (content["order_status"], content["trade_status"]) == ("PAID", "PAY_SUCCESS")
        assert content["payment_order_id"] == back["payment_order_id"]
        assert content["trans_time"] == "2026-11-22 15:00:00"  # Africa/Djibouti
        (notified,) = stage.listener.bodies
        assert shop.verifies(notified)
        assert notified["trade_status"] == "Completed"
        assert notified["transId"] == notified["trans_id"] == content["payment_order_id"]

    play(act)


def test_a_payment_is_in_the_journal_and_on_the_payers_phone() -> None:
    async def act(stage: Stage) -> None:
        shop = Shop(stage)
        await shop.register()
        await shop.paid("CMD1")
        (movement,) = await stage.journal(operator="dmoney")
        assert (movement["kind"], movement["reference"]) == ("debit", "CMD1")
        assert (movement["msisdn"], movement["amount"]) == (WALLET, 1500)
        content = (await shop.query("CMD1"))["biz_content"]
        assert movement["operator_reference"] == content["payment_order_id"]
        handset = await stage.control("GET", f"handsets/{WALLET}")
        assert [sms["text"] for sms in handset["sms"]] == [
            "Vous avez paye 1 500 DJF. Nouveau solde : 998 500 DJF."
        ]

    play(act)


def test_one_changed_byte_of_a_request_is_refused() -> None:
    async def act(stage: Stage) -> None:
        shop = Shop(stage)
        await shop.register()
        fields = shop.signed("payment.preorder", shop.order("CMD1"))
        fields["biz_content"]["total_amount"] = "1501"
        response = await shop.post(f"{PREFIX}/payment/v1/merchant/preOrder", fields)
        refused = json.loads(response.body)
        assert (response.status, refused["code"], refused["result"]) == (400, "1003", "FAIL")
        assert refused["errorCode"] == "1003"
        assert (await shop.query("CMD1"))["code"] == "1004"

    play(act)


def test_one_changed_byte_of_a_notification_shows() -> None:
    async def act(stage: Stage) -> None:
        shop = Shop(stage)
        await shop.register()
        await shop.paid("CMD1")
        await stage.settle()
        (notified,) = stage.listener.bodies
        assert shop.verifies(notified)
        for name in notified:
            if name not in ("sign", "sign_type"):
                assert not shop.verifies({**notified, name: f"{notified[name]}0"})

    play(act)


@pytest.mark.parametrize("prefix", ["/apiaccess/payment/gateway", "/payment/gateway", ""])
def test_every_prefix_serves_the_token_and_orders(prefix: str) -> None:
    async def act(stage: Stage) -> None:
        shop = Shop(stage)
        await shop.register()
        token = json.loads((await shop.sign_in(prefix)).body)
        assert token["code"] == "0"
        assert token["expires_in"] == 3600
        assert (token["effectiveDate"], token["expirationDate"]) == (
            "20261122150000",
            "20261122160000",
        )
        fields = shop.signed("payment.preorder", shop.order("CMD1"))
        response = await shop.post(f"{prefix}/payment/v1/merchant/preOrder", fields)
        assert json.loads(response.body)["code"] == "0"

    play(act)


def test_a_gateway_may_have_one_prefix_and_the_documented_query_path_only() -> None:
    async def act(stage: Stage) -> None:
        shop = Shop(stage)
        await shop.register()
        await shop.register(path_prefix="gateway", query_path="documented")
        assert (await shop.sign_in()).status == 404
        assert (await shop.sign_in("/payment/gateway")).status == 200
        question = {**shop.identity, "merch_order_id": "CMD1"}
        path = "payment/v1/merchant/queryOrder"
        for base, status in (("/payment/gateway", 404), ("/apiaccess", 200)):
            fields = shop.signed("payment.queryorder", question)
            assert (await shop.post(f"{base}/{path}", fields)).status == status

    play(act)


@pytest.mark.parametrize("manner", ["{}", "Bearer {}", "Bearer  {}", "Bearer Bearer {}"])
def test_a_token_is_taken_in_every_manner_seen(manner: str) -> None:
    async def act(stage: Stage) -> None:
        shop = Shop(stage)
        await shop.register()
        bare = shop.token.removeprefix("Bearer ")
        fields = shop.signed("payment.preorder", shop.order("CMD1"))
        path = f"{PREFIX}/payment/v1/merchant/preOrder"
        assert (await shop.post(path, fields, manner.format(bare))).status == 200

    play(act)


def test_wrong_credentials_and_expired_tokens_are_turned_away() -> None:
    async def act(stage: Stage) -> None:
        shop = Shop(stage)
        await shop.register()
        stranger = Shop(stage, appSecret="wrong")
        response = await stranger.sign_in()
        refused = json.loads(response.body)
        assert (response.status, refused["code"]) == (401, "1001")
        assert refused["error"] == "Authentication failed"

        old = shop.token
        await shop.sign_in()
        await stage.plant("dmoney", "expired_token", count=1)
        assert (await shop.pre_order("CMD1"))["code"] == "1001"
        assert (await shop.pre_order("CMD1"))["code"] == "1001"
        await shop.sign_in()
        assert (await shop.pre_order("CMD1"))["code"] == "0"
        assert old != shop.token

    play(act)


def test_milliseconds_and_biz_content_as_text_are_taken() -> None:
    async def act(stage: Stage) -> None:
        shop = Shop(stage)
        await shop.register()
        fields = shop.signed("payment_preorder", shop.order("CMD1"), timestamp="1795348800000")
        fields["biz_content"] = json.dumps(fields["biz_content"])
        response = await shop.post(f"{PREFIX}/payment/v1/merchant/preOrder", fields)
        assert response.status == 200, response.body

    play(act)


def test_the_same_order_again_is_the_same_page_and_another_one_is_a_duplicate() -> None:
    async def act(stage: Stage) -> None:
        shop = Shop(stage)
        await shop.register()
        first = (await shop.pre_order("CMD1"))["biz_content"]["prepay_id"]
        assert (await shop.pre_order("CMD1"))["biz_content"]["prepay_id"] == first
        assert (await shop.pre_order("CMD1", "1600"))["code"] == "1005"
        assert (await shop.transfer("CMD1", WALLET))["code"] == "1005"
        walker = Walker(stage.network)
        await walker.open(shop.address(first))
        await walker.press("pay", phone=PAYER, pin="1234")
        assert (await shop.pre_order("CMD1"))["code"] == "1005"
        assert len(await stage.journal()) == 1

    play(act)


def test_an_order_in_the_application_has_a_receive_code() -> None:
    async def act(stage: Stage) -> None:
        shop = Shop(stage)
        await shop.register()
        for number, path in enumerate(("inapp/createOrder", "merchant/inapp/createOrder")):
            order = shop.order(f"CMD{number}", trade_type="InApp")
            fields = shop.signed("payment.preorder", order)
            response = await shop.post(f"{PREFIX}/payment/v1/{path}", fields)
            assert json.loads(response.body)["biz_content"]["receiveCode"]

    play(act)


def test_salts_of_any_length_verify_and_pkcs1_only_where_it_is_allowed() -> None:
    async def act(stage: Stage) -> None:
        shop = Shop(stage)
        await shop.register()
        mgf = padding.MGF1(hashes.SHA256())
        shop.scheme = padding.PSS(mgf, padding.PSS.MAX_LENGTH)
        assert (await shop.pre_order("CMD1"))["code"] == "0"
        shop.scheme = padding.PKCS1v15()
        assert (await shop.pre_order("CMD2"))["code"] == "1003"
        await shop.register(accept_pkcs1v15=True)
        assert (await shop.pre_order("CMD2"))["code"] == "0"

    play(act)


def test_callback_info_may_be_left_out_of_the_signature() -> None:
    async def act(stage: Stage) -> None:
        shop = Shop(stage)
        await shop.register()
        fields = shop.signed("payment.preorder", shop.order("CMD1", callback_info=""))
        fields["biz_content"]["callback_info"] = "t_9"
        response = await shop.post(f"{PREFIX}/payment/v1/merchant/preOrder", fields)
        assert response.status == 200, response.body

    play(act)


def test_an_old_gateway_signs_the_forged_order_that_a_new_one_refuses() -> None:
    """operators.md section 7b: what connectors must defend against, reproduced."""

    async def act(stage: Stage) -> None:
        shop = Shop(stage)
        await shop.register(refuse_forging_values=False)
        # `callback_info` sorts after `appid` and before all of these
        forged_info = "x&merch_code=4321&merch_order_id=VICTIM1&notify_time=1&total_amount=1000000"
        walker = await shop.page("CMD1", callback_info=f"{forged_info}&zz=z", amount="1")
        await walker.press("pay", phone=PAYER, pin="1234")
        await stage.settle()
        (genuine,) = stage.listener.bodies
        assert shop.verifies(genuine)
        assert genuine["total_amount"] == "1"

        whole = string_of(genuine)
        assert "&merch_order_id=VICTIM1&" in whole
        assert "&total_amount=1000000&" in whole

    play(act)


def string_of(notified: dict[str, Any]) -> str:
    kept = {k: v for k, v in notified.items() if k not in ("sign", "sign_type")}
    return "&".join(f"{k}={kept[k]}" for k in sorted(kept))


def test_the_gateway_key_is_shown_and_is_the_settings_own() -> None:
    async def act(stage: Stage) -> None:
        settings = (await stage.control("GET", "settings"))["dmoney"]
        (cross,) = (await stage.control("GET", "credentials/dmoney"))["data"]
        assert settings["gateway_public_key"] == cross["gateway_public_key"]
        assert settings["app_key"] == cross["X-APP-Key"]
        assert len(cross["public_key"]) > 500
        assert (await stage.control("GET", "credentials/flooz"))["data"][0][
            "gateway_public_key"
        ] is None

    play(act, IN_A_SECOND)
