"""Every page of a payer in every state, from the real application: for the gate and for eyes.

    python -m tests.web.gallery build/pages

writes each as an HTML file and, where Chromium is installed, as a picture of a small phone.
"""

import asyncio
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final, TypeAlias
from unittest.mock import patch

from cross.domain import order as rules
from cross.domain.money import djf, xof
from cross.domain.operator import Missing, Unknown
from cross.domain.order import Order
from cross.switch import orders, payment_links
from tests.web.shop import Seen, Shop, shop_settings
from tests.world import MERCHANT, small_world

LANGUAGES: Final = ("fr", "en", "ar")
WINDOW: Final = "--window-size=360,1200"

Look: TypeAlias = Callable[[str], Awaitable[Seen]]
"""The page in a language."""


async def views(shop: Shop) -> AsyncIterator[tuple[str, Look]]:
    """Each state's name, and how to look at its page; the shop is in that state until the next."""
    for part in (_choosing, _under_way, _ended, _links, _receipts, _errors):
        async for view in part(shop):
            yield view


async def _choosing(shop: Shop) -> AsyncIterator[tuple[str, Look]]:
    order = await shop.order(description="Livraison à Lomé, Bè-Kpota")
    yield "checkout", _at(shop, f"/pay/{order.token}")
    yield "checkout-fault", _sent(shop, order, "tmoney", "90 11 22")
    yield "checkout-nothing-chosen", _sent(shop, order, "", "")
    yield "confirm", _sent(shop, order, "tmoney", "96 11 22 56")
    djibouti = await shop.order(djf(25_000), title="Facture 9", cancel_url=None, return_url=None)
    yield "checkout-djibouti", _at(shop, f"/pay/{djibouti.token}")
    small = await shop.order(xof(50), operators=("tmoney", "flooz"))
    yield "checkout-no-operator", _at(shop, f"/pay/{small.token}")
    health = shop.world.switch.health
    for _ in range(10):
        health.heard("flooz", Unknown("silence"))
    for _ in range(3):
        health.heard("tmoney-online", Unknown("silence"))
    yield "checkout-down", _at(shop, f"/pay/{order.token}")
    for name in ("flooz", "tmoney-online"):
        health.heard(name, Missing())


async def _under_way(shop: Shop) -> AsyncIterator[tuple[str, Look]]:
    order = await shop.order()
    await shop.pay(order, "tmoney", "90112200")
    yield "waiting", _at(shop, f"/pay/{order.token}")
    yield "waiting-stopped", _at(shop, f"/pay/{order.token}?stop=1")
    paged = await shop.order()
    slow = {"operator": "tmoney-online", "fault": "latency", "value": 1000}
    async with _faulty(shop, slow):
        await shop.pay(paged, "tmoney-online")
        yield "preparing", _at(shop, f"/pay/{paged.token}")
    await shop.reached(paged, "handover")
    yield "handover", _at(shop, f"/pay/{paged.token}")
    yield "handover-back", _at(shop, f"/pay/{paged.token}?back=1")
    djibouti = await shop.order(djf(25_000), title="Facture 9")
    await shop.pay(djibouti, "dmoney")
    await shop.reached(djibouti, "handover")
    yield "handover-djibouti", _at(shop, f"/pay/{djibouti.token}")
    silent = await shop.order()
    async with _faulty(shop, {"operator": "tmoney", "fault": "status_query_down"}):
        await shop.pay(silent, "tmoney", "90112216")
        await shop.reached(silent, "verifying")
        yield "verifying", _at(shop, f"/pay/{silent.token}")


async def _ended(shop: Shop) -> AsyncIterator[tuple[str, Look]]:
    for digits, name in (("02", "funds"), ("03", "refused"), ("05", "unknown"), ("19", "pin")):
        order = await shop.order()
        await shop.failed(order, f"901122{digits}")
        yield f"failed-{name}", _at(shop, f"/pay/{order.token}")
    yield "failed-change", _at(shop, f"/pay/{order.token}?change=1")
    paid = await shop.paid(await shop.order())
    yield "done", _at(shop, f"/pay/{paid.token}")
    yield "done-already", _at(shop, f"/pay/{paid.token}?already=1")
    late = await shop.order(minutes=0)
    yield "expired", _at(shop, f"/pay/{late.token}")
    canceled = await shop.order()
    await orders.cancel(shop.world.switch, canceled.id, merchant=MERCHANT)
    yield "canceled", _at(shop, f"/pay/{canceled.token}")


async def _links(shop: Shop) -> AsyncIterator[tuple[str, Look]]:
    opened = await shop.link()
    yield "link-open", _at(shop, f"/l/{opened.code}")
    yield "link-fault", _posted(shop, f"/l/{opened.code}", {"amount": "12,5", "once": "v1"})
    fixed = await shop.link(amount=2_000)
    yield "link-fixed", _at(shop, f"/l/{fixed.code}")
    await payment_links.close(shop.world.switch, fixed.id, merchant=MERCHANT)
    yield "link-closed", _at(shop, f"/l/{fixed.code}")


async def _receipts(shop: Shop) -> AsyncIterator[tuple[str, Look]]:
    paid = await shop.paid(await shop.order())
    code = await shop.receipt_of(paid)
    yield "receipt", _at(shop, f"/r/{code}")
    await shop.refund(paid, xof(2_500))
    yield "receipt-refunded", _at(shop, f"/r/{code}")
    yield "authentic", _at(shop, f"/v/{code}")
    yield "authentic-no", _at(shop, f"/v/{code[:-1]}0")


async def _errors(shop: Shop) -> AsyncIterator[tuple[str, Look]]:
    yield "error-404", _at(shop, "/pay/nothing")
    order = await shop.order()
    yield "error-403", _posted(shop, f"/pay/{order.token}", {}, sec_fetch_site="cross-site")
    with patch.object(rules, "ATTEMPTS_MAX", 0):
        yield "error-429", _sent(shop, order, "tmoney", "90112201")
    with patch.object(orders, "by_token", side_effect=ZeroDivisionError):
        yield "error-500", _at(shop, f"/pay/{order.token}")
    shop.world.switch.stopping = True
    yield "error-503", _sent(shop, order, "tmoney", "90112201")
    shop.world.switch.stopping = False


def _at(shop: Shop, path: str) -> Look:
    mark = "&" if "?" in path else "?"
    return lambda lang: shop.get(f"{path}{mark}lang={lang}", accept_encoding="gzip")


def _sent(shop: Shop, order: Order, operator: str, number: str) -> Look:
    fields = {"attempt": "1", "operator": operator, "msisdn": number}
    return _posted(shop, f"/pay/{order.token}", fields)


def _posted(shop: Shop, path: str, fields: Mapping[str, str], **headers: str) -> Look:
    return lambda lang: shop.post(f"{path}?lang={lang}", fields, accept_encoding="gzip", **headers)


@asynccontextmanager
async def _faulty(shop: Shop, fault: Mapping[str, object]) -> AsyncIterator[None]:
    """An operator misbehaves meanwhile."""
    await shop.world.control("POST", "/faults", fault)
    try:
        yield
    finally:
        await shop.world.control("DELETE", "/faults")


async def write(folder: Path) -> None:
    """Every page into a folder."""
    with tempfile.TemporaryDirectory() as books:
        settings = shop_settings()
        async with small_world(Path(books), settings=settings) as world:
            async for name, look in views(Shop(world, settings)):
                for language in LANGUAGES:
                    seen = await look(language)
                    (folder / f"{name}.{language}.html").write_bytes(seen.body)


def photograph(folder: Path) -> int:
    """A picture beside each page, where Chromium is there; how many."""
    chromium = shutil.which("chromium")
    pages = sorted(folder.glob("*.html")) if chromium else []
    for page in pages:
        picture = f"--screenshot={page.with_suffix('.png')}"
        flags = ("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", WINDOW)
        command = [str(chromium), *flags, picture, page.resolve().as_uri()]
        subprocess.run(command, check=True, capture_output=True)
    return len(pages)


def main(folder: Path) -> None:
    """Writes the pages, then their pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    asyncio.run(write(folder))
    sys.stdout.write(
        f"{len(list(folder.glob('*.html')))} pages, {photograph(folder)} pictures in {folder}\n"
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
