"""A shop in the sandbox: it opens orders, and its payers have browsers and phones."""

import json
import urllib.request
from itertools import count
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.cli.running import Running

PIN = "1234"
PHONE = {"width": 360, "height": 740}
PATIENCE_MS = 30_000


class Shop:
    """One merchant's side, and the payer's screens beside it."""

    def __init__(self, running: Running, browser: Browser, pictures: Path) -> None:
        self.running = running
        self._browser = browser
        self._pictures = pictures
        self._serial = count(1)
        self._contexts: list[BrowserContext] = []

    def order(self, amount: int = 1500, currency: str = "XOF", **more: object) -> dict[str, Any]:
        """An order to be paid."""
        body = {"amount": amount, "currency": currency, "title": "Boutique Afi", **more}
        reference = f"CMD-{next(self._serial)}"
        content = {"reference": reference, **body}
        made: dict[str, Any] = self.call("POST", "/v1/orders", content, key=reference)
        return made

    def order_now(self, order: dict[str, Any]) -> dict[str, Any]:
        """The order as the merchant sees it."""
        found: dict[str, Any] = self.call("GET", f"/v1/orders/{order['id']}")
        return found

    def call(self, method: str, path: str, content: object = None, *, key: str = "") -> Any:
        """A call of the merchant's."""
        said = self.running.said
        headers = {"Authorization": f"Bearer {said['api_key']}"}
        if content is not None:
            headers["Content-Type"] = "application/json"
        if key:
            headers["Idempotency-Key"] = key
        body = None if content is None else json.dumps(content).encode()
        request = urllib.request.Request(said["api_url"] + path, body, headers, method=method)  # noqa: S310
        with urllib.request.urlopen(request, timeout=15) as answer:  # noqa: S310  on this machine
            return json.load(answer)

    def control(self, method: str, path: str, content: object = None) -> Any:
        """A call of the simulators' control API."""
        return self.running.control(f"/control/{path}", content, method)

    def browser(self, *, script: bool = True, size: dict[str, int] | None = None) -> Page:
        """A payer's browser, with its first page."""
        context = self._browser.new_context(
            viewport=size or PHONE,  # type: ignore[arg-type]
            java_script_enabled=script,
            locale="fr-TG",
        )
        context.set_default_timeout(PATIENCE_MS)
        self._contexts.append(context)
        return context.new_page()

    def checkout(self, order: dict[str, Any], *, lang: str = "fr", script: bool = True) -> Page:
        """The order's page in a payer's browser."""
        page = self.browser(script=script)
        page.goto(f"{order['checkout_url']}?lang={lang}")
        return page

    def phone(self, number: str) -> Page:
        """The simulated phone of that number."""
        page = self.browser()
        page.goto(f"{self.running.said['sim_url']}/handset/{number}")
        return page

    def picture(self, page: Page, name: str) -> None:
        """Keeps what the page looks like now."""
        self._pictures.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=self._pictures / f"{name}.png", full_page=True)

    def journal(self, operator: str) -> list[dict[str, Any]]:
        """What the operator really moved."""
        found: list[dict[str, Any]] = self.control("GET", f"journal?operator={operator}")["data"]
        return found

    def wait_for(self, order: dict[str, Any], status: str) -> dict[str, Any]:
        """The order once it stands so, as the merchant sees it."""
        page = self.browser()
        page.goto(order["checkout_url"])
        for _ in range(120):
            now = self.order_now(order)
            if now["status"] == status:
                return now
            page.wait_for_timeout(250)
        raise AssertionError(f"{now['status']} and not {status}")

    def close(self) -> None:
        """Closes every browser."""
        for context in self._contexts:
            context.close()


def pay_with(page: Page, operator: str, number: str | None = None) -> None:
    """Chooses an operator on the checkout page, types a number, and presses *Pay*."""
    page.locator(f"input[name=operator][value={operator}]").check(force=True)
    if number is not None:
        page.locator("input[name=msisdn]").fill(number)
    page.locator("form button.main").first.click()


def go_on(page: Page) -> None:
    """Leaves for the operator's page."""
    page.locator("form[action$='/go'] button").click()


def press(page: Page, action: str) -> None:
    """Presses a button of an operator's hosted page."""
    page.locator(f"button[name=action][value={action}]").click()


def type_pin(phone: Page, pin: str = PIN) -> None:
    """Types a code on a simulated phone, key by key, and sends it."""
    expect(phone.locator("#main h1")).to_be_visible(timeout=PATIENCE_MS)
    for digit in pin:
        phone.locator(f".keys [data-key='{digit}']").click()
    phone.locator("[data-key=ok]").click()
