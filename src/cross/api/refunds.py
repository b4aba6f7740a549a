"""`/v1/refunds`: a collection given back to its payer, whole or in part."""

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from cross.api import movements
from cross.api.bodies import fill
from cross.api.document import LIMIT_CODES, Call
from cross.api.forms import RefundForm
from cross.api.payouts import STATUSES
from cross.api.refusals import MissingField
from cross.api.routing import Router
from cross.api.terms import money_of, terms_of
from cross.domain.movement import MovementKind
from cross.switch.movements import Request as Asked
from cross.switch.refunds import open_refund
from cross.switch.switch import Accepted, Switch

CODES: Final = (
    "not_found",
    "not_refundable",
    "refund_exceeds_collection",
    "refund_in_progress",
    "currency_mismatch",
    "balance_too_low",
    "float_too_low",
    *LIMIT_CODES,
)

router = Router()


@router.call(
    "POST",
    "/v1/refunds",
    Call(answers=("Refund",), status=202, takes=(RefundForm,), keyed=True, codes=CODES),
)
async def create_refund(request: Request) -> Response:
    """Give a collection back, as often as something of it is left; all of that by default."""
    return await movements.accept(request, scope="refund", open_movement=_open)


@router.call("GET", "/v1/refunds", movements.call_listing("RefundList", "collection"))
async def list_refunds(request: Request) -> Response:
    """Refunds, newest first."""
    return await movements.index(request, MovementKind.REFUND, STATUSES)


@router.call("GET", "/v1/refunds/{id}", Call(answers=("Refund",), codes=("not_found",)))
async def get_refund(request: Request) -> Response:
    """A refund as it stands; where its outcome is unknown the operator is asked again."""
    return await movements.show(request, MovementKind.REFUND)


@router.call(
    "POST",
    "/v1/refunds/{id}/recheck",
    Call(answers=("Refund",), codes=("not_found",), bare=True),
)
async def recheck_refund(request: Request) -> Response:
    """Ask the operator now, and answer with what is known then."""
    return await movements.recheck(request, MovementKind.REFUND)


async def _open(switch: Switch, content: dict[str, Any], asked: Asked) -> Accepted:
    form = fill(RefundForm, content)
    if (form.amount is None) != (form.currency is None):
        raise MissingField(param="amount" if form.amount is None else "currency")
    money = None
    if form.amount is not None and form.currency is not None:
        money = money_of(form.amount, form.currency)
    return await open_refund(switch, form.collection, money, terms_of(form), asked)
