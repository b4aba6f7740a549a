"""Receipts: for whoever has the address, true to the books, and not to be forged."""

import re
import zlib

import pytest

from cross.domain.money import xof
from cross.domain.order import Status
from cross.web.qr import strokes_of
from tests.conftest import Run
from tests.web.shop import Shop


def test_a_receipt_says_what_was_paid_to_whom_and_how(shop: Shop, run: Run) -> None:
    order = run(shop.paid(run(shop.order())))
    code = run(shop.receipt_of(order))

    seen = run(shop.get(f"/r/{code}"))

    for said in ("Boutique", "12 500 F CFA", "TMoney (Mixx by Yas)", "90 •• •• 01", order.id):
        assert said in seen.text
    assert f"/v/{code}" in seen.html
    assert order.token not in seen.html


def test_a_receipt_shows_what_was_given_back(shop: Shop, run: Run) -> None:
    order = run(shop.paid(run(shop.order())))
    run(shop.refund(order, xof(2_500)))
    code = run(shop.receipt_of(run(shop.once(order, Status.PARTIALLY_REFUNDED))))

    for path in (f"/r/{code}", f"/v/{code}"):
        seen = run(shop.get(path))
        assert "2 500 F CFA" in seen.text
        assert "Reste payé 10 000 F CFA" in seen.text


def test_a_changed_code_is_no_receipt(shop: Shop, run: Run) -> None:
    """The id alone, another's mark, a flipped letter: all the same answer."""
    order = run(shop.paid(run(shop.order())))
    other = run(shop.receipt_of(run(shop.paid(run(shop.order()), number="90112221"))))
    code = run(shop.receipt_of(order))
    last = "A" if code[-1] != "A" else "B"

    for forged in (code[:26], code[:26] + other[26:], code[:-1] + last, code.lower(), f"{code}A"):
        assert run(shop.get(f"/r/{forged}")).status == 404
        verified = run(shop.get(f"/v/{forged}"))
        assert verified.status == 404
        assert "Aucun reçu ne porte ce code" in verified.text


def test_an_order_that_nobody_paid_has_no_receipt(shop: Shop, run: Run) -> None:
    order = run(shop.order())

    assert run(shop.get(f"/v/{run(shop.receipt_of(order))}")).status == 404


@pytest.mark.parametrize(("language", "number"), [("fr", "Re\xe7u n\xb0"), ("en", "Receipt no.")])
def test_a_receipt_is_a_pdf_that_points_where_it_says(
    shop: Shop, run: Run, language: str, number: str
) -> None:
    order = run(shop.paid(run(shop.order(title="Pagnes (2) \\ wax"))))
    code = run(shop.receipt_of(order))

    seen = run(shop.get(f"/r/{code}.pdf?lang={language}"))

    assert seen.headers["content-type"] == "application/pdf"
    assert number.encode("cp1252") in seen.body
    assert rb"Pagnes \(2\) \\ wax" in seen.body
    assert order.id.encode() in seen.body
    start = int(re.findall(rb"startxref\n(\d+)\n", seen.body)[0])
    assert seen.body[start:].startswith(b"xref\n0 7\n")
    for number_, place in enumerate(re.findall(rb"(\d{10}) 00000 n ", seen.body), start=1):
        assert seen.body[int(place) :].startswith(b"%d 0 obj" % number_)
    assert len(zlib.compress(seen.body)) < 5_000


def test_a_code_is_drawn_whole() -> None:
    """Every dark module is in one run; the corners are the finder patterns."""
    side, strokes = strokes_of("http://switch/v/01M82567HW05B9W3P2RE76PNGZF2GMYBW5GJ")

    assert {(0, 0, 7), (side - 7, 0, 7), (0, side - 1, 7)} <= set(strokes)
    assert all(x + length <= side and y < side for x, y, length in strokes)
