"""Paying by a prompt on the phone, in a real browser."""

from playwright.sync_api import expect

from tests.browser.shop import PATIENCE_MS, Shop, pay_with, type_pin

PAYER = "22890110100"  # 00: waits for a person
OTHER = "22896110100"


def test_a_push_is_approved_on_the_handset(shop: Shop) -> None:
    order = shop.order()
    page = shop.checkout(order)
    shop.picture(page, "1-checkout")
    pay_with(page, "tmoney", "90 11 01 00")
    expect(page.get_by_text("Regardez votre téléphone").first).to_be_visible()
    shop.picture(page, "2-waiting")

    phone = shop.phone(PAYER)
    expect(phone.get_by_text("vous demande 1500 XOF")).to_be_visible(timeout=PATIENCE_MS)
    shop.picture(phone, "3-prompt")
    type_pin(phone)

    expect(page.get_by_text("Paiement reçu").first).to_be_visible(timeout=PATIENCE_MS)
    shop.picture(page, "4-paid")
    expect(phone.get_by_text("Vous avez paye 1 500 XOF")).to_be_visible(timeout=PATIENCE_MS)
    shop.picture(phone, "5-sms")
    paid = shop.wait_for(order, "paid")
    assert paid["amount_paid"] == 1500
    assert [one["amount"] for one in shop.journal("tmoney")] == [1500]


def test_a_refused_push_is_followed_by_another_operator(shop: Shop) -> None:
    order = shop.order()
    page = shop.checkout(order)
    pay_with(page, "tmoney", "90 11 01 00")
    phone = shop.phone(PAYER)
    expect(phone.get_by_text("vous demande 1500 XOF")).to_be_visible(timeout=PATIENCE_MS)
    phone.locator("[data-key=no]").click()

    another = page.get_by_text("Changer de numéro")
    expect(another).to_be_visible(timeout=PATIENCE_MS)
    shop.picture(page, "1-refused")
    another.click()
    pay_with(page, "flooz", "96 11 01 00")
    second = shop.phone(OTHER)
    type_pin(second)
    expect(page.get_by_text("Paiement reçu").first).to_be_visible(timeout=PATIENCE_MS)
    shop.picture(page, "2-paid")

    paid = shop.wait_for(order, "paid")
    assert [one["status"] for one in paid["attempts"]] == ["failed", "succeeded"]
    assert shop.journal("tmoney") == []
    assert len(shop.journal("flooz")) == 1


def test_an_unknown_outcome_is_verified_and_locks_the_next_attempt(shop: Shop) -> None:
    """The answer is lost and queries fail: nobody may pay a second time."""
    shop.control("POST", "faults", {"operator": "tmoney", "fault": "status_query_down"})
    order = shop.order()
    page = shop.checkout(order)
    pay_with(page, "tmoney", "90 11 22 16")
    expect(page.get_by_text("Ne payez pas une deuxième fois").first).to_be_visible(
        timeout=PATIENCE_MS
    )
    shop.picture(page, "1-verifying")
    page.goto(order["checkout_url"])
    expect(page.locator("input[name=msisdn]")).to_have_count(0)
    assert shop.order_now(order)["status"] == "processing"

    shop.control("DELETE", "faults")
    expect(page.get_by_text("Paiement reçu").first).to_be_visible(timeout=PATIENCE_MS)
    shop.picture(page, "2-paid")
    assert len(shop.journal("tmoney")) == 1


def test_an_order_is_paid_without_javascript(shop: Shop) -> None:
    order = shop.order()
    page = shop.checkout(order, script=False)
    shop.picture(page, "1-checkout")
    pay_with(page, "tmoney", "90 11 01 00")
    expect(page.get_by_text("Regardez votre téléphone").first).to_be_visible()
    shop.picture(page, "2-waiting")
    phone = shop.phone(PAYER)
    type_pin(phone)
    expect(phone.get_by_text("Vous avez paye 1 500 XOF")).to_be_visible(timeout=PATIENCE_MS)
    shop.wait_for(order, "paid")
    page.get_by_role("button", name="Actualiser").or_(
        page.get_by_role("link", name="Actualiser")
    ).first.click()
    expect(page.get_by_text("Paiement reçu").first).to_be_visible(timeout=PATIENCE_MS)
    shop.picture(page, "3-paid")


def test_an_order_is_paid_in_arabic_from_right_to_left(shop: Shop) -> None:
    order = shop.order()
    page = shop.checkout(order, lang="ar")
    html = page.locator("html")
    expect(html).to_have_attribute("dir", "rtl")
    expect(html).to_have_attribute("lang", "ar")
    shop.picture(page, "1-checkout")
    pay_with(page, "flooz", "96 11 22 33")
    expect(page.get_by_text("تم استلام الدفع").first).to_be_visible(timeout=PATIENCE_MS)
    expect(html).to_have_attribute("dir", "rtl")
    shop.picture(page, "2-paid")


def test_a_person_pays_on_the_bench_with_the_mouse(shop: Shop) -> None:
    bench = shop.browser(size={"width": 1400, "height": 1000})
    bench.goto(shop.running.said["bench_url"])
    checkout = bench.frame_locator("#checkout")
    checkout.locator("input[name=operator][value=tmoney]").check(force=True)
    checkout.locator("input[name=msisdn]").fill("90 11 01 00")
    checkout.locator("form button.main").first.click()
    phone = bench.frame_locator("#handsets iframe >> nth=0")
    expect(phone.locator("#main h1")).to_be_visible(timeout=PATIENCE_MS)
    shop.picture(bench, "1-prompt")
    for digit in "1234":
        phone.locator(f".keys [data-key='{digit}']").click()
    phone.locator("[data-key=ok]").click()
    expect(checkout.get_by_text("Paiement reçu").first).to_be_visible(timeout=PATIENCE_MS)
    for kind in ("request", "callback", "posting", "order"):
        expect(bench.locator(f"#tape li.{kind}").first).to_be_visible(timeout=PATIENCE_MS)
    expect(bench.locator("#tape li.order", has_text="paid : ").first).to_be_visible()
    shop.picture(bench, "2-paid")
