"""A payer on an operator's own page, and notifications made by anybody."""

import asyncio
import re
from typing import Any, Final
from urllib.parse import urlencode

from cross.cli.visitor import Page, Visitor
from cross.domain.operator import RawCallback
from cross.settings import Settings
from cross.switch import callbacks
from tests.world import World, quick_settings, until

ONLINE: Final = "tmoney-online"
DMONEY: Final = "dmoney"
OPERATORS_ADDRESS: Final = "127.0.0.1"
STRANGERS_ADDRESS: Final = "192.0.2.9"
PIN: Final = "1234"


def never_asked(**changed: Any) -> Settings:
    """A switch that asks only when something makes it ask."""
    slow: dict[str, Any] = {"query_schedule_seconds": (600.0,), "query_every_seconds": 600.0}
    return quick_settings(**{**slow, **changed})


async def asked_for(world: World, operator: str, amount: int = 5_000, **more: Any) -> Any:
    """A collection on the operator's page, as the API tells it."""
    currency = world.switch.profile(operator).currency.code
    body = {"operator": operator, "amount": amount, "currency": currency, **more}
    asked_for.count += 1  # type: ignore[attr-defined]
    key = f"page-{asked_for.count}"  # type: ignore[attr-defined]
    answer, content = await world.ask("POST", "/v1/collections", body, key=key)
    assert answer.status == 202, content
    return content


asked_for.count = 0  # type: ignore[attr-defined]


async def sent_on(world: World, collection: Any) -> Visitor:
    """The payer's browser, on the operator's page."""
    visitor, action = Visitor(world.network), collection["next_action"]
    if action["method"] == "POST":
        await visitor.post(action["url"], action["fields"])
    else:
        await visitor.open(action["url"])
    return visitor


async def press(visitor: Visitor, action: str, **typed: str) -> Page:
    """Fills the page's form in and presses one of its buttons."""
    form = visitor.page.form_with(action)
    assert form is not None, visitor.page.text
    return await visitor.submit(form, typed, press=action)


async def pay_online(world: World, collection: Any, last_two: str = "01") -> Visitor:
    """Every step of TMoney Online's page, the confirmation and the way back included."""
    number = f"228901122{last_two}"
    visitor = await sent_on(world, collection)
    await press(visitor, "continue", phone=number, pin=PIN)
    await press(visitor, "pay", otp=await code_on(world, number))
    await press(visitor, "confirm")
    return visitor


async def pay_dmoney(world: World, collection: Any, last_two: str = "01") -> Visitor:
    """D-Money's one form, and the way back."""
    visitor = await sent_on(world, collection)
    await press(visitor, "pay", phone=f"771122{last_two}", pin=PIN)
    return visitor


async def code_on(world: World, number: str) -> str:
    """The newest code that an SMS brought."""
    async with asyncio.timeout(10):
        while True:
            handset = await world.control("GET", f"/handsets/{number}")
            for sms in reversed(handset["sms"]):
                if found := re.search(r"\b[0-9]{6}\b", sms["text"]):
                    return found[0]
            await asyncio.sleep(0.01)


def notice(collection: Any, **changed: Any) -> str:
    """What TMoney Online would call back with, made by anybody who saw the order form."""
    fields = {
        "purchaseref": collection["next_action"]["fields"]["purchaseref"],
        "amount": collection["amount"],
        "currency": "952",
        "status": "OK",
        "clientid": "C1",
        "cname": "AFI",
        "mobile": "22890112233",
        "paymentref": "P1",
        "payid": "1",
        "timestamp": "1469024554",
        "error": "",
    }
    return urlencode({**fields, **changed})


REFUSAL: Final = {"status": "NOK", "error": "CANCEL", "paymentref": "", "payid": "", "clientid": ""}


async def tell(world: World, query: str, *, peer: str = OPERATORS_ADDRESS) -> None:
    """A notification of TMoney Online from an address."""
    await callbacks.receive(world.switch, ONLINE, RawCallback("GET", query, (), b"", peer))


async def ended(world: World, collection: Any) -> Any:
    """The collection once it is final."""
    await until(lambda: collection["id"] not in world.switch.live)
    return await now(world, collection)


async def now(world: World, collection: Any) -> Any:
    """The collection as it stands."""
    _, content = await world.ask("GET", f"/v1/collections/{collection['id']}")
    return content
