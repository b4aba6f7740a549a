"""`/admin/stops` and `/admin/alarms`: what is stopped, placed by one person and lifted by two."""

import base64
from typing import Annotated, Final

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from cross.api.admin.access import admin_of
from cross.api.admin.approvals import PROPOSING
from cross.api.answers import answer
from cross.api.bodies import fill, read_object
from cross.api.document import Call
from cross.api.forms import OperatorName, StrictForm
from cross.api.headers import switch_of
from cross.api.queries import EVERYTHING, listed, read_query
from cross.api.refusals import InvalidParameter
from cross.api.routing import Router
from cross.domain.approval import Proposal
from cross.domain.errors import UnknownOperator
from cross.domain.stop import BY_HAND, EVERYWHERE
from cross.storage import alarms as stored_alarms
from cross.storage import stops as stored
from cross.switch import alarms, approvals, audit, lifting, pager, stops
from cross.switch.audit import Act
from cross.switch.stops import Finding, stop_view

PATH: Final = "/admin/stops"
Reason = Annotated[str, Field(min_length=3, max_length=300)]

router = Router()


class PlaceForm(StrictForm):
    """Where, and why; without an operator everywhere. `holds_credits`: what is owed waits, too."""

    operator: OperatorName | None = None
    reason: Reason
    holds_credits: bool = False


class LiftForm(StrictForm):
    """Why; `override`: although its monitor still sees what it saw."""

    reason: Reason
    override: bool = False


@router.call("GET", PATH, Call(answers=(), query=("status",)))
async def list_stops(request: Request) -> Response:
    """Stops that are in force, or with `status=all` those that were lifted, too."""
    admin_of(request)
    switch, query = switch_of(request), read_query(request, "status")
    if query.get("status") not in (None, "all"):
        raise InvalidParameter(param="status")
    of_all = query.get("status") == "all"
    found = await (stored.newest(switch.store) if of_all else stored.in_force(switch.store))
    return answer(request, listed([stop_view(one) for one in found], EVERYTHING))


@router.call("POST", PATH, Call(answers=(), codes=("unknown_operator",)))
async def place_stop(request: Request) -> Response:
    """Stop new money at an operator, or everywhere, at once: one person is enough."""
    admin, switch = admin_of(request), switch_of(request)
    form = fill(PlaceForm, await read_object(request))
    operator = form.operator or EVERYWHERE
    if operator != EVERYWHERE and operator not in switch.profiles:
        raise UnknownOperator(name=operator)
    finding = Finding(operator, BY_HAND, form.reason, form.holds_credits)
    placed = stop_view(await stops.place(switch, finding, by=admin.name))
    await audit.note(switch, Act(admin.name, "stops.place", str(placed["id"]), after=placed))
    return answer(request, placed, status=201)


@router.call(
    "POST", f"{PATH}/{{id}}/lift", Call(answers=(), codes=(*PROPOSING, "stop_still_needed"))
)
async def lift_stop(request: Request) -> Response:
    """Propose to lift a stop; a second person approves it, and it is lifted."""
    admin, switch = admin_of(request), switch_of(request)
    form = fill(LiftForm, await read_object(request))
    fields = {"reason": form.reason, "override": form.override}
    proposal = Proposal(lifting.LIFT, str(request.path_params["id"]), fields, admin)
    proposed = await approvals.propose(switch, proposal)
    return answer(request, approvals.told(await approvals.get(switch, proposed)), status=201)


@router.call("GET", "/admin/alarms", Call(answers=(), query=("status",)))
async def list_alarms(request: Request) -> Response:
    """Alarms that are raised, or with `status=all` those that were, too."""
    admin_of(request)
    switch, query = switch_of(request), read_query(request, "status")
    if query.get("status") not in (None, "all"):
        raise InvalidParameter(param="status")
    of_all = query.get("status") == "all"
    store = switch.store
    found = await (stored_alarms.newest(store) if of_all else stored_alarms.standing(store))
    return answer(request, listed([alarms.alarm_view(one) for one in found], EVERYTHING))


@router.call("GET", "/admin/alarms/key", Call(answers=()))
async def page_key(request: Request) -> Response:
    """What pages are signed with, as Standard Webhooks writes a secret."""
    admin_of(request)
    read_query(request)
    keys = [base64.b64encode(key).decode() for key in pager.keys_of(switch_of(request))]
    return answer(request, {"object": "page_key", "secrets": [f"whsec_{key}" for key in keys]})
