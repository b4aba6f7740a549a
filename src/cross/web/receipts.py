"""Receipts: a public page for whoever has its address, and what proves that it is no forgery.

A receipt's code is its order's id and a mark made with the order's own token: it is found by the
one and believed by the other, and tells nothing that leads back to the checkout page.
"""

import base64
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from markupsafe import Markup, escape

from cross.domain import refund
from cross.domain.errors import NotFound
from cross.domain.ids import ORDER, is_id
from cross.domain.leg import LegKind
from cross.domain.money import Money
from cross.domain.movement import Movement
from cross.domain.order import MONEY_CAME, Order
from cross.switch import orders
from cross.switch.projection import Standing
from cross.switch.switch import Switch
from cross.web.asking import Asked
from cross.web.pdf import receipt_pdf
from cross.web.qr import qr_svg
from cross.web.rendering import STRICT, Reply, Screen
from cross.web.site import Site, reference_of
from cross.web.words import FRENCH, Language, brand, isolated, masked

ID_CHARACTERS: Final = 26
MARK_CHARACTERS: Final = 10  # 50 bits, for an id that is itself not guessable

Row = tuple[str | Markup, str | Markup]


@dataclass(frozen=True, slots=True)
class Paid:
    """A paid order with what paid it and what was given back."""

    order: Order
    attempt: Movement
    refunds: Sequence[Movement]
    merchant: str


def code_of(order: Order) -> str:
    """The last part of the receipt's address."""
    return order.id.partition("_")[2] + _mark(order)


async def receipt(site: Site, asked: Asked, code: str) -> Reply:
    """The receipt, to read, to print and to hand on."""
    paid = await _paid(site, code)
    language, order = asked.reader.language, paid.order
    verify = f"{site.switch.settings.public_url}/v/{code}"
    share = language.plain(
        "share_text",
        number=reference_of(order),
        amount=language.amount(_amount(order)),
        merchant=paid.merchant,
        date=_paid_on(site.switch, language, paid),
        url=f"{site.switch.settings.public_url}{asked.at(f'/r/{code}')}",
    )
    screen = Screen(
        "receipt.html",
        {
            "merchant": paid.merchant,
            "number": reference_of(order),
            "amount": _amount(order),
            "rows": [
                (language.say("for_what"), order.terms.title),
                *_rows(site.switch, language, paid),
            ],
            "refunds": _refund_rows(site.switch, language, paid),
            "qr": qr_svg(verify),
            "verify": verify,
            "pdf": asked.at(f"/r/{code}.pdf"),
            "share": share,
            "share_query": quote(share, safe=""),
            "reference": isolated(order.id),
        },
        printed=True,
    )
    return site.page(screen, asked)


async def as_pdf(site: Site, asked: Asked, code: str) -> Reply:
    """The same on paper; in French for who reads Arabic, whose letters Helvetica lacks."""
    paid = await _paid(site, code)
    language = asked.reader.language if asked.reader.language.direction == "ltr" else FRENCH
    rows = [
        (language.plain("paid_to"), paid.merchant),
        (language.plain("for_what"), paid.order.terms.title),
        *_plain(_rows(site.switch, language, paid)),
        *_plain(_refund_rows(site.switch, language, paid)),
        (language.plain("reference"), paid.order.id),
    ]
    number = reference_of(paid.order)
    body = receipt_pdf(
        f"{language.plain('receipt_number')} {number}",
        language.amount(_amount(paid.order)),
        rows,
        (language.plain("receipt_check"), f"{site.switch.settings.public_url}/v/{code}"),
    )
    named = ("content-disposition", f'inline; filename="{number}.pdf"')
    return Reply(200, body, "application/pdf", (*STRICT, named))


async def authentic(site: Site, asked: Asked, code: str) -> Reply:
    """Whether a receipt that somebody shows is one of ours, and what it must say."""
    language = asked.reader.language
    try:
        paid = await _paid(site, code)
    except NotFound:
        values = {
            "merchant": "",
            "icon": "cross",
            "tone": "bad",
            "heading": language.plain("authentic_no"),
            "texts": [language.say("authentic_no_text")],
            "leave": None,
            "reference": "",
        }
        return site.page(Screen("notice.html", values, status=404), asked)
    money = isolated(language.amount(_amount(paid.order)))
    screen = Screen(
        "authentic.html",
        {
            "merchant": paid.merchant,
            "rows": [(language.say("amount"), money), *_rows(site.switch, language, paid)],
            "refunds": _refund_rows(site.switch, language, paid),
            "number": reference_of(paid.order),
        },
    )
    return site.page(screen, asked)


def paid_rows(switch: Switch, language: Language, stands: Standing) -> Sequence[Row]:
    """What the payer is told of a payment that has arrived."""
    order, attempt = stands.order, _paying(stands)
    return () if attempt is None else _rows(switch, language, Paid(order, attempt, (), ""))


def _rows(switch: Switch, language: Language, paid: Paid) -> Sequence[Row]:
    leg = paid.attempt.leg(LegKind.DEBIT)
    profile = switch.profile(leg.operator)
    rows: list[Row] = [
        (language.say("paid_on"), _paid_on(switch, language, paid)),
        (language.say("paid_with"), profile.title),
    ]
    if leg.msisdn is not None:
        rows.append((language.say("paid_from"), isolated(masked(leg.msisdn))))
    if leg.operator_reference:
        label = language.say("operator_reference", operator=brand(profile.title))
        rows.append((label, isolated(leg.operator_reference)))
    return rows


def _refund_rows(switch: Switch, language: Language, paid: Paid) -> Sequence[Row]:
    """Every refund that was made or is on its way, and what is left."""
    country = switch.profile(paid.attempt.leg(LegKind.DEBIT).operator).country.code
    rows: list[Row] = []
    for one in paid.refunds:
        money = isolated(language.amount(one.price.credit))
        if one.state == refund.State.SUCCEEDED:
            moment = language.moment(one.completed_at or one.updated_at, country=country)
            rows.append((language.say("refunded_on", date=moment), money))
        elif one.state == refund.State.PAYING:
            rows.append((language.say("refund_pending"), money))
    if rows:
        kept = Money(
            paid.order.amount_paid - paid.order.amount_refunded, paid.order.amount.currency
        )
        rows.append((language.say("kept"), isolated(language.amount(kept))))
    return rows


async def _paid(site: Site, code: str) -> Paid:
    """The paid order of a receipt's code; raises `NotFound`."""
    order_id = f"{ORDER}_{code[:ID_CHARACTERS]}"
    if not is_id(order_id, ORDER):
        raise NotFound(noun="receipt")
    stands = await orders.by_id(site.switch, order_id)
    same = hmac.compare_digest(code[ID_CHARACTERS:].encode(), _mark(stands.order).encode())
    attempt = _paying(stands)
    if not same or attempt is None or stands.order.status not in MONEY_CAME:
        raise NotFound(noun="receipt")
    merchant = await site.merchant(stands.order.merchant)
    return Paid(stands.order, attempt, stands.refunds, merchant)


def _paying(stands: Standing) -> Movement | None:
    return next((one for one in stands.attempts if one.id == stands.order.paid_by), None)


def _amount(order: Order) -> Money:
    return Money(order.amount_paid, order.amount.currency)


def _paid_on(switch: Switch, language: Language, paid: Paid) -> str:
    country = switch.profile(paid.attempt.leg(LegKind.DEBIT).operator).country.code
    return language.moment(paid.order.paid_at or paid.order.updated_at, country=country)


def _mark(order: Order) -> str:
    made = hmac.digest(order.token.encode(), f"receipt {order.id}".encode(), "sha256")
    return base64.b32encode(made)[:MARK_CHARACTERS].decode()


def _plain(rows: Sequence[Row]) -> list[tuple[str, str]]:
    return [(escape(label).striptags(), escape(value).striptags()) for label, value in rows]
