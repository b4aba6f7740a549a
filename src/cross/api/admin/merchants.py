"""`/admin/merchants`: who uses Cross, whether they may, what bounds them, what they are charged."""

from typing import Annotated, Any, Final

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from cross.api.admin.access import admin_of
from cross.api.answers import answer
from cross.api.bodies import fill, read_nothing, read_object
from cross.api.document import Call
from cross.api.forms import StrictForm
from cross.api.headers import switch_of
from cross.api.queries import PAGE, ids_of, listed, page_of, read_query
from cross.api.routing import Router
from cross.domain.approval import Proposal
from cross.domain.ids import MERCHANT
from cross.domain.limits import MOST_MAX
from cross.settings import FeeSettings
from cross.switch import approvals, fee_changes, limit_raises, merchants
from cross.switch import merchant_terms as terms
from cross.switch.merchants import told

IDS: Final = ids_of(MERCHANT)
CODES: Final = ("not_found", "changed_meanwhile")

router = Router()


class MerchantForm(StrictForm):
    """`POST /admin/merchants`."""

    name: Annotated[str, Field(min_length=1, max_length=100)]
    hears_house: bool = True


class MerchantChangeForm(StrictForm):
    """`PUT /admin/merchants/{id}`: what is left out stays as it is."""

    name: Annotated[str | None, Field(min_length=1, max_length=100)] = None
    hears_house: bool | None = None


class LimitsForm(StrictForm):
    """`PUT /admin/merchants/{id}/limits`; names are those of cross.domain.limits."""

    limits: Annotated[
        dict[str, Annotated[int, Field(gt=-1, lt=MOST_MAX)] | None], Field(max_length=100)
    ]


class FeesForm(StrictForm):
    """`PUT /admin/merchants/{id}/fees`: all schedules that the merchant is to have."""

    fees: Annotated[list[FeeSettings], Field(max_length=100)]


@router.call("POST", "/admin/merchants", Call(answers=(), status=201, takes=(MerchantForm,)))
async def add_merchant(request: Request) -> Response:
    """Open a merchant."""
    admin = admin_of(request)
    read_query(request)
    form = fill(MerchantForm, await read_object(request))
    opened = await merchants.open_merchant(
        switch_of(request), form.name, who=admin.name, hears_house=form.hears_house
    )
    return answer(request, told(opened), status=201)


@router.call("GET", "/admin/merchants", Call(answers=()))
async def list_merchants(request: Request) -> Response:
    """Merchants, newest first."""
    admin_of(request)
    part = page_of(read_query(request, *PAGE), bounds=IDS)
    found, has_more = await merchants.page(switch_of(request), part)
    return answer(request, listed([told(one) for one in found], part, has_more=has_more))


@router.call("GET", "/admin/merchants/{id}", Call(answers=(), codes=("not_found",)))
async def get_merchant(request: Request) -> Response:
    """A merchant as it stands."""
    admin_of(request)
    read_query(request)
    return answer(request, told(await merchants.find(switch_of(request), _id(request))))


@router.call(
    "PUT", "/admin/merchants/{id}", Call(answers=(), takes=(MerchantChangeForm,), codes=CODES)
)
async def change_merchant(request: Request) -> Response:
    """Change a merchant's name, or whether it hears of the house."""
    admin = admin_of(request)
    read_query(request)
    form = fill(MerchantChangeForm, await read_object(request))
    fields: dict[str, Any] = form.model_dump(exclude_none=True)
    changed = await merchants.change(switch_of(request), _id(request), fields, who=admin.name)
    return answer(request, told(changed))


@router.call("POST", "/admin/merchants/{id}/suspend", Call(answers=(), codes=CODES, bare=True))
async def suspend_merchant(request: Request) -> Response:
    """Take nothing more from a merchant; what is under way goes on."""
    admin = admin_of(request)
    await read_nothing(request)
    found = await merchants.suspend(switch_of(request), _id(request), who=admin.name)
    return answer(request, told(found))


@router.call("POST", "/admin/merchants/{id}/reinstate", Call(answers=(), codes=CODES, bare=True))
async def reinstate_merchant(request: Request) -> Response:
    """Let a suspended merchant ask again."""
    admin = admin_of(request)
    await read_nothing(request)
    found = await merchants.reinstate(switch_of(request), _id(request), who=admin.name)
    return answer(request, told(found))


@router.call("GET", "/admin/merchants/{id}/limits", Call(answers=(), codes=("not_found",)))
async def get_merchant_limits(request: Request) -> Response:
    """Every limit of a merchant, its own and the house's."""
    admin_of(request)
    read_query(request)
    return answer(request, await terms.limits_told(switch_of(request), _id(request)))


@router.call(
    "PUT",
    "/admin/merchants/{id}/limits",
    Call(
        answers=(),
        takes=(LimitsForm,),
        codes=("not_found", "unknown_limit", "personal_token_needed", "approval_open"),
    ),
)
async def set_merchant_limits(request: Request) -> Response:
    """Set some limits of a merchant; null takes one back, and the house's own holds again.

    Where real money is allowed more, the answer is a proposal, for a second person to approve.
    """
    admin = admin_of(request)
    read_query(request)
    form = fill(LimitsForm, await read_object(request))
    switch = switch_of(request)
    merchant = _id(request)
    if await limit_raises.takes_two(switch, merchant, form.limits):
        fields = {"limits": form.limits}
        proposal = Proposal(limit_raises.RAISE, merchant, fields, admin)
        proposed = await approvals.propose(switch, proposal)
        return answer(request, approvals.told(await approvals.get(switch, proposed)), status=202)
    told_now = await terms.set_limits(switch, merchant, form.limits, who=admin.name)
    return answer(request, told_now)


@router.call("GET", "/admin/merchants/{id}/fees", Call(answers=(), codes=("not_found",)))
async def get_merchant_fees(request: Request) -> Response:
    """A merchant's own fee schedules; none: the house's own hold."""
    admin_of(request)
    read_query(request)
    return answer(request, await terms.fees_told(switch_of(request), _id(request)))


@router.call(
    "PUT",
    "/admin/merchants/{id}/fees",
    Call(
        answers=(),
        takes=(FeesForm,),
        codes=("not_found", "invalid_fees", "personal_token_needed", "approval_open"),
    ),
)
async def set_merchant_fees(request: Request) -> Response:
    """Have a merchant charged by these schedules, all of them, from now on.

    Where money is real the answer is a proposal, for a second person to approve, and another price
    begins at a moment to come.
    """
    admin = admin_of(request)
    read_query(request)
    form = fill(FeesForm, await read_object(request))
    switch, merchant = switch_of(request), _id(request)
    if fee_changes.takes_two(switch):
        fields = fee_changes.fields_of(form.fees)
        proposal = Proposal(fee_changes.CHANGE, merchant, fields, admin)
        proposed = await approvals.propose(switch, proposal)
        return answer(request, approvals.told(await approvals.get(switch, proposed)), status=202)
    return answer(request, await terms.set_fees(switch, merchant, form.fees, who=admin.name))


@router.call(
    "POST",
    "/admin/merchants/{id}/fees/preview",
    Call(answers=(), takes=(FeesForm,), codes=("not_found", "invalid_fees")),
)
async def preview_merchant_fees(request: Request) -> Response:
    """What a merchant's newest movements would have been charged by these; nothing is set."""
    admin_of(request)
    read_query(request)
    form = fill(FeesForm, await read_object(request))
    switch, merchant = switch_of(request), _id(request)
    await merchants.find(switch, merchant)
    return answer(request, await fee_changes.preview(switch, form.fees, merchant=merchant))


@router.call(
    "POST", "/admin/fees/preview", Call(answers=(), takes=(FeesForm,), codes=("invalid_fees",))
)
async def preview_fees(request: Request) -> Response:
    """What the newest movements would have been charged, were these the house's fees."""
    admin_of(request)
    read_query(request)
    form = fill(FeesForm, await read_object(request))
    return answer(request, await fee_changes.preview(switch_of(request), form.fees))


def _id(request: Request) -> str:
    found: str = request.path_params["id"]
    return found
