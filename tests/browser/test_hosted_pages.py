"""Paying on the operators' own pages, in a real browser: every way through ends in the truth."""

import re

from playwright.sync_api import Page, expect

from tests.browser.shop import PATIENCE_MS, PIN, Shop, go_on, pay_with, press

PAYER = "22890556677"


def at_tmoney_online(shop: Shop, order: dict[str, object]) -> Page:
    """The payer on TMoney Online's page, where the number is typed."""
    page = shop.checkout(order)
    pay_with(page, "tmoney-online")
    shop.picture(page, "1-hand-over")
    go_on(page)
    expect(page.locator("input[name=pin]")).to_be_visible()
    shop.picture(page, "2-phone-and-pin")
    return page


def with_pin(page: Page, pin: str) -> None:
    phone = page.locator("input[name=phone]")
    if phone.is_editable():
        phone.fill(PAYER)
    page.locator("input[name=pin]").fill(pin)
    page.locator("button[name=action]:not([value=cancel])").first.click()


def code_on(shop: Shop, number: str) -> str:
    """The code that came to the phone by SMS."""
    texts = [one["text"] for one in shop.control("GET", f"handsets/{number}")["sms"]]
    found = re.search(r"\b[0-9]{4,8}\b", texts[-1])
    assert found is not None, texts
    return found[0]


def test_tmoney_online_to_the_end(shop: Shop) -> None:
    order = shop.order()
    page = at_tmoney_online(shop, order)
    with_pin(page, PIN)
    expect(page.locator("input[name=otp]")).to_be_visible()
    shop.picture(page, "3-otp")
    page.locator("input[name=otp]").fill(code_on(shop, PAYER))
    page.locator("button[name=action]:not([value=cancel])").first.click()
    shop.picture(page, "4-confirmation")
    press(page, "confirm")
    expect(page.get_by_text("Paiement reçu").first).to_be_visible(timeout=PATIENCE_MS)
    shop.picture(page, "5-paid")
    assert shop.wait_for(order, "paid")["amount_paid"] == 1500
    assert len(shop.journal("tmoney-online")) == 1


def test_three_wrong_pins_block_the_wallet_and_pay_nothing(shop: Shop) -> None:
    order = shop.order()
    page = at_tmoney_online(shop, order)
    for _ in range(3):
        with_pin(page, "0000")
    expect(page.locator("input[name=pin]")).to_have_count(0, timeout=PATIENCE_MS)
    shop.wait_for(order, "unpaid")
    expect(page.get_by_text("n'a pas abouti").first).to_be_visible(timeout=PATIENCE_MS)
    shop.picture(page, "3-blocked")
    (attempt,) = shop.order_now(order)["attempts"]
    assert (attempt["status"], attempt["failure"]["code"]) == ("failed", "wrong_pin")
    assert shop.journal("tmoney-online") == []


def test_a_wrong_code_pays_nothing(shop: Shop) -> None:
    order = shop.order()
    page = at_tmoney_online(shop, order)
    with_pin(page, PIN)
    right = code_on(shop, PAYER)
    page.locator("input[name=otp]").fill("0" * len(right) if right != "0" * len(right) else "1")
    page.locator("button[name=action]:not([value=cancel])").first.click()
    shop.wait_for(order, "unpaid")
    expect(page.get_by_text("n'a pas abouti").first).to_be_visible(timeout=PATIENCE_MS)
    shop.picture(page, "3-wrong-code")
    assert shop.order_now(order)["attempts"][0]["status"] == "failed"
    assert shop.journal("tmoney-online") == []


def test_a_payer_who_cancels_at_the_operator_may_pay_otherwise(shop: Shop) -> None:
    order = shop.order()
    page = at_tmoney_online(shop, order)
    press(page, "cancel")
    shop.wait_for(order, "unpaid")
    page.goto(order["checkout_url"])
    shop.picture(page, "3-canceled")
    (attempt,) = shop.order_now(order)["attempts"]
    assert attempt["failure"]["code"] == "canceled_by_payer"
    page.get_by_text("Changer de numéro").click()
    pay_with(page, "flooz", "96 11 22 33")
    expect(page.get_by_text("Paiement reçu").first).to_be_visible(timeout=PATIENCE_MS)


def test_d_money_to_the_end(shop: Shop) -> None:
    order = shop.order(3000, "DJF", title="Boutique Houda")
    page = shop.checkout(order)
    shop.picture(page, "1-checkout")
    page.locator("form button.main").first.click()
    shop.picture(page, "2-hand-over")
    go_on(page)
    expect(page.locator("input[name=phone]")).to_be_visible()
    page.locator("input[name=phone]").fill("77 44 55 66")
    page.locator("input[name=pin]").fill(PIN)
    shop.picture(page, "3-paygate")
    press(page, "pay")
    expect(page.get_by_text("Paiement reçu").first).to_be_visible(timeout=PATIENCE_MS)
    shop.picture(page, "4-paid")
    assert shop.wait_for(order, "paid")["amount_paid"] == 3000
    assert len(shop.journal("dmoney")) == 1


def test_a_d_money_order_that_expires_is_not_paid_for_and_says_so(shop: Shop) -> None:
    order = shop.order(3000, "DJF", title="Boutique Houda", expires_in_minutes=1)
    page = shop.checkout(order)
    page.locator("form button.main").first.click()
    go_on(page)
    expect(page.locator("input[name=phone]")).to_be_visible()
    shop.control("POST", "clock", {"advance_seconds": 7300})
    page.reload()
    shop.picture(page, "1-expired-at-the-operator")
    page.goto(order["checkout_url"])
    for _ in range(60):
        if shop.order_now(order)["attempts"][0]["status"] in ("expired", "failed"):
            break
        page.wait_for_timeout(500)
    page.reload()
    shop.picture(page, "2-expired")
    assert shop.order_now(order)["status"] in ("expired", "unpaid")
    assert shop.journal("dmoney") == []
