"""The simulated D-Money's notifications: dialects, retries, faults, and whom they are sent to."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cross.simulation.keys import KeyRing, public_text
from cross.simulation.settings import SimulationSettings
from tests.simulators.dmoney_client import NOTIFY_URL, PAYER, Shop
from tests.simulators.stage import CLIENT, IN_A_SECOND, Stage, play

THANKS = b'{"success":true,"message":"","returnCode":"SUCCESS","returnMsg":"OK"}'


def told_with(check: Callable[[Shop, dict[str, Any]], None], **settings: object) -> None:
    """One payment, one notification, and what is to be said of it."""

    async def act(stage: Stage) -> None:
        shop = Shop(stage)
        await shop.register(**settings)
        await shop.paid("CMD1")
        await stage.settle()
        (notified,) = stage.listener.bodies
        check(shop, notified)

    play(act)


def test_the_union_has_every_clients_fields_and_no_empty_one() -> None:
    def check(shop: Shop, notified: dict[str, Any]) -> None:
        assert shop.verifies(notified)
        number = notified["payment_order_id"]
        now = notified["notify_time"]
        assert len(now) == 10
        assert notified == {
            "notify_url": NOTIFY_URL,
            "appid": "1000200030004000",
            "notify_time": now,
            "merch_code": "4321",
            "merch_order_id": "CMD1",
            "payment_order_id": number,
            "trans_id": number,
            "transId": number,
            "total_amount": "1500",
            "trans_currency": "DJF",
            "trade_status": "Completed",
            "trans_end_time": now,
            "callback_info": "t_1",
            "timestamp": now,
            "sign_type": "SHA256WithRSA",
            "sign": notified["sign"],
        }

    told_with(check)


@pytest.mark.parametrize(
    ("dialect", "has", "has_not"),
    [
        ("table", "payment_order_id", "transId"),
        ("example", "transId", "payment_order_id"),
        ("telebirr", "trans_id", "timestamp"),
    ],
)
def test_each_dialect_is_signed_over_what_it_says(dialect: str, has: str, has_not: str) -> None:
    def check(shop: Shop, notified: dict[str, Any]) -> None:
        assert shop.verifies(notified)
        assert has in notified
        assert has_not not in notified
        if dialect == "telebirr":
            assert notified["total_amount"] == "1500.00"
            assert len(notified["notify_time"]) == 13

    told_with(check, notify_dialect=dialect)


@pytest.mark.parametrize(
    ("case", "said"),
    [("title", "Completed"), ("lower", "completed"), ("upper_huawei", "PAY_SUCCESS")],
)
def test_the_status_is_spelt_as_the_client_wants_it(case: str, said: str) -> None:
    def check(shop: Shop, notified: dict[str, Any]) -> None:
        assert shop.verifies(notified)
        assert notified["trade_status"] == said

    told_with(check, notify_status_case=case)


@pytest.mark.parametrize(
    ("flaw", "is_signed", "changed"),
    [
        ("altered_after_signing", False, {"total_amount": "999999"}),
        ("wrong_key", False, {}),
        ("unknown_order", True, {"merch_order_id": "CMD1X"}),
        ("other_merchant", True, {"merch_code": "43211"}),
    ],
)
def test_a_flaw_is_in_the_notification_and_nowhere_else(
    flaw: str,
    is_signed: bool,  # noqa: FBT001 - a parameter of the table
    changed: dict[str, str],
) -> None:
    def check(shop: Shop, notified: dict[str, Any]) -> None:
        assert shop.verifies(notified) is is_signed
        assert changed.items() <= notified.items()

    told_with(check, notify_flaw=flaw)


def test_an_unsigned_notification_has_no_signature() -> None:
    told_with(lambda _, notified: _lacks_sign(notified), notify_flaw="unsigned")


def _lacks_sign(notified: dict[str, Any]) -> None:
    assert "sign" not in notified


def test_a_notification_is_tried_six_times_with_a_fresh_time_and_signature() -> None:
    async def act(stage: Stage) -> None:
        shop = Shop(stage)
        await shop.register()
        stage.listener.statuses = [500] * 9
        await shop.paid("CMD1")
        await stage.settle()
        tries = []
        for seconds in (15, 60, 300, 1_800, 21_600, 86_400):
            tries.append(len(stage.listener.heard))
            await stage.advance(seconds)
        assert [*tries, len(stage.listener.heard)] == [1, 2, 3, 4, 5, 6, 6]
        bodies = stage.listener.bodies
        assert all(shop.verifies(body) for body in bodies)
        assert len({body["notify_time"] for body in bodies}) == 6
        assert len({body["sign"] for body in bodies}) == 6
        assert len({body["trans_end_time"] for body in bodies}) == 1

    play(act)


def test_a_notification_may_be_held_until_it_is_acknowledged() -> None:
    async def act(stage: Stage) -> None:
        shop = Shop(stage)
        await shop.register(callbacks_until_acknowledged=True)
        stage.listener.answer = b"ok"
        await shop.paid("CMD1")
        await stage.settle()
        stage.listener.answer = THANKS
        await stage.advance(15)
        await stage.advance(86_400)
        assert len(stage.listener.heard) == 2
        first, second = (await stage.control("GET", "callbacks?operator=dmoney"))["data"]
        assert (first["delivered"], second["delivered"]) == (False, True)

    play(act)


@pytest.mark.parametrize(
    ("fault", "verified", "amounts"),
    [
        ("alter_callback_amount", [True], ["1600"]),
        ("duplicate_callback", [True, True], ["1500", "1500"]),
        ("lose_callback", [], []),
        ("delay_callback", [True], ["1500"]),
        ("early_callback", [True], ["1500"]),
    ],
)
def test_planted_faults_strike_notifications(
    fault: str, verified: list[bool], amounts: list[str]
) -> None:
    async def act(stage: Stage) -> None:
        shop = Shop(stage)
        await shop.register()
        await stage.plant("dmoney", fault)
        await shop.paid("CMD1")
        await stage.advance(5)
        bodies = stage.listener.bodies
        assert [shop.verifies(body) for body in bodies] == verified
        assert [body["total_amount"] for body in bodies] == amounts

    play(act)


def test_a_forged_notification_comes_before_anybody_pays_and_is_no_gateways() -> None:
    async def act(stage: Stage) -> None:
        shop = Shop(stage)
        await shop.register()
        await stage.plant("dmoney", "forge_callback", count=1)
        await shop.pre_order("CMD1")
        await stage.settle()
        (forged,) = stage.listener.bodies
        assert (forged["trade_status"], forged["merch_order_id"]) == ("Completed", "CMD1")
        assert not shop.verifies(forged)
        assert await shop.status("CMD1") == "PENDING"
        assert await stage.journal() == []

    play(act)


def test_an_early_notification_comes_before_the_page_answers() -> None:
    async def act(stage: Stage) -> None:
        shop = Shop(stage)
        await shop.register()
        await shop.paid("CMD1", "77112213")
        assert len(stage.listener.heard) == 1

    play(act, IN_A_SECOND)


def test_the_sandboxs_address_stands_for_the_registered_one() -> None:
    async def act(stage: Stage) -> None:
        shop = Shop(stage)
        await shop.register()
        settings = (await stage.control("GET", "settings"))["dmoney"]
        for reference, url in (("CMD1", settings["notify_url"]), ("CMD2", NOTIFY_URL)):
            await shop.paid(reference, notify_url=url)
        await stage.settle()
        assert [body["merch_order_id"] for body in stage.listener.bodies] == ["CMD2"]
        body = {"callback_url": f"{CLIENT}/registered"}
        await stage.control("PUT", "credentials/dmoney/shop", body)
        await shop.paid("CMD3", notify_url=settings["notify_url"])
        await stage.settle()
        assert stage.listener.bodies[-1]["merch_order_id"] == "CMD3"
        assert stage.listener.calls[-1].path == "/registered"

    play(act)


def test_a_notification_is_sent_again_on_demand() -> None:
    async def act(stage: Stage) -> None:
        shop = Shop(stage)
        await shop.register()
        await shop.paid("CMD1")
        await stage.control("POST", "callbacks/dmoney/CMD1/resend")
        await stage.settle()
        assert len(stage.listener.heard) == 2

    play(act)


def test_a_reset_forgets_orders_tokens_and_clients_but_no_keys() -> None:
    async def act(stage: Stage) -> None:
        shop = Shop(stage)
        await shop.register()
        await shop.pre_order("CMD1")
        before = (await stage.control("GET", "settings"))["dmoney"]
        await stage.control("POST", "reset")
        assert (await shop.sign_in()).status == 401
        await shop.register()
        assert (await shop.query("CMD1"))["code"] == "1004"
        assert (await stage.control("GET", "settings"))["dmoney"] == before
        assert PAYER not in str(await stage.control("GET", "wallets"))

    play(act)


def test_key_pairs_are_kept_in_their_folder_for_their_owner_alone(tmp_path: Path) -> None:
    settings = SimulationSettings(prompt_delay_seconds=0, keys_folder=tmp_path / "keys")
    seen: list[str] = []

    async def act(stage: Stage) -> None:
        (cross,) = (await stage.control("GET", "credentials/dmoney"))["data"]
        found = (await stage.control("GET", "settings"))["dmoney"]
        assert found["gateway_public_key"] == cross["gateway_public_key"]
        seen.append(cross["gateway_public_key"])

    play(act, settings)
    play(act, settings)

    assert seen[0] == seen[1] != public_text(KeyRing().gateway("dmoney"))
    files = sorted((tmp_path / "keys").iterdir())
    assert [file.name for file in files] == ["dmoney-client.pem", "dmoney-gateway.pem"]
    assert all(file.stat().st_mode & 0o077 == 0 for file in files)
