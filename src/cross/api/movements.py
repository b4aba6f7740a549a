"""What transfers, collections and payouts share: being accepted once, read, asked about."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from starlette.requests import Request
from starlette.responses import Response

from cross.api.answers import answer
from cross.api.bodies import digest_of, read_nothing, read_object
from cross.api.callers import caller_with
from cross.api.headers import idempotency_key, switch_of
from cross.domain.errors import CrossError, StillBeingAccepted
from cross.domain.movement import Movement, MovementKind
from cross.switch import movements
from cross.switch.movements import Request as Asked
from cross.switch.switch import Accepted, Switch
from cross.switch.views import movement_view

Open: TypeAlias = Callable[[Switch, dict[str, Any], Asked], Awaitable[Accepted]]
"""Reads the fields of a call and opens the movement they ask for."""

REPLAYED: dict[str, str] = {"idempotent-replayed": "true"}


async def accept(request: Request, *, scope: str, open_movement: Open) -> Response:
    """202 with the movement, once a key; an earlier one of the same key wins over any refusal."""
    switch = switch_of(request)
    caller = await caller_with(request, scope)
    key = idempotency_key(request)
    content = await read_object(request)
    asked = Asked(caller.merchant, caller.livemode, key, digest_of(request, content))
    try:
        accepted = await open_movement(switch, content, asked)
    except CrossError:
        if (asked.merchant, asked.key) in switch.accepting:
            raise StillBeingAccepted from None
        earlier = await movements.replay(switch, asked)
        if earlier is None:
            raise
        accepted = earlier
    return accepted_answer(request, accepted)


def accepted_answer(request: Request, accepted: Accepted) -> Response:
    """The answer to the request that opened the movement, as the movement is now."""
    return answer(
        request,
        movement_view(accepted.movement, switch_of(request).profiles),
        status=202,
        headers=REPLAYED if accepted.replayed else None,
    )


async def show(request: Request, kind: MovementKind) -> Response:
    """200 with the movement as it stands."""
    caller = await caller_with(request, "read")
    found = await movements.read(
        switch_of(request), request.path_params["id"], merchant=caller.merchant, kind=kind
    )
    return _shown(request, found)


async def recheck(request: Request, kind: MovementKind) -> Response:
    """200 with the movement after its operator was asked."""
    caller = await caller_with(request, "read")
    await read_nothing(request)
    found = await movements.recheck(
        switch_of(request), request.path_params["id"], merchant=caller.merchant, kind=kind
    )
    return _shown(request, found)


async def cancel(request: Request, kind: MovementKind, *, scope: str) -> Response:
    """200 with the movement taken back."""
    caller = await caller_with(request, scope)
    await read_nothing(request)
    found = await movements.cancel(
        switch_of(request), request.path_params["id"], merchant=caller.merchant, kind=kind
    )
    return _shown(request, found)


def _shown(request: Request, movement: Movement) -> Response:
    return answer(request, movement_view(movement, switch_of(request).profiles))
