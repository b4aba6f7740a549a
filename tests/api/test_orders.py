"""`/v1/orders` and `/v1/payment_links`: as every other noun, and with a log that keeps secrets."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from cross.domain.pi_spi import Alias
from cross.switch import orders, payment_links
from cross.switch.orders import Payer
from tests.api.conftest import till_in
from tests.api.till import Till
from tests.world import MERCHANT, until

ORDER: Final = {"amount": 5_000, "currency": "XOF", "reference": "CMD-1", "title": "Pagne"}
LINK: Final = {"title": "Cotisation", "currency": "XOF", "amount": 2_000}
ALIAS: Final = Alias("111c3e1b-4312-49ec-b75e-4c8c74c10fd7", "TG")
ANOTHER: Final = "mer_01JABCDEFGHJKMNPQRSTVWXYZ1"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Till]:
    """A till whose merchant has an alias at PI-SPI."""
    with till_in(tmp_path_factory.mktemp("shop"), pi_spi={MERCHANT: ALIAS}) as till:
        yield till


def made(till: Till, reference: str, **changed: Any) -> Any:
    answer = till.post("/v1/orders", {**ORDER, "reference": reference, **changed})
    assert answer.status == 201, answer.content
    return answer.content


def tried(till: Till, order: Any, payer: Payer) -> Any:
    """The order once an attempt of it has ended."""

    async def trying() -> None:
        stands = await orders.find(till.switch, order["id"], merchant=MERCHANT)
        await orders.open_attempt(till.switch, stands.order, payer, key=order["id"])

    till.run(trying())
    till.run(until(lambda: not till.switch.live))
    return till.get(f"/v1/orders/{order['id']}").content


def test_an_order_is_made_with_an_address_nobody_guesses(shop: Till) -> None:
    order = made(shop, "A-1", metadata={"shelf": "7"}, callback_info="C-7", expires_in_minutes=30)

    assert order["status"] == "unpaid"
    assert order["operators"] == ["flooz", "tmoney"]
    home, _, token = order["checkout_url"].rpartition("/pay/")
    assert home.startswith("http")
    assert len(token) == 26  # 130 bits
    assert (order["amount_paid"], order["attempts"], order["paid_late"]) == (0, [], False)
    assert order["callback_info"] == "C-7"


def test_the_same_key_makes_it_once(shop: Till) -> None:
    first = shop.post("/v1/orders", {**ORDER, "reference": "B-1"}, key="order-key")
    again = shop.post("/v1/orders", {**ORDER, "reference": "B-1"}, key="order-key")
    other = shop.post("/v1/orders", {**ORDER, "reference": "B-2"}, key="order-key")

    assert (again.status, again.content["id"]) == (201, first.content["id"])
    assert again.headers["idempotent-replayed"] == "true"
    assert other.refuses(422, "idempotency_key_reused", "Idempotency-Key")
    assert shop.get("/v1/responses/order-key").content["id"] == first.content["id"]


def test_a_reference_is_an_orders_for_ever(shop: Till) -> None:
    first = made(shop, "C-1")
    again = shop.post("/v1/orders", {**ORDER, "reference": "C-1"})

    assert again.refuses(409, "reference_already_used", "reference")
    assert again.content["existing_id"] == first["id"]


@pytest.mark.parametrize(
    ("changed", "status", "code", "param"),
    [
        ({"reference": None}, 422, "invalid_type", "reference"),
        ({"title": ""}, 422, "invalid_length", "title"),
        ({"amount": "5000"}, 422, "amount_not_whole", "amount"),
        ({"amount": 0}, 422, "amount_out_of_range", "amount"),
        ({"currency": "EUR"}, 422, "unknown_currency", "currency"),
        ({"currency": "DJF"}, 422, "currency_mismatch", "currency"),
        ({"expires_in_minutes": 0}, 422, "invalid_value", "expires_in_minutes"),
        ({"expires_in_minutes": 121}, 422, "invalid_value", "expires_in_minutes"),
        ({"operators": []}, 422, "invalid_length", "operators"),
        ({"operators": ["wave"]}, 422, "unknown_operator", "operators"),
        ({"return_url": "javascript:alert(1)"}, 422, "invalid_url", "return_url"),
        ({"customer": "cus_1"}, 422, "customer_not_found", "customer"),
        ({"ammount": 1}, 422, "unknown_field", "ammount"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    shop: Till, changed: dict[str, Any], status: int, code: str, param: str
) -> None:
    body = {**ORDER, "reference": "never", **changed}
    assert shop.post("/v1/orders", body).refuses(status, code, param)


def test_another_merchants_order_is_as_unknown_as_none(shop: Till) -> None:
    """I-40."""
    order, stranger = made(shop, "D-1"), shop.another(ANOTHER)
    unknown = "ord_01JABCDEFGHJKMNPQRSTVWXYZ0"
    for path in ("", "/logs", "/qr.svg", "/pi_spi.svg"):
        theirs = stranger.get(f"/v1/orders/{order['id']}{path}")
        nobodys = stranger.get(f"/v1/orders/{unknown}{path}")
        assert theirs.refuses(404, "not_found")
        assert theirs.content["detail"] == nobodys.content["detail"]
    assert stranger.post(f"/v1/orders/{order['id']}/cancel").refuses(404, "not_found")
    assert stranger.get("/v1/orders").content["data"] == []


def test_an_order_is_paid_and_shows_its_attempts(shop: Till) -> None:
    paid = tried(shop, made(shop, "E-1"), Payer("flooz", "96110101"))

    assert (paid["status"], paid["amount_paid"]) == ("paid", 5_000)
    assert [one["status"] for one in paid["attempts"]] == ["succeeded"]
    assert shop.post(f"/v1/orders/{paid['id']}/cancel").refuses(409, "order_already_paid")
    shop.run(until(lambda: not shop.switch.tasks))
    listed = shop.get("/v1/orders?status=paid&reference=E-1").content["data"]
    assert listed == [shop.get(f"/v1/orders/{paid['id']}").content]


def test_an_unpaid_order_is_canceled(shop: Till) -> None:
    order = made(shop, "F-1")
    assert shop.post(f"/v1/orders/{order['id']}/cancel").content["status"] == "canceled"
    assert shop.post(f"/v1/orders/{order['id']}/cancel").refuses(409, "order_canceled")


def test_orders_are_listed_in_parts_and_narrowed(shop: Till) -> None:
    for number in range(3):
        made(shop.a_moment_later(), f"G-{number}")
    first = shop.get("/v1/orders?limit=2").content
    second = shop.get(f"/v1/orders?limit=1&starting_after={first['next_cursor']}").content
    found = [one["reference"] for one in (*first["data"], *second["data"])]

    assert found == ["G-2", "G-1", "G-0"]
    assert shop.get("/v1/orders?operator=tmoney").content["data"] == []
    assert shop.get("/v1/orders?status=lost").refuses(422, "invalid_parameter", "status")
    assert shop.get("/v1/orders?msisdn=96110199").content["data"] == []


def test_the_log_tells_all_and_keeps_every_secret(tmp_path: Path) -> None:
    """S-LOG: no PIN, password, token, key or number; raw exchanges and callbacks are in it."""
    with till_in(tmp_path) as till:
        order = tried(till, made(till, "H-1"), Payer("tmoney", "90 11 22 01"))
        till.run(until(lambda: not till.switch.tasks))
        answer = till.get(f"/v1/orders/{order['id']}/logs")
        entries = answer.content["data"]
        types = [entry["type"] for entry in entries]
        text = answer.body.decode()

        assert types[0] == "created"
        for kind in ("operator_chosen", "attempt_opened", "attempt_sent", "attempt_succeeded"):
            assert kind in types
        assert {"exchange", "callback", "paid"} <= set(types)
        exchanges = [entry["data"] for entry in entries if entry["type"] == "exchange"]
        assert any("montant" in one["request"]["body"] for one in exchanges)
        assert all(one["response"]["status"] == 200 for one in exchanges)
        assert text.count("22890112201") == text.count("90112201") == 0
        for secret in secrets_of(till):
            assert secret not in text, secret


def secrets_of(till: Till) -> list[str]:
    """What this installation and its operators would never want to read in a log."""
    found = [till.secret, *till.switch.callback_tokens.values()]
    client = till.run(till.world.control("GET", "/settings"))
    for settings in client.values():
        found += [
            value
            for name, value in settings.items()
            if any(word in name for word in ("password", "secret", "key", "token"))
        ]
    return [secret for secret in found if len(secret) > 5]


def test_transfers_leave_no_exchange_behind(tmp_path: Path) -> None:
    with till_in(tmp_path) as till:
        body = {"operator": "flooz", "msisdn": "96112233", "amount": 5_000, "currency": "XOF"}
        till.post("/v1/collections", body)
        till.at_rest()
        found = till.run(till.switch.store.rows("SELECT count(*) FROM order_logs", {}))
        assert found[0][0] == 0


def test_a_link_is_made_shown_listed_and_closed(shop: Till) -> None:
    link = shop.post("/v1/payment_links", LINK).content

    assert (link["status"], link["amount"], link["paid"]) == ("open", 2_000, 0)
    assert link["qr_url"] == f"{link['url']}.svg"
    assert shop.get(f"/v1/payment_links/{link['id']}").content == link
    assert shop.get("/v1/payment_links").content["data"][0] == link
    closed = shop.post(f"/v1/payment_links/{link['id']}/close").content
    assert closed["status"] == "closed"
    assert shop.post(f"/v1/payment_links/{link['id']}/close").content == closed
    assert shop.another(ANOTHER).get(f"/v1/payment_links/{link['id']}").refuses(404, "not_found")


@pytest.mark.parametrize(
    ("changed", "code", "param"),
    [
        ({"amount_min": 100}, "invalid_value", "amount"),
        ({"amount": None, "amount_min": 9, "amount_max": 8}, "invalid_value", "amount_min"),
        ({"uses": 0}, "invalid_value", "uses"),
        ({"operators": ["nobody"]}, "unknown_operator", "operators"),
        ({"title": None}, "invalid_type", "title"),
        ({"use": 1}, "unknown_field", "use"),
    ],
)
def test_a_link_that_cannot_be_meant_is_refused(
    shop: Till, changed: dict[str, Any], code: str, param: str
) -> None:
    assert shop.post("/v1/payment_links", {**LINK, **changed}).refuses(422, code, param)


def test_codes_are_served_as_images(shop: Till) -> None:
    order, link = made(shop, "I-1"), shop.post("/v1/payment_links", LINK).content
    assert order["pi_spi_qr"].startswith("00020136560012int.bceao.pi0136")
    assert "54075000.00" in order["pi_spi_qr"]
    assert "11030006304" in link["pi_spi_qr"]
    for path in (f"/v1/orders/{order['id']}", f"/v1/payment_links/{link['id']}"):
        for name in ("qr.svg", "pi_spi.svg"):
            answer = shop.get(f"{path}/{name}")
            assert answer.headers["content-type"] == "image/svg+xml"
            assert b"<svg" in answer.body


def test_without_an_alias_there_is_no_code_of_pi_spi(asking: Till) -> None:
    order = made(asking, "J-1")
    assert order["pi_spi_qr"] is None
    assert asking.get(f"/v1/orders/{order['id']}/pi_spi.svg").refuses(404, "not_found")


def test_scopes_of_orders(asking: Till) -> None:
    reading = asking.another("mer_01JABCDEFGHJKMNPQRSTVWXYZ2", scopes=("read",))
    assert reading.post("/v1/orders", ORDER).refuses(403, "missing_scope", "collect")
    assert reading.post("/v1/payment_links", LINK).refuses(403, "missing_scope", "collect")
    assert reading.get("/v1/orders").status == 200


def test_an_order_of_a_link_names_it(shop: Till) -> None:
    made_link = shop.post("/v1/payment_links", LINK).content

    async def visit() -> str:
        link = await payment_links.find(shop.switch, made_link["id"], merchant=MERCHANT)
        return (await payment_links.open_order(shop.switch, link, None, visit="v1")).id

    order = shop.get(f"/v1/orders/{shop.run(visit())}").content
    assert (order["payment_link"], order["amount"]) == (made_link["id"], 2_000)
    assert json.loads(json.dumps(order)) == order
