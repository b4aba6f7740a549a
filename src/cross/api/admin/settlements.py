"""`/admin/settlements`: merchants are paid, by their wallets or by the house's bank."""

from typing import Annotated, Any, Final, Literal

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from cross.api.admin.access import Admin, admin_of
from cross.api.answers import answer
from cross.api.bodies import fill, read_nothing, read_object
from cross.api.document import Call
from cross.api.forms import AMOUNT_END, CurrencyCode, Number, OperatorName, StrictForm
from cross.api.headers import switch_of
from cross.api.queries import PAGE, listed, page_of, read_query
from cross.api.refusals import MissingField
from cross.api.routing import Router
from cross.api.settlements import IDS
from cross.domain.errors import NotFound
from cross.domain.money import currency_named
from cross.domain.settlement import Schedule, Settlement, SettlementTerms
from cross.storage import merchants
from cross.switch import audit, settlements
from cross.switch.audit import Act
from cross.switch.prices import wallet_at
from cross.switch.settlements import settlement_view
from cross.switch.switch import Switch

PATH: Final = "/admin/settlements"
_PAYING: Final = ("not_found", "settlement_not_payable", "balance_too_low")

router = Router()


class PrepareForm(StrictForm):
    """Whose balance, in which currency."""

    merchant: Annotated[str, Field(max_length=64)]
    currency: CurrencyCode


class BankForm(StrictForm):
    """What the bank calls the payment."""

    bank_reference: Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[ -~]*$")]


class SettlementTermsForm(StrictForm):
    """Where and when a merchant is paid: a wallet by operator and number, or a bank, or neither."""

    currency: CurrencyCode
    operator: OperatorName | None = None
    msisdn: Number | None = None
    bank: Annotated[str | None, Field(max_length=255)] = None
    schedule: Literal["manual", "daily"] = "manual"
    minimum: Annotated[int, Field(gt=-1, lt=AMOUNT_END)] = 0


@router.call("GET", PATH, Call(answers=()))
async def list_all_settlements(request: Request) -> Response:
    """Every merchant's settlements, newest first, or one merchant's."""
    admin_of(request)
    query = read_query(request, *PAGE, "merchant")
    part = page_of(query, bounds=IDS)
    found, has_more = await settlements.page(
        switch_of(request), part=part, merchant=query.get("merchant")
    )
    return answer(request, listed([settlement_view(one) for one in found], part, has_more=has_more))


@router.call("GET", f"{PATH}/{{id}}", Call(answers=(), codes=("not_found",)))
async def get_any_settlement(request: Request) -> Response:
    """A settlement, whoever's."""
    admin_of(request)
    found = await settlements.get(switch_of(request), request.path_params["id"])
    return answer(request, settlement_view(found))


@router.call(
    "POST", PATH, Call(answers=(), codes=("not_found", "settlement_open", "nothing_to_settle"))
)
async def prepare_settlement(request: Request) -> Response:
    """What a merchant has now, to be paid; no money moves."""
    admin, switch = admin_of(request), switch_of(request)
    form = fill(PrepareForm, await read_object(request))
    await _require_merchant(switch, form.merchant)
    made = await settlements.prepare(switch, form.merchant, currency_named(form.currency))
    return await _noted(request, admin, "prepare", made, status=201)


@router.call(
    "POST", f"{PATH}/{{id}}/pay", Call(answers=(), codes=(*_PAYING, "no_settlement_wallet"))
)
async def pay_settlement(request: Request) -> Response:
    """Pay it out to the merchant's settlement wallet."""
    admin, switch = admin_of(request), switch_of(request)
    await read_nothing(request)
    paid = await settlements.pay(switch, request.path_params["id"])
    return await _noted(request, admin, "pay", paid)


@router.call("POST", f"{PATH}/{{id}}/paid_by_bank", Call(answers=(), codes=_PAYING))
async def settlement_paid_by_bank(request: Request) -> Response:
    """Say that the house's bank has paid it, and how the bank calls that."""
    admin, switch = admin_of(request), switch_of(request)
    form = fill(BankForm, await read_object(request))
    paid = await settlements.paid_by_bank(switch, request.path_params["id"], form.bank_reference)
    return await _noted(request, admin, "paid_by_bank", paid)


@router.call(
    "POST", f"{PATH}/{{id}}/cancel", Call(answers=(), codes=("not_found", "settlement_not_payable"))
)
async def cancel_settlement(request: Request) -> Response:
    """Take back what is not paid."""
    admin, switch = admin_of(request), switch_of(request)
    await read_nothing(request)
    canceled = await settlements.cancel(switch, request.path_params["id"])
    return await _noted(request, admin, "cancel", canceled)


@router.call("GET", "/admin/settlement_terms/{id}/{currency}", Call(answers=()))
async def get_settlement_terms(request: Request) -> Response:
    """Where and when a merchant is paid in a currency."""
    admin_of(request)
    switch, merchant = switch_of(request), request.path_params["id"]
    currency = currency_named(request.path_params["currency"])
    terms = await settlements.terms_of(switch, merchant, currency)
    return answer(request, _terms_view(merchant, currency.code, terms))


@router.call("PUT", "/admin/settlement_terms/{id}", Call(answers=(), codes=("not_found",)))
async def put_settlement_terms(request: Request) -> Response:
    """Say where and when a merchant is paid in a currency."""
    admin, switch = admin_of(request), switch_of(request)
    merchant = request.path_params["id"]
    form = fill(SettlementTermsForm, await read_object(request))
    await _require_merchant(switch, merchant)
    currency = currency_named(form.currency)
    before = await settlements.terms_of(switch, merchant, currency)
    terms = _terms(switch, form)
    await settlements.set_terms(switch, merchant, currency, terms)
    was, now = (_terms_view(merchant, currency.code, one) for one in (before, terms))
    await audit.note(switch, Act(admin.name, "settlements.terms", merchant, was, now))
    return answer(request, now)


def _terms(switch: Switch, form: SettlementTermsForm) -> SettlementTerms:
    if (form.operator is None) != (form.msisdn is None):
        raise MissingField(param="operator" if form.operator is None else "msisdn")
    wallet = None
    if form.operator is not None and form.msisdn is not None:
        wallet = wallet_at(switch, form.operator, form.msisdn, side="")
    return SettlementTerms(wallet, form.bank, Schedule(form.schedule), form.minimum)


def _terms_view(merchant: str, currency: str, terms: SettlementTerms) -> dict[str, Any]:
    wallet = terms.wallet
    return {
        "object": "settlement_terms",
        "merchant": merchant,
        "currency": currency,
        "operator": None if wallet is None else wallet.operator,
        "msisdn": None if wallet is None else wallet.msisdn.e164,
        "bank": terms.bank,
        "schedule": terms.schedule.value,
        "minimum": terms.minimum,
    }


async def _require_merchant(switch: Switch, merchant: str) -> None:
    if not await merchants.name_of(switch.store, merchant):
        raise NotFound(noun="merchant", param="merchant")


async def _noted(
    request: Request, admin: Admin, act: str, settlement: Settlement, *, status: int = 200
) -> Response:
    view = settlement_view(settlement)
    said = {name: view[name] for name in ("merchant", "status", "amount", "currency", "method")}
    said |= {name: view[name] for name in ("payout", "bank_reference")}
    line = Act(admin.name, f"settlements.{act}", settlement.id, after=said)
    await audit.note(switch_of(request), line)
    return answer(request, view, status=status)
