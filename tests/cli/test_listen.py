"""`cross listen` and `cross trigger`: events made to happen, brought to a developer's machine."""

import json
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from queue import Queue
from typing import Any

import pytest
from standardwebhooks import Webhook

from cross.cli.recipes import RECIPES
from cross.domain.event import TYPES, TYPES_BESIDES
from tests.cli.running import CROSS, Typed, environment

pytestmark = pytest.mark.usefixtures("running")


class Shop(HTTPServer):
    """A developer's server: believes what the unmodified `standardwebhooks` package believes."""

    def __init__(self, secret: str) -> None:
        super().__init__(("127.0.0.1", 0), Till)
        self.webhook = Webhook(secret)
        self.heard: Queue[Any] = Queue()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/webhooks"


class Till(BaseHTTPRequestHandler):
    server: Shop

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.heard.put(self.server.webhook.verify(body, dict(self.headers.items())))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@contextmanager
def listening(home: Path, *words: str) -> Iterator[subprocess.Popen[str]]:
    """`cross listen` as a process, from the moment when it has said its secret."""
    process = subprocess.Popen(
        [*CROSS, "listen", *words], stdout=subprocess.PIPE, env=environment(home), text=True
    )
    try:
        assert process.stdout is not None
        assert "Listening" in process.stdout.readline()
        assert process.stdout.readline().startswith("whsec_")
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(timeout=20)
        if process.stdout is not None:
            process.stdout.close()


def test_each_new_event_is_forwarded_once_and_signed(typed: Typed, home: Path) -> None:
    typed.document("pay", "97445566", "500")  # before: nobody is told
    secret = typed("listen", "--print-secret").out.strip()
    assert typed.document("listen", "--print-secret") == {"secret": secret}
    shop = Shop(secret)
    threading.Thread(target=shop.serve_forever, daemon=True).start()
    with listening(home, "--forward-to", shop.url) as process:
        told = typed.document("trigger", "collection.succeeded", "--override", "amount=2500")
        heard = [shop.heard.get(timeout=20) for _ in range(2)]
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) == 0
        assert process.stdout is not None
        lines = process.stdout.read()
    shop.shutdown()
    shop.server_close()

    assert [one["type"] for one in heard] == ["collection.created", "collection.succeeded"]
    assert heard[1] == told["event"]
    assert heard[1]["data"]["object"]["amount"] == 2_500
    assert shop.heard.empty()
    for one in heard:
        assert one["id"] in lines
    assert "204" in lines


def test_where_nobody_answers_it_says_so_and_goes_on(typed: Typed, home: Path) -> None:
    with listening(home, "--forward-to", "http://127.0.0.1:9", "--events", "payout.failed") as one:
        typed.document("trigger", "payout.failed")
        assert one.stdout is not None
        assert "payout.failed" in one.stdout.readline()
        assert "no connection" in one.stdout.readline()
        assert one.poll() is None


def test_an_address_that_is_none_is_refused(typed: Typed) -> None:
    assert typed("listen", "--forward-to", "localhost").code == 2


def test_every_event_of_a_merchants_own_doing_can_be_triggered(typed: Typed) -> None:
    of_the_house = {"attention", "float", "operator", "reconciliation", "webhook_endpoint"}
    by_people_or_time = {"transfer.needs_attention", "collection.canceled", "payout.canceled"}
    by_people_or_time |= {"refund.canceled"}
    known = {name for name in (*TYPES, *TYPES_BESIDES) if name.split(".")[0] not in of_the_house}
    assert set(RECIPES) == known - by_people_or_time
    assert typed.document("trigger")["data"] == list(RECIPES)


@pytest.mark.parametrize(
    "event",
    [
        "transfer.refunded",
        "transfer.failed",
        "collection.expired",
        "refund.succeeded",
        "refund.failed",
        "order.paid",
        "order.canceled",
    ],
)
def test_what_is_triggered_really_happens(typed: Typed, event: str) -> None:
    told = typed.document("trigger", event)
    assert told["event"]["type"] == event
    assert told["event"]["data"]["object"]["id"] == told["made"]


def test_a_page_is_walked_where_the_operator_has_one(typed: Typed) -> None:
    said = typed("trigger", "order.paid", "--operator", "dmoney")
    assert said.code == 0
    assert "order.paid" in said.out


def test_what_cannot_be_triggered_says_what_can(typed: Typed) -> None:
    said = typed("trigger", "operator.down", "--lang", "fr")
    assert said.code == 2
    assert "transfer.completed" in said.err
    assert typed("trigger", "collection.failed", "--operator", "dmoney").code == 2
    assert typed("trigger", "collection.failed", "--override", "amount").code == 2


def test_a_key_for_real_money_triggers_nothing(typed: Typed) -> None:
    live = {"CROSS_API_KEY": "sk_live_nobodys", "CROSS_API_URL": "http://127.0.0.1:9"}
    assert typed("trigger", "order.paid", **live).code == 2


def test_json_is_one_line_an_event(typed: Typed, home: Path) -> None:
    process = subprocess.Popen(
        [*CROSS, "listen", "--json"], stdout=subprocess.PIPE, env=environment(home), text=True
    )
    try:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        assert ready["secret"].startswith("whsec_")
        typed.document("trigger", "payout.created")
        told = json.loads(process.stdout.readline())
        assert told["type"] == "payout.created"
    finally:
        process.kill()
        process.wait(timeout=20)
        if process.stdout is not None:
            process.stdout.close()
