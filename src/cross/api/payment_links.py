"""`/v1/payment_links`: addresses that make an order for whoever opens them, and their QR codes."""

from datetime import timedelta
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from cross.api.answers import Answer, answer
from cross.api.bodies import fill, read_nothing, read_object
from cross.api.callers import caller_with
from cross.api.document import Call
from cross.api.headers import switch_of
from cross.api.order_forms import PaymentLinkForm
from cross.api.orders import SVG, TERMS_CODES
from cross.api.queries import PAGE, ids_of, listed, page_of, read_query
from cross.api.refusals import InvalidLength, InvalidValue
from cross.api.routing import Router
from cross.api.terms import https_url
from cross.domain.errors import NotFound
from cross.domain.ids import PAYMENT_LINK
from cross.domain.money import currency_named
from cross.domain.payment_link import LinkTerms, PaymentLink
from cross.switch import payment_links, pi_spi
from cross.switch.order_views import link_view
from cross.switch.qr import svg_of
from cross.switch.switch import Switch

IDS: Final = ids_of(PAYMENT_LINK)

router = Router()


@router.call(
    "POST",
    "/v1/payment_links",
    Call(answers=("PaymentLink",), status=201, takes=(PaymentLinkForm,), codes=TERMS_CODES),
)
async def create_payment_link(request: Request) -> Response:
    """Make an address to share or to print; each visit to it that pays is an order of its own."""
    switch = switch_of(request)
    caller = await caller_with(request, "collect")
    read_query(request)
    terms = _terms(switch, fill(PaymentLinkForm, await read_object(request)))
    link = await payment_links.open_link(
        switch, terms, merchant=caller.merchant, livemode=caller.livemode
    )
    return answer(request, link_view(switch, link), status=201)


@router.call("GET", "/v1/payment_links", Call(answers=("PaymentLinkList",), query=PAGE))
async def list_payment_links(request: Request) -> Response:
    """Payment links, newest first."""
    switch = switch_of(request)
    caller = await caller_with(request, "read")
    part = page_of(read_query(request, *PAGE), bounds=IDS)
    found, has_more = await payment_links.page(switch, merchant=caller.merchant, part=part)
    return answer(
        request, listed([link_view(switch, link) for link in found], part, has_more=has_more)
    )


@router.call("GET", "/v1/payment_links/{id}", Call(answers=("PaymentLink",), codes=("not_found",)))
async def get_payment_link(request: Request) -> Response:
    """A payment link as it stands."""
    switch, link = await _found(request)
    return answer(request, link_view(switch, link))


@router.call(
    "POST",
    "/v1/payment_links/{id}/close",
    Call(answers=("PaymentLink",), codes=("not_found",), bare=True),
)
async def close_payment_link(request: Request) -> Response:
    """Take no more payments through it, for good; closing it again changes nothing."""
    switch = switch_of(request)
    caller = await caller_with(request, "collect")
    read_query(request)
    await read_nothing(request)
    link = await payment_links.close(switch, request.path_params["id"], merchant=caller.merchant)
    return answer(request, link_view(switch, link))


@router.call(
    "GET", "/v1/payment_links/{id}/qr.svg", Call(answers=(), codes=("not_found",), image=SVG)
)
async def get_payment_link_qr(request: Request) -> Response:
    """The QR code of the link, as `qr_url` shows it to everybody."""
    switch, link = await _found(request)
    return Answer(svg_of(payment_links.link_url(switch, link)), 200, request, media_type=SVG)


@router.call(
    "GET", "/v1/payment_links/{id}/pi_spi.svg", Call(answers=(), codes=("not_found",), image=SVG)
)
async def get_payment_link_pi_spi(request: Request) -> Response:
    """PI-SPI's QR code to print beside the link's, where the merchant has an alias."""
    switch, link = await _found(request)
    text = pi_spi.of_link(switch, link)
    if text is None:
        raise NotFound(noun="PI-SPI code")
    return Answer(svg_of(text), 200, request, media_type=SVG)


async def _found(request: Request) -> tuple[Switch, PaymentLink]:
    switch = switch_of(request)
    caller = await caller_with(request, "read")
    read_query(request)
    link_id = request.path_params["id"]
    return switch, await payment_links.find(switch, link_id, merchant=caller.merchant)


def _terms(switch: Switch, form: PaymentLinkForm) -> LinkTerms:
    if form.operators == []:
        raise InvalidLength(param="operators")
    if form.amount is not None and (form.amount_min or form.amount_max):
        raise InvalidValue(param="amount")
    if form.amount_min and form.amount_max and form.amount_min > form.amount_max:
        raise InvalidValue(param="amount_min")
    minutes = form.expires_in_minutes
    return LinkTerms(
        title=form.title,
        currency=currency_named(form.currency),
        operators=tuple(form.operators or ()),
        amount=form.amount,
        least=form.amount_min,
        most=form.amount_max,
        uses=form.uses,
        expires_at=None if minutes is None else switch.clock() + timedelta(minutes=minutes),
        description=form.description or "",
        return_url=https_url(form.return_url, param="return_url"),
        cancel_url=https_url(form.cancel_url, param="cancel_url"),
        metadata=form.metadata or {},
    )
