"""Short ways to make an order and to try to pay it, in a small world on either engine."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

from cross.clock import system_clock
from cross.domain.money import xof
from cross.domain.movement import Movement
from cross.domain.order import Order, OrderTerms
from cross.storage import orders as stored
from cross.storage.store import Store
from cross.switch import orders
from cross.switch.orders import Payer
from cross.switch.switch import Switch
from tests.switch import asking
from tests.world import MERCHANT, World, quick_settings, small_world

APPROVES = Payer("flooz", "96 11 01 01")
WAITS = Payer("flooz", "96 11 01 00")
REFUSES = Payer("flooz", "96 11 01 03")
SILENT = Payer("flooz", "96 11 01 20")
_numbers = count(1)


@asynccontextmanager
async def shop(folder: Path, store: Store | None = None, **changed: Any) -> AsyncIterator[World]:
    """A world with the two push operators of Togo."""
    settings = quick_settings(only=("flooz", "tmoney"), **changed)
    async with small_world(folder, store=store, settings=settings) as world:
        yield world


async def order(switch: Switch, *, minutes: int = 120, **terms: Any) -> Order:
    """An order of 5 000 F."""
    whole = OrderTerms(
        **{"reference": f"CMD-{next(_numbers)}", "title": "Pagne", **terms}, operators=()
    )
    opened = await orders.open_order(switch, xof(5_000), whole, asking.request(), minutes=minutes)
    return opened.order


async def attempt(switch: Switch, asked: Order, payer: Payer = APPROVES) -> Movement:
    """An attempt to pay it, with a form of its own."""
    key = f"form-{next(_numbers)}"
    return (await orders.open_attempt(switch, asked, payer, key=key)).movement


async def as_stored(switch: Switch, asked: Order) -> Order:
    """The projection that is in the books."""
    found = await stored.get(switch.store, asked.id)
    assert found is not None
    return found


async def until_stored(switch: Switch, asked: Order, status: str) -> Order:
    """The projection once it says so."""
    found = asked

    async def says_so() -> bool:
        nonlocal found
        found = await as_stored(switch, asked)
        return found.status == status

    await until_so(says_so)
    return found


async def until_so(condition: Callable[[], Awaitable[bool]], *, seconds: float = 15) -> None:
    """Waits until something that has to be read is so."""
    async with asyncio.timeout(seconds):
        while not await condition():
            await asyncio.sleep(0.01)


async def events_of(switch: Switch, asked: Order) -> list[tuple[str, int]]:
    """What its merchant was told, in order."""
    rows = await switch.store.rows(
        "SELECT type, sequence FROM events WHERE movement = :id AND merchant = :merchant"
        " ORDER BY sequence",
        {"id": asked.id, "merchant": MERCHANT},
    )
    return [(type_, sequence) for type_, sequence in rows]


def pass_time(switch: Switch, **span: float) -> None:
    """From now on it is so much later."""
    later = timedelta(**span)
    switch.clock = lambda: system_clock() + later


async def answer(world: World, payer: Payer, action: str) -> None:
    """What the payer does with the prompt on the phone, once it is there."""
    digits = f"228{(payer.number or '').replace(' ', '')}"
    async with asyncio.timeout(10):
        while not (await world.control("GET", f"/handsets/{digits}"))["prompts"]:
            await asyncio.sleep(0.01)
    prompt = (await world.control("GET", f"/handsets/{digits}"))["prompts"][0]["id"]
    body = {"action": action, "pin": "1234"}
    await world.control("POST", f"/handsets/{digits}/prompts/{prompt}", body)
