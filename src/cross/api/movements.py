"""What movements of all kinds share: being accepted once a key, read, asked about, taken back."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from starlette.requests import Request
from starlette.responses import Response

from cross.api.answers import answer, encoded_answer
from cross.api.bodies import digest_of, read_nothing, read_object
from cross.api.callers import caller_with
from cross.api.document import Call
from cross.api.headers import idempotency_key, switch_of
from cross.api.queries import NARROWING, PAGE, filter_of, ids_of, listed, page_of, read_query
from cross.api.terms import require_customer
from cross.domain.admission_refusals import AcceptanceUnknown
from cross.domain.errors import CrossError, StillBeingAccepted
from cross.domain.ids import COLLECTION, PAYOUT, REFUND, TRANSFER
from cross.domain.movement import Movement, MovementKind
from cross.switch import movements, pages
from cross.switch.movements import Request as Asked
from cross.switch.switch import Accepted, Switch
from cross.switch.views import encoded
from cross.switch.visits import view_of

Open: TypeAlias = Callable[[Switch, dict[str, Any], Asked], Awaitable[Accepted]]
"""Reads the fields of a call and opens the movement they ask for."""

REPLAYED: Final[Mapping[str, str]] = MappingProxyType({"idempotent-replayed": "true"})
CANCEL_CODES: Final = ("not_found", "not_cancelable", "outcome_unknown")
IDS: Final[Mapping[MovementKind, re.Pattern[str]]] = MappingProxyType(
    {
        MovementKind.TRANSFER: ids_of(TRANSFER),
        MovementKind.COLLECTION: ids_of(COLLECTION),
        MovementKind.PAYOUT: ids_of(PAYOUT),
        MovementKind.REFUND: ids_of(REFUND),
    }
)

_OWN_NARROWING: Final[Mapping[MovementKind, tuple[str, ...]]] = MappingProxyType(
    {MovementKind.REFUND: ("collection",)}
)


async def accept(request: Request, *, scope: str, open_movement: Open) -> Response:
    """202 with the movement, once a key; an earlier one of the same key wins over any refusal."""
    switch = switch_of(request)
    caller = await caller_with(request, scope)
    read_query(request)
    key = idempotency_key(request)
    content = await read_object(request)
    asked = Asked(caller.merchant, caller.livemode, key, digest_of(request, content))
    try:
        if "customer" in content:
            await require_customer(switch, content, merchant=caller.merchant)
        accepted = await open_movement(switch, content, asked)
    except AcceptanceUnknown:
        raise  # it names what may be accepted yet
    except CrossError as refusal:
        if refusal.is_first:
            raise
        if (asked.merchant, asked.key) in switch.accepting:
            raise StillBeingAccepted from None
        earlier = await movements.replay(switch, asked)
        if earlier is None:
            raise
        accepted = earlier
    return accepted_answer(request, accepted)


def accepted_answer(request: Request, accepted: Accepted) -> Response:
    """The answer to the request that opened the movement, as the movement is now."""
    request.scope["subject"] = accepted.movement.id
    told = accepted.told
    if told is None:
        told = encoded(view_of(switch_of(request), accepted.movement))
    headers = REPLAYED if accepted.replayed else None
    return encoded_answer(request, told, status=202, headers=headers)


async def show(request: Request, kind: MovementKind) -> Response:
    """200 with the movement as it stands."""
    caller = await caller_with(request, "read")
    read_query(request)
    found = await movements.read(
        switch_of(request), request.path_params["id"], merchant=caller.merchant, kind=kind
    )
    return _shown(request, found)


async def recheck(request: Request, kind: MovementKind) -> Response:
    """200 with the movement after its operator was asked."""
    caller = await caller_with(request, "read")
    read_query(request)
    await read_nothing(request)
    found = await movements.recheck(
        switch_of(request), request.path_params["id"], merchant=caller.merchant, kind=kind
    )
    return _shown(request, found)


async def cancel(request: Request, kind: MovementKind, *, scope: str) -> Response:
    """200 with the movement taken back."""
    caller = await caller_with(request, scope)
    read_query(request)
    await read_nothing(request)
    found = await movements.cancel(
        switch_of(request), request.path_params["id"], merchant=caller.merchant, kind=kind
    )
    return _shown(request, found)


async def index(request: Request, kind: MovementKind, statuses: Sequence[str]) -> Response:
    """200 with a part of the merchant's movements of one kind, newest first."""
    switch = switch_of(request)
    caller = await caller_with(request, "read")
    query = read_query(request, *PAGE, *NARROWING, *_OWN_NARROWING.get(kind, ()))
    part = page_of(query, bounds=IDS[kind])
    only = filter_of(query, switch, statuses=statuses)
    found = await pages.page(switch, merchant=caller.merchant, kind=kind, only=only, part=part)
    views = [view_of(switch, movement) for movement in found.movements]
    return answer(request, listed(views, part, has_more=found.has_more))


def call_listing(answers: str, *own: str) -> Call:
    """The call that lists movements, narrowed as all are and as its own kind may be."""
    codes = ("invalid_msisdn", "unknown_operator")
    return Call(answers=(answers,), query=(*PAGE, *NARROWING, *own), codes=codes)


def _shown(request: Request, movement: Movement) -> Response:
    return answer(request, view_of(switch_of(request), movement))
