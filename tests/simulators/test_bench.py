"""The bench: a page, a tape of what was asked and told, and orders opened at the switch."""

import json
import re

from cross.simulation.asgi import Receive, Scope, Send, read_request, send_reply
from cross.simulation.exchange import Reply, Request
from tests.simulators import tmoney_client
from tests.simulators.stage import AT_ONCE, CLIENT, Stage, play

KEY = "sk_test_bench"


class Shop:
    """A switch as the bench sees one: orders, entries, logs."""

    def __init__(self) -> None:
        self.asked: list[Request] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = await read_request(scope, receive, path=scope["path"])
        assert request is not None
        self.asked.append(request)
        assert request.header(b"authorization") == f"Bearer {KEY}"
        await send_reply(send, Reply(201, json.dumps(self._said(request)).encode()))

    def _said(self, request: Request) -> dict[str, object]:
        at = "2026-11-22T12:00:01.000Z"
        if request.path == "/v1/orders":
            return {"id": "ord_1", "checkout_url": "http://switch.example/pay/t"}
        if request.path.endswith("/logs"):
            return {"data": [{"type": "order.created", "message": "opened", "created_at": at}]}
        postings = [{"account": "float:tmoney", "amount": 1500, "currency": "XOF"}]
        entry = {"cause": "debit.succeeded", "movement": "col_1", "created_at": at}
        return {"data": [{**entry, "postings": postings}]}


async def connected(stage: Stage) -> Shop:
    shop = Shop()
    stage.routes[CLIENT] = shop
    await stage.control("PUT", "switch", {"api_url": CLIENT, "api_key": KEY})
    return shop


async def tape(stage: Stage) -> list[dict[str, str]]:
    response = await stage.send("GET", "/bench/tape")
    assert response.status == 200
    found: list[dict[str, str]] = json.loads(response.body)["data"]
    return found


def test_the_tape_tells_requests_and_callbacks_the_newest_first() -> None:
    async def act(stage: Stage) -> None:
        await stage.listen("tmoney")
        await tmoney_client.debit(stage, "R1", "22890112201")
        await stage.settle()
        kinds = [line["kind"] for line in await tape(stage)]
        assert kinds.count("callback") == 1
        assert kinds.count("request") >= 1
        assert [line["at"] for line in await tape(stage)] == sorted(
            (line["at"] for line in await tape(stage)), reverse=True
        )

    play(act, AT_ONCE)


def test_the_tape_shows_no_password_and_no_token() -> None:
    """S-SEC: what only its owner should know is on no screen."""

    async def act(stage: Stage) -> None:
        await tmoney_client.debit(stage, "R1", "22890112201")
        text = json.dumps(await tape(stage))
        assert "cross-secret" not in text
        assert "eyJ" not in text

    play(act, AT_ONCE)


def test_an_order_is_opened_with_the_key_that_no_page_ever_shows() -> None:
    async def act(stage: Stage) -> None:
        shop = await connected(stage)
        body = json.dumps({"amount": 1500, "currency": "XOF"}).encode()
        response = await stage.send("POST", "/bench/orders", body)
        assert response.status == 201
        assert json.loads(response.body)["checkout_url"] == "http://switch.example/pay/t"
        asked = json.loads(shop.asked[0].body)
        assert (asked["amount"], asked["currency"]) == (1500, "XOF")
        assert shop.asked[0].header(b"idempotency-key")

        page = await stage.send("GET", "/bench")
        assert KEY.encode() not in page.body
        assert KEY not in json.dumps(await tape(stage))
        frames = re.search(r"frame-src ([^;]+);", dict(page.headers)["content-security-policy"])
        assert frames is not None
        assert frames[1].split() == ["'self'", CLIENT]

    play(act, AT_ONCE)


def test_postings_and_the_orders_log_are_on_the_tape() -> None:
    async def act(stage: Stage) -> None:
        await connected(stage)
        await stage.send("POST", "/bench/orders", b'{"amount":1500,"currency":"XOF"}')
        told = {line["kind"]: line["title"] for line in await tape(stage)}
        assert told["posting"] == "debit.succeeded col_1"
        assert told["order"] == "order.created : opened"

    play(act, AT_ONCE)


def test_without_a_switch_the_bench_says_so_and_opens_nothing() -> None:
    async def act(stage: Stage) -> None:
        response = await stage.send("POST", "/bench/orders", b'{"amount":1,"currency":"XOF"}')
        assert response.status == 409
        assert "cross sandbox" in (await stage.send("GET", "/bench")).body.decode()

    play(act, AT_ONCE)
