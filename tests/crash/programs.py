"""What runs in the processes: the switch as `cross serve` joins it, and the simulated operators."""

import hashlib
import json
import re
import secrets
import socket
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from typing import Any, Final, TypeAlias

from cross.bootstrap import Application
from cross.cli import serving
from cross.cli.screen import Failed
from cross.clock import system_clock
from cross.domain.money import Money
from cross.domain.webhook import EndpointTerms
from cross.outbound_http import HttpOutbound
from cross.settings import given_settings
from cross.simulation.app import create_simulators
from cross.simulation.settings import SimulationSettings
from cross.storage import webhook_endpoints
from cross.storage.store import ApiKeyRow, MerchantRow
from cross.switch import webhooks
from cross.switch.funding import fund_float, fund_merchant
from cross.switch.keys import SCOPES, hash_of
from cross.switch.switch import Switch
from tests.crash.points import Doomed, Points, death_by, install
from tests.power_loss import PowerLossDisk

MERCHANT: Final = "mer_01JCRASHTESTS000000000000"
SECRET: Final = "sk_test_crash"
FLOAT: Final = 100_000_000  # what the simulated operators hold for us at their start
REFERENCE: Final = re.compile(rb"CRX[0-9A-Z]{26}[DCR]")
TOKEN_REFUSED: Final = (b'"900901"', b"900901", b'"status":"99"', b'"code":"403"')

Say: TypeAlias = Callable[[Mapping[str, Any]], None]
Program: TypeAlias = Callable[[Mapping[str, Any], Say], Coroutine[Any, Any, int]]


async def switch(plan: Mapping[str, Any], say: Say) -> int:
    """The switch on its port until SIGTERM, its merchant and floats there from the first start."""
    return await _serve(plan, say, lambda app: app)


async def numbered(plan: Mapping[str, Any], say: Say) -> int:
    """The switch, dying at the point that the plan or `/points` has armed."""
    power = plan["power"]
    disk = None if power == "kill" else PowerLossDisk()
    points = Points(death_by(power, disk, plan["seed"]))
    points.arm(plan["armed"])
    install(points, plan, disk)
    return await _serve(plan, say, lambda app: Doomed(app, points))


async def _serve(
    plan: Mapping[str, Any], say: Say, wrapped: Callable[[serving.App], serving.App]
) -> int:
    stop = serving.stop_asked_for()
    listener = socket.create_server(("127.0.0.1", plan["port"]), backlog=2048, reuse_port=True)
    settings = given_settings(plan["settings"])
    application = Application(settings, ready=partial(_furnish, plan["shop"]))
    server = serving.Server(wrapped(application), listener)
    try:
        await server.start()
    except Failed as refusal:
        say({"refused": refusal.en})
        return refusal.code
    say({"ready": serving.address_of(listener)})
    await stop.wait()
    await server.stop()
    return 0


async def simulators(plan: Mapping[str, Any], say: Say) -> int:
    """The simulated operators until SIGTERM, and what they were asked twice under `/tap`."""
    stop = serving.stop_asked_for()
    listener = socket.create_server(("127.0.0.1", 0), backlog=2048)
    operators = create_simulators(
        outbound=HttpOutbound(),
        clock=system_clock,
        random_bits=secrets.randbits,
        settings=SimulationSettings(**plan),
    )
    server = serving.Server(Tap(operators), listener)
    await server.start()
    say({"ready": serving.address_of(listener)})
    await stop.wait()
    await server.stop()
    return 0


async def shop(plan: Mapping[str, Any], say: Say) -> int:
    """A merchant's server until SIGTERM; what it accepted is told at `/heard`."""
    stop = serving.stop_asked_for()
    listener = socket.create_server(("127.0.0.1", 0), backlog=2048)
    server = serving.Server(Shop(plan["refuses_one_of"]), listener)
    await server.start()
    say({"ready": serving.address_of(listener)})
    await stop.wait()
    await server.stop()
    return 0


class Shop:
    """Answers one webhook of so many with 503, and keeps of the others what came how often."""

    def __init__(self, refuses_one_of: int) -> None:
        self._refuses_one_of = refuses_one_of
        self._arrived = 0
        self._accepted: dict[str, dict[str, Any]] = {}

    async def __call__(
        self, scope: serving.Message, receive: serving.Receive, send: serving.Send
    ) -> None:
        """Any event of ASGI."""
        if scope["type"] != "http":
            return
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        status, answer = 204, b""
        if scope["path"] == "/heard":
            status, answer = 200, json.dumps(self._page(scope["query_string"])).encode()
        elif not self._accepts(dict(scope["headers"]), body):
            status = 503
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": answer})

    def _page(self, query: bytes) -> list[list[Any]]:
        """So many from a place on: an answer of ours is bounded."""
        start = int(query or b"0")
        chosen = list(self._accepted.items())[start : start + 500]
        return [[name, *one.values()] for name, one in chosen]

    def _accepts(self, headers: Mapping[bytes, bytes], body: bytes) -> bool:
        self._arrived += 1
        if self._refuses_one_of and self._arrived % self._refuses_one_of == 0:
            return False
        told = json.loads(body)
        kept = self._accepted.setdefault(
            headers[b"webhook-id"].decode(),
            {
                "object": told["data"]["object"]["id"],
                "sequence": told["sequence"],
                "digest": hashlib.sha256(body).hexdigest(),
                "times": 0,
                "same": told["id"] == headers[b"webhook-id"].decode(),
            },
        )
        kept["times"] += 1
        kept["same"] = kept["same"] and kept["digest"] == hashlib.sha256(body).hexdigest()
        return True


class Tap:
    """Counts how often a request that may move money reached an operator, by its reference.

    One that was turned away at the door, for its token, does not count.
    """

    def __init__(self, app: serving.App) -> None:
        self._app = app
        self._arrived: Counter[str] = Counter()

    async def __call__(
        self, scope: serving.Message, receive: serving.Receive, send: serving.Send
    ) -> None:
        """Any event of ASGI."""
        if scope["type"] == "http" and scope["path"] == "/tap":
            await self._tell(send, least=1 if scope["query_string"] == b"all" else 2)
        elif scope["type"] == "http" and scope["method"] == "POST" and _may_move_money(scope):
            await self._watch(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _tell(self, send: serving.Send, *, least: int) -> None:
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        often = {reference: times for reference, times in self._arrived.items() if times >= least}
        body = json.dumps(often).encode()
        await send({"type": "http.response.body", "body": body})

    async def _watch(
        self, scope: serving.Message, receive: serving.Receive, send: serving.Send
    ) -> None:
        seen = {"body": b"", "reference": b""}

        async def heard() -> serving.Message:
            message = await receive()
            seen["body"] += message.get("body", b"")
            found = REFERENCE.search(seen["body"])
            if found is not None and not seen["reference"]:
                seen["reference"] = found.group()
                self._arrived[found.group().decode()] += 1
            return message

        async def said(message: serving.Message) -> None:
            turned_away = any(sign in message.get("body", b"") for sign in TOKEN_REFUSED)
            if turned_away and seen["reference"]:
                self._arrived[seen["reference"].decode()] -= 1
            await send(message)

        await self._app(scope, heard, said)


def _may_move_money(scope: serving.Message) -> bool:
    path = scope["path"].lower()
    return not path.startswith("/control") and not path.endswith("verify")


async def _furnish(shop: str, switch: Switch) -> None:
    now = switch.clock()
    key = ApiKeyRow(
        "key_crash", MERCHANT, livemode=False, secret_hash=hash_of(SECRET), scopes=SCOPES, at=now
    )
    await switch.store.add_merchant(MerchantRow(MERCHANT, "Boutique", now), key)
    for name in switch.operators:
        half = Money(FLOAT // 2, switch.profile(name).currency)
        await fund_float(switch, name, half, name="start")
        await fund_merchant(switch, MERCHANT, name, half, name="start")
    if not await webhook_endpoints.of(switch.store, MERCHANT):
        terms = EndpointTerms(f"{shop}/hooks")
        await webhooks.open_endpoint(switch, terms, merchant=MERCHANT, livemode=False)


PROGRAMS: Final[Mapping[str, Program]] = {
    "switch": switch,
    "numbered": numbered,
    "simulators": simulators,
    "shop": shop,
}
