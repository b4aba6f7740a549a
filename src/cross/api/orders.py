"""`/v1/orders`: what a merchant wants paid, its checkout page, and the log of all that happened."""

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from cross.api.answers import Answer, answer
from cross.api.bodies import digest_of, fill, read_nothing, read_object
from cross.api.callers import caller_with
from cross.api.document import Call
from cross.api.headers import idempotency_key, switch_of
from cross.api.movements import REPLAYED
from cross.api.order_forms import OrderForm
from cross.api.queries import (
    EVERYTHING,
    NARROWING,
    PAGE,
    filter_of,
    ids_of,
    listed,
    page_of,
    read_query,
)
from cross.api.refusals import InvalidLength
from cross.api.routing import Router
from cross.api.terms import https_url, money_of, require_customer
from cross.domain.errors import NotFound
from cross.domain.ids import ORDER
from cross.domain.order import OrderTerms, Status
from cross.switch import order_log, orders, pi_spi
from cross.switch.movements import Request as Asked
from cross.switch.order_views import entry_view, order_view
from cross.switch.projection import Standing
from cross.switch.qr import svg_of
from cross.switch.switch import Switch

STATUSES: Final = tuple(status.value for status in Status)
IDS: Final = ids_of(ORDER)
SVG: Final = "image/svg+xml"
TERMS_CODES: Final = ("operation_not_offered", "currency_mismatch", "invalid_url")
CANCEL_CODES: Final = (
    "not_found",
    "attempt_still_open",
    "order_already_paid",
    "order_expired",
    "order_canceled",
)

router = Router()


@router.call(
    "POST",
    "/v1/orders",
    Call(answers=("Order",), status=201, takes=(OrderForm,), keyed=True, codes=TERMS_CODES),
)
async def create_order(request: Request) -> Response:
    """Ask for a payment; the payer pays at `checkout_url`."""
    switch = switch_of(request)
    caller = await caller_with(request, "collect")
    read_query(request)
    key = idempotency_key(request)
    content = await read_object(request)
    asked = Asked(caller.merchant, caller.livemode, key, digest_of(request, content))
    opened = await orders.replay(switch, asked)
    if opened is None:
        opened = await _open(switch, content, asked)
    stands = Standing(opened.order)
    if opened.replayed:
        stands = await orders.find(switch, opened.order.id, merchant=caller.merchant)
    headers = REPLAYED if opened.replayed else None
    return answer(request, view_of(switch, stands), status=201, headers=headers)


@router.call(
    "GET",
    "/v1/orders",
    Call(
        answers=("OrderList",),
        query=(*PAGE, *NARROWING),
        codes=("invalid_msisdn", "unknown_operator"),
    ),
)
async def list_orders(request: Request) -> Response:
    """Orders, newest first."""
    switch = switch_of(request)
    caller = await caller_with(request, "read")
    query = read_query(request, *PAGE, *NARROWING)
    part = page_of(query, bounds=IDS)
    only = filter_of(query, switch, statuses=STATUSES)
    found, has_more = await orders.page(switch, merchant=caller.merchant, only=only, part=part)
    views = [view_of(switch, stands) for stands in found]
    return answer(request, listed(views, part, has_more=has_more))


@router.call("GET", "/v1/orders/{id}", Call(answers=("Order",), codes=("not_found",)))
async def get_order(request: Request) -> Response:
    """An order as it stands, with its attempts."""
    switch, stands = await _found(request)
    return answer(request, view_of(switch, stands))


@router.call(
    "POST", "/v1/orders/{id}/cancel", Call(answers=("Order",), codes=CANCEL_CODES, bare=True)
)
async def cancel_order(request: Request) -> Response:
    """Take an unpaid order back, while no attempt to pay it is open."""
    switch = switch_of(request)
    caller = await caller_with(request, "collect")
    read_query(request)
    await read_nothing(request)
    order_id = request.path_params["id"]
    stands = await orders.cancel(switch, order_id, merchant=caller.merchant)
    return answer(request, view_of(switch, stands))


@router.call("GET", "/v1/orders/{id}/logs", Call(answers=("OrderLogList",), codes=("not_found",)))
async def list_order_logs(request: Request) -> Response:
    """All that happened to an order, oldest first, what operators said included; masked."""
    switch, stands = await _found(request)
    entries = await order_log.entries(switch, stands.order)
    return answer(request, listed([entry_view(entry) for entry in entries], EVERYTHING))


@router.call("GET", "/v1/orders/{id}/qr.svg", Call(answers=(), codes=("not_found",), image=SVG))
async def get_order_qr(request: Request) -> Response:
    """The QR code of the checkout page."""
    switch, stands = await _found(request)
    text = orders.checkout_url(switch, stands.order)
    return Answer(svg_of(text), 200, request, media_type=SVG)


@router.call("GET", "/v1/orders/{id}/pi_spi.svg", Call(answers=(), codes=("not_found",), image=SVG))
async def get_order_pi_spi(request: Request) -> Response:
    """PI-SPI's QR code of an unpaid order, where the merchant has an alias."""
    switch, stands = await _found(request)
    text = pi_spi.of_order(switch, stands.order)
    if text is None:
        raise NotFound(noun="PI-SPI code")
    return Answer(svg_of(text), 200, request, media_type=SVG)


def view_of(switch: Switch, stands: Standing) -> dict[str, Any]:
    """An order as its merchant gets it."""
    return order_view(switch, stands.order, stands.attempts)


async def _found(request: Request) -> tuple[Switch, Standing]:
    switch = switch_of(request)
    caller = await caller_with(request, "read")
    read_query(request)
    order_id = request.path_params["id"]
    return switch, await orders.find(switch, order_id, merchant=caller.merchant)


async def _open(switch: Switch, content: dict[str, Any], asked: Asked) -> orders.Opened:
    form = fill(OrderForm, content)
    await require_customer(switch, content, merchant=asked.merchant)
    if form.operators == []:
        raise InvalidLength(param="operators")
    terms = OrderTerms(
        reference=form.reference,
        title=form.title,
        operators=tuple(form.operators or ()),
        description=form.description or "",
        return_url=https_url(form.return_url, param="return_url"),
        cancel_url=https_url(form.cancel_url, param="cancel_url"),
        callback_info=form.callback_info,
        customer=form.customer,
        metadata=form.metadata or {},
    )
    money = money_of(form.amount, form.currency)
    return await orders.open_order(switch, money, terms, asked, minutes=form.expires_in_minutes)
