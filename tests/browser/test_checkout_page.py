"""The checkout page in a real browser: small screens, thumbs, the script, and the policy."""

from playwright.sync_api import ConsoleMessage, Page, expect

from tests.browser.shop import Shop

NARROW = {"width": 320, "height": 640}  # WCAG 2.2, 1.4.10
TARGET_PX_MIN = 48

SMALL_TARGETS = """() => [...document.querySelectorAll("a,button,summary,.choice,.field")]
  .filter(one => one.offsetParent && one.getBoundingClientRect().height < %d)
  .map(one => one.outerHTML)"""


def test_nothing_is_cut_off_and_nothing_is_too_small_for_a_thumb(shop: Shop) -> None:
    order = shop.order(1_000_000, title="Un intitulé assez long pour tenir sur plusieurs lignes")
    page = shop.browser(size=NARROW)
    for language in ("fr", "en", "ar"):
        page.goto(f"{order['checkout_url']}?lang={language}")
        page.locator("summary").click()

        assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
        assert page.evaluate(SMALL_TARGETS % TARGET_PX_MIN) == []
        shop.picture(page, f"narrow-{language}")


def test_the_number_suggests_the_operator_and_the_payer_decides(shop: Shop) -> None:
    page = shop.checkout(shop.order())
    number = page.locator("#msisdn")

    number.press_sequentially("+228 96")
    expect(page.locator("[value=flooz]")).to_be_checked()
    expect(page.locator("#likely")).to_have_text("Ce numéro est en général chez Flooz.")
    number.fill("90")
    expect(page.locator("[value=tmoney]")).to_be_checked()

    page.locator("[value=flooz]").check()
    number.fill("91 22")
    expect(page.locator("[value=flooz]")).to_be_checked()
    shop.picture(page, "overridden")


def test_a_fault_is_what_the_reader_hears_first(shop: Shop) -> None:
    page = shop.checkout(shop.order())

    page.locator("[value=tmoney]").check()
    page.locator("#msisdn").fill("90 11")
    page.locator("button.main").click()

    expect(page.locator(".wrong")).to_be_focused()
    expect(page.locator("#msisdn")).to_have_value("90 11")
    page.locator(".wrong a").click()
    expect(page.locator("#msisdn")).to_be_focused()


def test_the_policy_stops_nothing_of_ours(shop: Shop) -> None:
    """Polling, the style and the script are allowed by it; a browser says what is not."""
    page, said = shop.browser(), list[str]()

    def listen(message: ConsoleMessage) -> None:
        if message.type == "error":
            said.append(message.text)

    page.on("console", listen)
    order = shop.order()
    page.goto(order["checkout_url"])
    _pay(page, "90112200")
    with page.expect_response("**/status"):
        expect(page.locator("#left")).to_contain_text(":")
    page.evaluate("document.body.append(Object.assign(new Image, {src: 'http://127.0.0.1:9/'}))")
    page.wait_for_function("1")

    assert [text for text in said if "Content Security Policy" not in text] == []
    assert len(said) == 1
    assert "127.0.0.1:9" in said[0]


def _pay(page: Page, number: str) -> None:
    page.locator("#msisdn").fill(number)
    page.locator("button.main").click()
