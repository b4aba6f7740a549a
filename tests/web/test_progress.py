"""An attempt under way: what the payer sees, how news come, and that no page proves anything."""

import json
from urllib.parse import urlsplit

import pytest

from cross.domain.money import djf
from cross.domain.order import Status
from tests.conftest import Run
from tests.switch.ordering import pass_time
from tests.web.shop import Shop
from tests.world import SIMULATORS_ADDRESS

STATUS_BYTES_MAX = 150  # screens.md


def test_a_payer_is_told_where_to_look_and_what_never_to_type(shop: Shop, run: Run) -> None:
    order = run(shop.order())
    run(shop.pay(order, "tmoney", "90112200"))

    seen = run(shop.get(f"/pay/{order.token}"))

    assert "Une demande de 12 500 F CFA pour Boutique arrive sur le 90 •• •• 00." in seen.text
    assert "Nous ne vous demanderons jamais ce code." in seen.text
    assert 'href="tel:*145%23"' in seen.html
    assert "environ 2 minutes" in seen.text


def test_a_page_without_a_script_refreshes_itself_until_it_is_told_to_stop(
    shop: Shop, run: Run
) -> None:
    """WCAG 2.2, 2.2.1 and technique F41."""
    order = run(shop.order())
    run(shop.pay(order, "tmoney", "90112200"))
    refresh = '<noscript><meta http-equiv="refresh" content="10"></noscript>'

    seen = run(shop.get(f"/pay/{order.token}?lang=en"))
    stopped = run(shop.get(f"/pay/{order.token}?lang=en&stop=1"))

    assert refresh in seen.html
    assert f'href="/pay/{order.token}?stop=1&amp;lang=en"' in seen.html
    assert refresh not in stopped.html
    assert "Refresh every 10 seconds" in stopped.text


def test_news_are_a_few_bytes_and_none_when_there_is_none(shop: Shop, run: Run) -> None:
    order = run(shop.order())
    run(shop.pay(order, "tmoney", "90112200"))

    first = run(shop.get(f"/pay/{order.token}/status"))
    second = run(shop.get(f"/pay/{order.token}/status", if_none_match=first.headers["etag"]))

    assert json.loads(first.body) == {"state": "waiting-1"}
    assert len(first.body) <= STATUS_BYTES_MAX
    assert (second.status, second.body) == (304, b"")


def test_the_page_and_its_news_say_the_same_state(shop: Shop, run: Run) -> None:
    order = run(shop.order())
    run(shop.pay(order, "tmoney", "90112200"))
    told = json.loads(run(shop.get(f"/pay/{order.token}/status")).body)["state"]

    seen = run(shop.get(f"/pay/{order.token}"))

    assert f'data-state="{told}"' in seen.html


@pytest.mark.parametrize(("operator", "method"), [("tmoney-online", 307), ("dmoney", 303)])
def test_a_payer_is_handed_over_as_the_operator_wants_it(
    shop: Shop, run: Run, operator: str, method: int
) -> None:
    order = run(shop.order(djf(25_000)) if operator == "dmoney" else shop.order())
    run(shop.pay(order, operator))
    run(shop.reached(order, "handover"))

    seen = run(shop.get(f"/pay/{order.token}"))
    went = run(shop.post(f"/pay/{order.token}/go", {}))
    lines = run(shop.log(order))

    assert f"form-action 'self' {SIMULATORS_ADDRESS};" in seen.headers["content-security-policy"]
    assert went.status == method
    assert went.headers["location"].startswith(SIMULATORS_ADDRESS)
    assert went.headers["referrer-policy"] == "no-referrer"
    assert "handed_over" in lines


def test_nobody_is_handed_over_by_looking(shop: Shop, run: Run) -> None:
    order = run(shop.order())
    run(shop.pay(order, "tmoney-online"))
    run(shop.reached(order, "handover"))

    run(shop.get(f"/pay/{order.token}"))

    assert "handed_over" not in run(shop.log(order))
    assert run(shop.get(f"/pay/{order.token}/go")).status == 405


@pytest.mark.parametrize("path", ["return", "left"])
def test_coming_back_by_hand_proves_nothing(shop: Shop, run: Run, path: str) -> None:
    order = run(shop.order())
    run(shop.pay(order, "tmoney-online"))
    run(shop.reached(order, "handover"))
    said = "status=OK&trade_status=Completed&purchaseref=1"

    back = run(shop.get(f"/pay/{order.token}/{path}?{said}"))
    seen = run(shop.get(back.headers["location"]))

    assert back.headers["location"] == f"/pay/{order.token}?back=1"
    assert "Nous vérifions votre paiement" in seen.text
    assert run(shop.stands(order)).order.status is Status.PROCESSING


def test_a_payer_who_comes_back_after_the_operators_time_is_told_that_we_verify(
    shop: Shop, run: Run
) -> None:
    order = run(shop.order())
    run(shop.pay(order, "tmoney-online"))
    run(shop.reached(order, "handover"))
    pass_time(shop.world.switch, minutes=5)  # operators.md 1.1: a session lives 180 s

    seen = run(shop.get(f"/pay/{order.token}?back=1"))
    told = json.loads(run(shop.get(f"/pay/{order.token}/status")).body)["state"]

    assert "Ne payez pas une deuxième fois." in seen.text
    assert "<form" not in seen.html
    assert f'data-state="{told}"' in seen.html  # or it would be loaded anew for ever


def test_an_unknown_outcome_says_not_to_pay_again_and_offers_nothing_else(
    shop: Shop, run: Run
) -> None:
    fault = {"operator": "tmoney", "fault": "status_query_down"}
    run(shop.world.control("POST", "/faults", fault))
    order = run(shop.order())
    run(shop.pay(order, "tmoney", "90112216"))
    run(shop.reached(order, "verifying"))

    seen = run(shop.get(f"/pay/{order.token}?change=1"))
    again = run(shop.pay(order, "flooz", "96112201"))

    assert "Ne payez pas une deuxième fois." in seen.text
    assert "<form" not in seen.html
    assert again.status == 303
    assert len(run(shop.stands(order)).attempts) == 1


def test_a_refusal_says_why_and_what_may_be_done(shop: Shop, run: Run) -> None:
    order = run(shop.order())
    run(shop.failed(order, "90112202"))

    seen = run(shop.get(f"/pay/{order.token}"))
    change = run(shop.get(f"/pay/{order.token}?change=1"))
    fields = {"attempt": "2", "operator": "tmoney", "again": "1"}
    run(shop.post(f"/pay/{order.token}", fields))

    assert "Solde insuffisant." in seen.text
    assert "Rien n'a été débité pour cet essai." in seen.text
    assert "Réessayer avec le 90 •• •• 02" in seen.text
    assert "Payer 12 500 F CFA" in change.text
    second = run(shop.stands(order)).attempts[1]
    assert str(second.legs[0].msisdn) == "+228••••02"


def test_a_refused_payer_pays_with_another_operator(shop: Shop, run: Run) -> None:
    order = run(shop.order())
    run(shop.failed(order, "90112203"))

    run(shop.pay(order, "flooz", "96112201"))

    assert run(shop.once(order, Status.PAID)).amount_paid == 12_500


def test_a_paid_order_says_so_to_whoever_pays_again(shop: Shop, run: Run) -> None:
    order = run(shop.paid(run(shop.order())))

    again = run(shop.pay(order, "tmoney", "90112201"))
    seen = run(shop.get(again.headers["location"]))

    assert "C'est déjà payé" in seen.text
    assert len(run(shop.stands(order)).attempts) == 1


def test_the_way_back_to_the_shop_carries_the_order_and_nothing_else(shop: Shop, run: Run) -> None:
    order = run(shop.paid(run(shop.order())))

    seen = run(shop.get(f"/pay/{order.token}"))

    assert f'href="https://boutique-afi.example/merci?order={order.id}"' in seen.html
    assert order.token not in seen.html.partition("<main>")[2]


def test_a_payer_without_a_script_pays_on_the_operators_page(shop: Shop, run: Run) -> None:
    """From our form to the operator's and back, with nothing but links and forms."""
    order = run(shop.order())

    async def walk() -> str:
        visitor = shop.visitor()
        page = await visitor.open(f"http://switch/pay/{order.token}")
        await visitor.submit(page.forms[0], {"operator": "tmoney-online"})
        await shop.reached(order, "handover")
        page = await visitor.open(f"http://switch/pay/{order.token}")
        page = await visitor.submit(page.forms[0])
        return page.url

    arrived = urlsplit(run(walk()))

    assert f"{arrived.scheme}://{arrived.netloc}" == SIMULATORS_ADDRESS
    assert "handed_over" in run(shop.log(order))
