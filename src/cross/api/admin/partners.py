"""`/admin/partners`: banks on the MBANKING gateway; who they are, what they may do, their float."""

from datetime import time
from ipaddress import ip_network
from typing import Annotated, Any, Final, TypeAlias

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from cross.api.admin.access import admin_of
from cross.api.answers import answer
from cross.api.bodies import fill, read_nothing, read_object
from cross.api.document import Call
from cross.api.forms import Amount, StrictForm
from cross.api.headers import switch_of
from cross.api.queries import read_query
from cross.api.refusals import InvalidValue
from cross.api.routing import Router
from cross.domain.changed import changed
from cross.domain.money import Money
from cross.domain.partner import Operation, OperationTerms, Partner
from cross.storage import partners as stored
from cross.switch import partners
from cross.switch.partners import told

CODES: Final = ("not_found", "changed_meanwhile", "name_taken", "unfit_password")
CUT_OFF: Final = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"
NO_CUT_OFF: Final = ""

Username: TypeAlias = Annotated[str, Field(pattern=r"^[A-Za-z0-9._@-]{3,64}$")]
Number: TypeAlias = Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,20}$")]
OldId: TypeAlias = Annotated[str, Field(pattern=r"^([A-Za-z0-9._-]{1,32})?$")]
Name: TypeAlias = Annotated[str, Field(min_length=1, max_length=100)]
Secret: TypeAlias = Annotated[str, Field(max_length=128)]

router = Router()


class OperationForm(StrictForm):
    """One operation; what is left out stays. 0 is no limit, an empty cut-off is none."""

    enabled: bool | None = None
    amount_max: Annotated[int | None, Field(ge=0, lt=1 << 53)] = None
    day_max: Annotated[int | None, Field(ge=0, lt=1 << 53)] = None
    cut_off: Annotated[str | None, Field(pattern=rf"{CUT_OFF}|^$")] = None


class PartnerChangeForm(StrictForm):
    """`PUT /admin/partners/{id}`: what is left out stays, an empty text takes away."""

    number: Number | None = None
    name: Name | None = None
    username: Username | None = None
    client_id: OldId | None = None
    merchantid: OldId | None = None
    agentid: OldId | None = None
    callback_url: Annotated[str | None, Field(max_length=2000)] = None
    networks: Annotated[list[str] | None, Field(max_length=50)] = None
    credit: OperationForm | None = None
    debit: OperationForm | None = None


class PartnerForm(PartnerChangeForm):
    """`POST /admin/partners`."""

    number: Number
    name: Name
    username: Username
    password: Secret


class PasswordForm(StrictForm):
    """`POST /admin/partners/{id}/password`; `client` for OAuth2's own secret, empty for none."""

    password: Secret
    client: bool = False


class FundForm(StrictForm):
    """`POST /admin/partners/{id}/fund`: what the bank paid in, once a `name`."""

    operator: Annotated[str, Field(max_length=64)]
    amount: Amount
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,64}$")]


@router.call(
    "POST", "/admin/partners", Call(answers=(), status=201, takes=(PartnerForm,), codes=CODES)
)
async def add_partner(request: Request) -> Response:
    """Open a partner, with a merchant of its own."""
    admin = admin_of(request)
    read_query(request)
    form, switch = fill(PartnerForm, await read_object(request)), switch_of(request)
    operations = {operation: OperationTerms() for operation in Operation}
    fields = _fields(form, operations)
    made = await partners.open_partner(switch, fields, password=form.password, who=admin.name)
    return answer(request, told(made), status=201)


@router.call("GET", "/admin/partners", Call(answers=()))
async def list_partners(request: Request) -> Response:
    """Every partner, the oldest first."""
    admin_of(request)
    read_query(request)
    found = await stored.every(switch_of(request).store)
    content = {"object": "list", "data": [told(one) for one in found], "has_more": False}
    return answer(request, {**content, "next_cursor": None})


@router.call("GET", "/admin/partners/{id}", Call(answers=(), codes=("not_found",)))
async def get_partner(request: Request) -> Response:
    """A partner, by its id or its user name."""
    admin_of(request)
    read_query(request)
    return answer(request, told(await _named(request)))


@router.call(
    "PUT", "/admin/partners/{id}", Call(answers=(), takes=(PartnerChangeForm,), codes=CODES)
)
async def change_partner(request: Request) -> Response:
    """Change what a partner is and may."""
    admin = admin_of(request)
    read_query(request)
    form, found = fill(PartnerChangeForm, await read_object(request)), await _named(request)
    fields = _fields(form, dict(found.operations))
    after = await partners.change(switch_of(request), found, fields, who=admin.name)
    return answer(request, told(after))


@router.call(
    "POST", "/admin/partners/{id}/password", Call(answers=(), takes=(PasswordForm,), codes=CODES)
)
async def set_password(request: Request) -> Response:
    """Give a partner another password; its tokens end."""
    admin = admin_of(request)
    read_query(request)
    form, found = fill(PasswordForm, await read_object(request)), await _named(request)
    switch = switch_of(request)
    if form.client:
        after = await partners.set_client_secret(
            switch, found, form.password or None, who=admin.name
        )
    else:
        after = await partners.set_password(switch, found, form.password, who=admin.name)
    return answer(request, told(after))


@router.call("POST", "/admin/partners/{id}/disable", Call(answers=(), codes=CODES))
async def disable_partner(request: Request) -> Response:
    """Let nobody in as this partner; its tokens end."""
    admin = admin_of(request)
    await read_nothing(request)
    switch = switch_of(request)
    after = await partners.disable(switch, await _named(request), who=admin.name)
    return answer(request, told(after))


@router.call("POST", "/admin/partners/{id}/enable", Call(answers=(), codes=CODES))
async def enable_partner(request: Request) -> Response:
    """Let a partner in again."""
    admin = admin_of(request)
    await read_nothing(request)
    switch = switch_of(request)
    after = await partners.enable(switch, await _named(request), who=admin.name)
    return answer(request, told(after))


@router.call("POST", "/admin/partners/{id}/fund", Call(answers=(), takes=(FundForm,), codes=CODES))
async def fund_partner(request: Request) -> Response:
    """Book what the bank paid into its float; once a name."""
    admin = admin_of(request)
    read_query(request)
    form, found = fill(FundForm, await read_object(request)), await _named(request)
    switch = switch_of(request)
    money = Money(form.amount, switch.profile(form.operator).currency)
    fresh = await partners.fund(
        switch, found, partners.Deposit(form.operator, money, form.name), who=admin.name
    )
    return answer(request, {**told(found), "funded": fresh})


async def _named(request: Request) -> Partner:
    return await partners.find(switch_of(request), str(request.path_params["id"]))


def _fields(form: PartnerChangeForm, operations: dict[Operation, OperationTerms]) -> dict[str, Any]:
    """What the form says, as fields of a partner; raises `InvalidValue`."""
    given = form.model_dump(exclude_none=True, exclude={"password", "credit", "debit"})
    for name in ("merchantid", "agentid", "callback_url"):
        if given.get(name) == "":
            given[name] = None
    if "networks" in given:
        try:
            given["networks"] = tuple(ip_network(network) for network in given["networks"])
        except ValueError:
            raise InvalidValue(param="networks") from None
    for operation, wish in ((Operation.CREDIT, form.credit), (Operation.DEBIT, form.debit)):
        if wish is not None:
            operations[operation] = _wished(operations[operation], wish)
    return {**given, "operations": operations}


def _wished(terms: OperationTerms, wish: OperationForm) -> OperationTerms:
    new: dict[str, Any] = {}
    if wish.enabled is not None:
        new["enabled"] = wish.enabled
    for name in ("amount_max", "day_max"):
        if (value := getattr(wish, name)) is not None:
            new[name] = value or None
    if wish.cut_off is not None:
        new["cut_off"] = time.fromisoformat(wish.cut_off) if wish.cut_off else None
    return changed(terms, **new)
