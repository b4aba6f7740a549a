"""Payment links: a page that makes one order for each visit, of an amount that the link allows."""

import re

import pytest

from cross.domain.order import Status
from cross.switch import payment_links
from tests.conftest import Run
from tests.web.shop import Seen, Shop
from tests.world import MERCHANT


def _visit_of(seen: Seen) -> str:
    return str(re.findall(r'name="once" value="([^"]+)"', seen.html)[0])


def test_a_payer_chooses_the_amount_and_pays_it(shop: Shop, run: Run) -> None:
    link = run(shop.link())
    seen = run(shop.get(f"/l/{link.code}"))

    sent = run(shop.post(f"/l/{link.code}", {"amount": "2 500", "once": _visit_of(seen)}))
    page = run(shop.get(sent.headers["location"]))

    assert "Combien payez-vous ?" in seen.text
    assert "Payer 2 500 F CFA" in page.text


def test_one_visit_makes_one_order(shop: Shop, run: Run) -> None:
    link = run(shop.link(amount=2_000))
    once = _visit_of(run(shop.get(f"/l/{link.code}")))

    first, second = (run(shop.post(f"/l/{link.code}", {"once": once})) for _ in range(2))

    assert first.headers["location"] == second.headers["location"]


@pytest.mark.parametrize("typed", ["", "0", "12,5", "99", "1000001", "-500", "1e3", "١٢٫٥"])
def test_an_amount_that_the_link_does_not_take_is_kept_and_said_what_is_wrong(
    shop: Shop, run: Run, typed: str
) -> None:
    link = run(shop.link(least=100, most=1_000_000))

    seen = run(shop.post(f"/l/{link.code}", {"amount": typed, "once": "v1"}))

    assert seen.status == 422
    assert "Entrez un montant entier, de 100 F CFA à 1 000 000 F CFA." in seen.text
    assert f'value="{typed}"' in seen.html


def test_the_amount_of_a_link_that_has_one_is_the_links(shop: Shop, run: Run) -> None:
    """F-S15."""
    link = run(shop.link(amount=2_000))

    sent = run(shop.post(f"/l/{link.code}", {"amount": "1", "once": "v1"}))

    assert "Payer 2 000 F CFA" in run(shop.get(sent.headers["location"])).text


def test_a_closed_link_takes_no_more(shop: Shop, run: Run) -> None:
    link = run(shop.link(amount=2_000))
    run(payment_links.close(shop.world.switch, link.id, merchant=MERCHANT))

    shown = run(shop.get(f"/l/{link.code}"))
    sent = run(shop.post(f"/l/{link.code}", {"once": "v1"}))

    assert (shown.status, sent.status) == (410, 410)
    assert "Ce lien est fermé" in shown.text


def test_a_link_of_one_use_is_paid_once(shop: Shop, run: Run) -> None:
    link = run(shop.link(amount=2_000, uses=1))
    sent = [run(shop.post(f"/l/{link.code}", {"once": f"v{n}"})) for n in (1, 2)]
    first, second = (run(shop.order_at(answer.headers["location"])) for answer in sent)
    run(shop.paid(first))
    run(shop.used(link, 1))

    late = run(shop.pay(second, "tmoney", "90112221"))

    assert late.status == 410
    assert run(shop.stands(second)).order.status is Status.UNPAID


def test_a_link_has_its_code_as_a_drawing(shop: Shop, run: Run) -> None:
    link = run(shop.link())

    seen = run(shop.get(f"/l/{link.code}.svg"))

    assert seen.headers["content-type"] == "image/svg+xml"
    assert seen.body.startswith(b"<svg xmlns=")


@pytest.mark.parametrize("once", ["", "a\0b", "é", "v 1", "v" * 65])
def test_a_visit_that_no_page_of_ours_has_given_makes_no_order(
    shop: Shop, run: Run, once: str
) -> None:
    link = run(shop.link(amount=1_000))
    sent = run(shop.post(f"/l/{link.code}", {"once": once}))

    assert (sent.status, sent.headers["location"]) == (303, f"/l/{link.code}")
