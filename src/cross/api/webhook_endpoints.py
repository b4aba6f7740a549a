"""`/v1/webhook_endpoints`: where a merchant hears of its events, and what arrived there."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from cross.api.answers import answer, encoded_answer
from cross.api.bodies import fill, read_nothing, read_object
from cross.api.callers import caller_with
from cross.api.document import Call
from cross.api.headers import switch_of
from cross.api.queries import PAGE, ids_of, instant, listed, page_of, read_query
from cross.api.refusals import InvalidParameter, InvalidValue
from cross.api.routing import Router
from cross.api.webhook_forms import (
    EventRangeForm,
    WebhookEndpointForm,
    WebhookEndpointUpdateForm,
)
from cross.domain.ids import DELIVERY, WEBHOOK_ENDPOINT
from cross.domain.webhook import DeliveryState, Endpoint, EndpointTerms
from cross.storage.api_keys import Caller
from cross.switch import events, ownership, webhooks
from cross.switch.audit import Act, note
from cross.switch.delivery_views import delivery_view
from cross.switch.events import wire_of
from cross.switch.switch import Switch
from cross.switch.views import View
from cross.switch.webhooks import Change, endpoint_view

IDS: Final = ids_of(WEBHOOK_ENDPOINT)
DELIVERY_IDS: Final = ids_of(DELIVERY)
SCOPE: Final = "admin"
_TERMS: Final = ("webhook_url_refused", "unknown_event_type")
VERIFICATION_CALLS: Final = 10
"""A verification counts as so many calls: it sends a request to an address not yet proven."""
_STATES: Final = tuple(state.value for state in DeliveryState)

router = Router()


@router.call(
    "POST",
    "/v1/webhook_endpoints",
    Call(
        answers=("WebhookEndpoint",),
        status=201,
        takes=(WebhookEndpointForm,),
        codes=(*_TERMS, "too_many_endpoints", "no_master_key"),
    ),
)
async def create_webhook_endpoint(request: Request) -> Response:
    """Have events sent to an address; the answer tells the secret, this once."""
    switch = switch_of(request)
    caller = await caller_with(request, SCOPE)
    read_query(request)
    form = fill(WebhookEndpointForm, await read_object(request))
    endpoint, secret = await webhooks.open_endpoint(
        switch,
        EndpointTerms(form.url, tuple(form.events), form.description or ""),
        merchant=caller.merchant,
        livemode=caller.livemode,
    )
    await _note(switch, caller, "create", (None, endpoint))
    return answer(request, _view(endpoint, secret), status=201)


@router.call("GET", "/v1/webhook_endpoints", Call(answers=("WebhookEndpointList",), query=PAGE))
async def list_webhook_endpoints(request: Request) -> Response:
    """Webhook endpoints, newest first."""
    switch = switch_of(request)
    caller = await caller_with(request, "read")
    part = page_of(read_query(request, *PAGE), bounds=IDS)
    found, has_more = await webhooks.endpoints(switch, merchant=caller.merchant, part=part)
    return answer(request, listed([_view(one) for one in found], part, has_more=has_more))


@router.call(
    "GET", "/v1/webhook_endpoints/{id}", Call(answers=("WebhookEndpoint",), codes=("not_found",))
)
async def get_webhook_endpoint(request: Request) -> Response:
    """A webhook endpoint."""
    switch = switch_of(request)
    caller = await caller_with(request, "read")
    read_query(request)
    return answer(request, _view(await _found(request, switch, caller)))


UPDATE: Final = Call(
    answers=("WebhookEndpoint",),
    takes=(WebhookEndpointUpdateForm,),
    codes=("not_found", "endpoint_unverified", *_TERMS),
)


@router.call("POST", "/v1/webhook_endpoints/{id}", UPDATE)
async def update_webhook_endpoint(request: Request) -> Response:
    """Change an endpoint; enabling one sends what was waiting for it.

    Another URL of a live endpoint is `pending_url` until it is verified and an hour has passed.
    """
    switch = switch_of(request)
    caller = await caller_with(request, SCOPE)
    read_query(request)
    form = fill(WebhookEndpointUpdateForm, await read_object(request))
    change = Change(
        url=form.url,
        events=None if form.events is None else tuple(form.events),
        description=form.description,
        enabled=None if form.status is None else form.status == "enabled",
    )
    before = await _found(request, switch, caller)
    changed = await webhooks.change_endpoint(switch, before.id, change, merchant=caller.merchant)
    await _note(switch, caller, "update", (before, changed))
    return answer(request, _view(changed))


@router.call("PATCH", "/v1/webhook_endpoints/{id}", UPDATE)
async def patch_webhook_endpoint(request: Request) -> Response:
    """The same as by POST, for those who expect PATCH."""
    return await update_webhook_endpoint(request)


@router.call(
    "DELETE",
    "/v1/webhook_endpoints/{id}",
    Call(answers=("WebhookEndpointDeleted",), codes=("not_found",), bare=True),
)
async def delete_webhook_endpoint(request: Request) -> Response:
    """Send nothing there any more, for good; what was waiting is canceled."""
    switch = switch_of(request)
    caller = await caller_with(request, SCOPE)
    read_query(request)
    await read_nothing(request)
    gone = await webhooks.close_endpoint(
        switch, request.path_params["id"], merchant=caller.merchant
    )
    await _note(switch, caller, "delete", (gone, None))
    view = {"id": gone.id, "object": "webhook_endpoint", "livemode": gone.livemode}
    return answer(request, {**view, "deleted": True})


@router.call(
    "POST",
    "/v1/webhook_endpoints/{id}/rotate_secret",
    Call(answers=("WebhookEndpoint",), codes=("not_found", "no_master_key"), bare=True),
)
async def rotate_webhook_secret(request: Request) -> Response:
    """Make a new secret, told this once; until `previous_secret_until` both sign.

    In live mode the new one signs from `secret_from` on, an hour later.
    """
    switch = switch_of(request)
    caller = await caller_with(request, SCOPE)
    read_query(request)
    await read_nothing(request)
    endpoint, secret = await webhooks.rotate_secret(
        switch, request.path_params["id"], merchant=caller.merchant
    )
    await _note(switch, caller, "rotate_secret", (None, endpoint))
    return answer(request, _view(endpoint, secret))


@router.call(
    "POST",
    "/v1/webhook_endpoints/{id}/verify",
    Call(
        answers=("WebhookEndpoint",),
        codes=("not_found", "webhook_url_refused", "verification_failed"),
        bare=True,
    ),
)
async def verify_webhook_endpoint(request: Request) -> Response:
    """Prove that a live endpoint is yours: it is sent a challenge, and answers with it.

    The challenge is a webhook of the type `webhook_endpoint.verification`, signed as all; the
    answer is 2xx with `data.object.challenge` as its whole body, or `{"challenge": "…"}`.
    """
    switch = switch_of(request)
    caller = await caller_with(request, SCOPE, calls=VERIFICATION_CALLS)
    read_query(request)
    await read_nothing(request)
    before = await _found(request, switch, caller)
    after = await ownership.verify(switch, before.id, merchant=caller.merchant)
    await _note(switch, caller, "verify", (before, after))
    return answer(request, _view(after))


@router.call(
    "POST",
    "/v1/webhook_endpoints/{id}/test",
    Call(answers=("Event",), codes=("not_found", "endpoint_disabled"), bare=True),
)
async def send_test_webhook(request: Request) -> Response:
    """Send this endpoint an event of the type `webhook_endpoint.test`, whatever it hears of."""
    switch = switch_of(request)
    caller = await caller_with(request, SCOPE)
    read_query(request)
    await read_nothing(request)
    event = await webhooks.send_test(switch, request.path_params["id"], merchant=caller.merchant)
    return encoded_answer(request, wire_of(event).decode())


@router.call(
    "GET",
    "/v1/webhook_endpoints/{id}/deliveries",
    Call(answers=("DeliveryList",), query=(*PAGE, "status"), codes=("not_found",)),
)
async def list_deliveries(request: Request) -> Response:
    """What was sent there, or will be, with every answer; newest first."""
    switch = switch_of(request)
    caller = await caller_with(request, "read")
    query = read_query(request, *PAGE, "status")
    part = page_of(query, bounds=DELIVERY_IDS)
    state = query.get("status")
    if state is not None and state not in _STATES:
        raise InvalidParameter(param="status")
    endpoint = await _found(request, switch, caller)
    found, has_more = await webhooks.deliveries_of(switch, endpoint, part=part, state=state)
    views = [delivery_view(one, url=endpoint.terms.url) for one in found]
    return answer(request, listed(views, part, has_more=has_more))


@router.call(
    "POST",
    "/v1/webhook_endpoints/{id}/resend",
    Call(
        answers=("Resending",),
        takes=(EventRangeForm,),
        codes=("not_found", "endpoint_disabled"),
    ),
)
async def resend_range(request: Request) -> Response:
    """Send this endpoint once more all that it hears of a time, the oldest first."""
    switch = switch_of(request)
    caller = await caller_with(request, SCOPE)
    read_query(request)
    form = fill(EventRangeForm, await read_object(request))
    created_from = instant(form.created_from)
    created_to = None if form.created_to is None else instant(form.created_to)
    if created_from is None:
        raise InvalidValue(param="created_from")
    if form.created_to is not None and (created_to is None or created_to < created_from):
        raise InvalidValue(param="created_to")
    endpoint_id = request.path_params["id"]
    count = await events.resend_range(
        switch,
        endpoint_id,
        merchant=caller.merchant,
        created_from=created_from,
        created_to=created_to,
    )
    return answer(request, resending_view(caller, [endpoint_id], count=count))


def resending_view(
    caller: Caller, endpoints: list[str], *, count: int, event: str | None = None
) -> View:
    """What was put in the queue once more."""
    return {
        "object": "resending",
        "livemode": caller.livemode,
        "event": event,
        "endpoints": endpoints,
        "count": count,
    }


def _view(endpoint: Endpoint, secret: str | None = None) -> View:
    return {**endpoint_view(endpoint), "secret": secret}


async def _note(
    switch: Switch, caller: Caller, action: str, change: tuple[Endpoint | None, Endpoint | None]
) -> None:
    """Writes into the audit which key changed what (S-OUT-07); a URL's query may hold a secret."""
    before, after = change
    about = after or before
    if about is not None and before != after:
        told = [None if one is None else _audited(one) for one in change]
        await note(
            switch, Act(caller.key, f"webhook_endpoints.{action}", about.id, told[0], told[1])
        )


def _audited(endpoint: Endpoint) -> View:
    view = endpoint_view(endpoint)
    for name in ("url", "pending_url"):
        view[name] = view[name] and view[name].partition("?")[0]
    return view


async def _found(request: Request, switch: Switch, caller: Caller) -> Endpoint:
    endpoint_id = request.path_params["id"]
    return await webhooks.find_endpoint(switch, endpoint_id, merchant=caller.merchant)
