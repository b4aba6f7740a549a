"""`/v1/customers`: a merchant's payers and payees, and all that moved for them."""

import re
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from cross.api.answers import answer
from cross.api.bodies import fill, read_object
from cross.api.callers import caller_with
from cross.api.customer_schemas import CustomerChangeForm, CustomerForm
from cross.api.document import Call
from cross.api.forms import WalletForm
from cross.api.headers import switch_of
from cross.api.queries import PAGE, ids_of, listed, page_of, read_query, text_in
from cross.api.refusals import InvalidValue, MissingField
from cross.api.routing import Router
from cross.domain.customer import About
from cross.domain.ids import COLLECTION, CUSTOMER, PAYOUT, REFUND, TRANSFER
from cross.domain.msisdn import read_msisdn
from cross.domain.quote import WalletAt
from cross.switch import customers
from cross.switch.customers import customer_view
from cross.switch.prices import wallet_at
from cross.switch.switch import Switch
from cross.switch.visits import view_of

IDS: Final = ids_of(CUSTOMER)
MOVEMENTS: Final = re.compile(
    "|".join(ids_of(prefix).pattern for prefix in (TRANSFER, COLLECTION, PAYOUT, REFUND)), re.ASCII
)
NARROWING: Final = ("reference", "msisdn")
SCOPE: Final = "collect"

router = Router()


@router.call(
    "POST",
    "/v1/customers",
    Call(
        answers=("Customer",), status=201, takes=(CustomerForm,), codes=("reference_already_used",)
    ),
)
async def create_customer(request: Request) -> Response:
    """Name a payer or a payee; a `reference` names one customer at a time."""
    switch = switch_of(request)
    caller = await caller_with(request, SCOPE)
    read_query(request)
    form = fill(CustomerForm, await read_object(request))
    wallets = _wallets(switch, form.wallets or [])
    about = About(form.name, form.email, form.reference, wallets, form.metadata or {})
    made = await customers.add(switch, about, merchant=caller.merchant, livemode=caller.livemode)
    return answer(request, customer_view(made), status=201)


@router.call(
    "GET",
    "/v1/customers",
    Call(answers=("CustomerList",), query=(*PAGE, *NARROWING), codes=("invalid_msisdn",)),
)
async def list_customers(request: Request) -> Response:
    """Customers, newest first."""
    switch = switch_of(request)
    caller = await caller_with(request, "read")
    query = read_query(request, *PAGE, *NARROWING)
    part = page_of(query, bounds=IDS)
    msisdn = query.get("msisdn")
    found, has_more = await customers.page(
        switch,
        merchant=caller.merchant,
        part=part,
        reference=text_in(query, "reference"),
        msisdn=None if msisdn is None else read_msisdn(msisdn, country=None).e164,
    )
    views = [customer_view(one) for one in found]
    return answer(request, listed(views, part, has_more=has_more))


@router.call("GET", "/v1/customers/{id}", Call(answers=("Customer",), codes=("not_found",)))
async def get_customer(request: Request) -> Response:
    """A customer."""
    switch = switch_of(request)
    caller = await caller_with(request, "read")
    read_query(request)
    found = await customers.find(switch, request.path_params["id"], merchant=caller.merchant)
    return answer(request, customer_view(found))


@router.call(
    "POST",
    "/v1/customers/{id}",
    Call(
        answers=("Customer",),
        takes=(CustomerChangeForm,),
        codes=("not_found", "reference_already_used"),
    ),
)
async def change_customer(request: Request) -> Response:
    """Say anew what is named, each field whole; null empties it."""
    switch = switch_of(request)
    caller = await caller_with(request, SCOPE)
    read_query(request)
    form = fill(CustomerChangeForm, await read_object(request))
    changed = await customers.change(
        switch, request.path_params["id"], _said(switch, form), merchant=caller.merchant
    )
    return answer(request, customer_view(changed))


@router.call(
    "GET",
    "/v1/customers/{id}/movements",
    Call(answers=("MovementList",), query=PAGE, codes=("not_found",)),
)
async def list_customer_movements(request: Request) -> Response:
    """All that named this customer, of every kind, newest first."""
    switch = switch_of(request)
    caller = await caller_with(request, "read")
    part = page_of(read_query(request, *PAGE), bounds=MOVEMENTS)
    found = await customers.movements_of(
        switch, request.path_params["id"], merchant=caller.merchant, part=part
    )
    views = [view_of(switch, movement) for movement in found.movements]
    return answer(request, listed(views, part, has_more=found.has_more))


def _said(switch: Switch, form: CustomerChangeForm) -> dict[str, Any]:
    new: dict[str, Any] = {name: getattr(form, name) for name in sorted(form.model_fields_set)}
    if "name" in new and new["name"] is None:
        raise MissingField(param="name")
    if "wallets" in new:
        new["wallets"] = _wallets(switch, form.wallets or [])
    if "metadata" in new:
        new["metadata"] = form.metadata or {}
    return new


def _wallets(switch: Switch, given: list[WalletForm]) -> tuple[WalletAt, ...]:
    found: list[WalletAt] = []
    for place, wallet in enumerate(given):
        read = wallet_at(switch, wallet.operator, wallet.msisdn, side=f"wallets.{place}")
        if read in found:
            raise InvalidValue(param=f"wallets.{place}")
        found.append(read)
    return tuple(found)
