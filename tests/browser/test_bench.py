"""The bench in a browser: money moves, and its webhook comes by on the tape, believed."""

from playwright.sync_api import expect

from tests.browser.shop import Shop

WIDE = {"width": 1500, "height": 1000}


def test_a_webhook_comes_by_on_the_tape(shop: Shop) -> None:
    page = shop.browser(size=WIDE)
    page.goto(f"{shop.running.said['sim_url']}/bench?lang=en")
    wallet = {"operator": "flooz", "msisdn": "96 11 22 01"}
    shop.call("POST", "/v1/collections", {"amount": 1500, "currency": "XOF", **wallet}, key="C-1")

    told = page.locator("#tape li.webhook", has_text="collection.succeeded 200 ✓").first
    expect(told).to_be_visible()
    expect(told).to_contain_text('"object":"event"')
    shop.picture(page, "bench")
