"""The checkout page: what a payer may choose, what is kept, what opens an attempt and what not."""

import pytest

from cross.domain.money import djf, xof
from cross.domain.operator import Unknown
from cross.domain.order import Status
from tests.conftest import Run
from tests.web.shop import Shop


def test_the_page_says_who_asks_for_how_much(shop: Shop, run: Run) -> None:
    order = run(shop.order())

    seen = run(shop.get(f"/pay/{order.token}"))

    assert seen.status == 200
    for said in ("Boutique", "12 500 F CFA", "Commande 77 : 2 pagnes wax", "TMoney (Mixx by Yas)"):
        assert said in seen.text
    assert "?id=7&amp;order=" + order.id in seen.html


@pytest.mark.parametrize(
    ("language", "amount"),
    [("fr", "Payer 12 500 F CFA"), ("en", "Pay 12,500 F CFA"), ("ar", "ادفع 12,500 F CFA")],
)
def test_each_language_writes_amounts_its_way(
    shop: Shop, run: Run, language: str, amount: str
) -> None:
    order = run(shop.order())

    seen = run(shop.get(f"/pay/{order.token}?lang={language}"))

    assert amount in seen.text


def test_an_operator_that_is_down_is_greyed_with_the_reason(shop: Shop, run: Run) -> None:
    order = run(shop.order())
    for _ in range(10):
        shop.world.switch.health.heard("flooz", Unknown("silence"))

    seen = run(shop.get(f"/pay/{order.token}"))
    refused = run(shop.pay(order, "flooz", "96112201"))

    assert 'value="flooz" data-title="Flooz" data-prefixes' in seen.html
    assert "Ne répond pas en ce moment" in seen.text
    assert seen.html.count(" disabled") == 1
    assert refused.status == 422


def test_an_amount_beyond_an_operator_greys_it_with_its_limits(shop: Shop, run: Run) -> None:
    order = run(shop.order(xof(50), operators=("tmoney", "flooz")))

    seen = run(shop.get(f"/pay/{order.token}"))

    assert "Accepte de 100 F CFA à 1 000 000 F CFA." in seen.text
    assert "Aucun opérateur ne peut encaisser ce montant" in seen.text


def test_djibouti_pays_in_its_own_money_without_a_number(shop: Shop, run: Run) -> None:
    order = run(shop.order(djf(25_000)))

    seen = run(shop.get(f"/pay/{order.token}"))

    assert "25 000 Fdj" in seen.text
    assert 'name="msisdn"' not in seen.html


@pytest.mark.parametrize("typed", ["", "90 11 22", "77 11 22 33", "<b>90</b>"])
def test_a_number_that_cannot_pay_is_kept_as_typed_and_said_what_is_wrong(
    shop: Shop, run: Run, typed: str
) -> None:
    order = run(shop.order(operators=("tmoney", "flooz")))

    seen = run(shop.pay(order, "tmoney", typed))

    assert seen.status == 422
    assert 'aria-invalid="true"' in seen.html
    assert 'href="#msisdn"' in seen.html
    assert f'value="{typed.replace("<", "&lt;").replace(">", "&gt;")}"' in seen.html
    assert 'value="tmoney" data-title="TMoney" data-prefixes="90' in seen.html
    assert run(shop.stands(order)).attempts == []


@pytest.mark.parametrize(
    "typed", ["90112201", "90 11 22 01", "90.11.22.01", "+22890112201", "0022890112201", "٩٠١١٢٢٠١"]
)
def test_a_number_is_taken_as_people_write_it(shop: Shop, run: Run, typed: str) -> None:
    order = run(shop.order())

    seen = run(shop.pay(order, "tmoney", typed))

    assert (seen.status, seen.headers["location"]) == (303, f"/pay/{order.token}")
    assert run(shop.once(order, Status.PAID)).amount_paid == 12_500


def test_a_number_alone_finds_its_operator(shop: Shop, run: Run) -> None:
    order = run(shop.order())

    run(shop.pay(order, "", "96112201"))

    assert run(shop.stands(order)).attempts[0].legs[0].operator == "flooz"


def test_a_number_of_another_operator_is_asked_about_and_then_believed(
    shop: Shop, run: Run
) -> None:
    order = run(shop.order())

    asked = run(shop.pay(order, "tmoney", "96112201"))
    changed = run(shop.pay(order, "tmoney", "96112201", confirmed="no"))
    before = run(shop.stands(order)).attempts
    run(shop.pay(order, "tmoney", "96112201", confirmed="yes"))

    assert "96 11 22 01" in asked.text
    assert "Il commence comme un numéro Flooz" in asked.text
    assert 'value="96112201"' in changed.html
    assert before == []
    assert run(shop.stands(order)).attempts[0].legs[0].operator == "tmoney"


def test_the_form_sent_twice_opens_one_attempt(shop: Shop, run: Run) -> None:
    """S-WEB-08."""
    order = run(shop.order())
    fields = {"attempt": "1", "operator": "tmoney", "msisdn": "90112202"}

    run(shop.post(f"/pay/{order.token}", fields))
    run(shop.ended(order))
    again = run(shop.post(f"/pay/{order.token}", fields))

    assert again.status == 303
    assert len(run(shop.stands(order)).attempts) == 1


def test_an_attempt_without_an_outcome_locks_the_next(shop: Shop, run: Run) -> None:
    order = run(shop.order())
    run(shop.pay(order, "tmoney", "90112200"))

    again = run(shop.pay(order, "flooz", "96112201"))

    assert again.status == 303
    assert len(run(shop.stands(order)).attempts) == 1


def test_the_amount_and_the_merchant_are_never_the_forms(shop: Shop, run: Run) -> None:
    """F-S15."""
    order = run(shop.order())

    run(shop.pay(order, "tmoney", "90112201", amount="1", merchant="mer_other", currency="DJF"))

    assert run(shop.once(order, Status.PAID)).amount_paid == 12_500


def test_a_form_of_another_sites_page_is_refused(shop: Shop, run: Run) -> None:
    """S-WEB-06: there is no cookie that it could use, and it is refused all the same."""
    order = run(shop.order())
    fields = {"attempt": "1", "operator": "tmoney", "msisdn": "90112201"}

    seen = run(shop.post(f"/pay/{order.token}", fields, sec_fetch_site="cross-site"))

    assert seen.status == 403
    assert run(shop.stands(order)).attempts == []


def test_two_wrong_pins_are_the_last_on_that_number(shop: Shop, run: Run) -> None:
    """F-S17, S-WEB-10: the operator would block the wallet at the third."""
    order = run(shop.order())
    for _ in range(2):
        run(shop.failed(order, "90112219"))
    tries = [one.failure.code for one in run(shop.stands(order)).attempts if one.failure]

    page = run(shop.get(f"/pay/{order.token}"))
    seen = run(shop.pay(order, "tmoney", "90112219", confirmed="yes"))

    assert tries == ["wrong_pin", "wrong_pin"]
    assert "Réessayer avec le" not in page.text
    assert seen.status == 422
    assert "au troisième" in seen.text
    assert len(run(shop.stands(order)).attempts) == 2


def test_text_of_the_merchant_is_text_on_the_page(shop: Shop, run: Run) -> None:
    """F-I08, F-S22."""
    order = run(shop.order(title="<script>alert(1)</script>", description='"><img src=x>'))

    seen = run(shop.get(f"/pay/{order.token}"))

    assert "<script>alert(1)" not in seen.html
    assert "<img" not in seen.html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in seen.html


def test_an_address_nobody_gave_out_is_not_found(shop: Shop, run: Run) -> None:
    for path in ("/pay/nothing", "/pay/", "/l/nothing", "/r/nothing", "/pay/x/y/z", "/r/x/y"):
        assert run(shop.get(path)).status == 404, path
