"""`/v1/collections`: from a payer's wallet to the merchant."""

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from cross.api import movements
from cross.api.bodies import fill
from cross.api.document import LIMIT_CODES, Call
from cross.api.forms import CollectionForm
from cross.api.refusals import MissingField
from cross.api.routing import Router
from cross.api.terms import money_of, terms_of
from cross.domain.movement import MovementKind
from cross.domain.operator import CollectMode
from cross.switch.collections import Payer, open_collection
from cross.switch.movements import Request as Asked
from cross.switch.prices import wallet_at
from cross.switch.switch import Accepted, Switch

STATUSES: Final = ("pending", "unknown", "succeeded", "failed", "expired", "canceled")

router = Router()


@router.call(
    "POST",
    "/v1/collections",
    Call(
        answers=("Collection",),
        status=202,
        takes=(CollectionForm,),
        keyed=True,
        codes=(
            *("operation_not_offered", "currency_mismatch", "fee_exceeds_amount", "invalid_url"),
            *LIMIT_CODES,
        ),
    ),
)
async def create_collection(request: Request) -> Response:
    """Ask a payer for money; `next_action` says what the payer has to do."""
    return await movements.accept(request, scope="collect", open_movement=_open)


@router.call("GET", "/v1/collections", movements.call_listing("CollectionList"))
async def list_collections(request: Request) -> Response:
    """Collections, newest first."""
    return await movements.index(request, MovementKind.COLLECTION, STATUSES)


@router.call("GET", "/v1/collections/{id}", Call(answers=("Collection",), codes=("not_found",)))
async def get_collection(request: Request) -> Response:
    """A collection as it stands; where its outcome is unknown the operator is asked again."""
    return await movements.show(request, MovementKind.COLLECTION)


@router.call(
    "POST",
    "/v1/collections/{id}/recheck",
    Call(answers=("Collection",), codes=("not_found",), bare=True),
)
async def recheck_collection(request: Request) -> Response:
    """Ask the operator now, and answer with what is known then."""
    return await movements.recheck(request, MovementKind.COLLECTION)


@router.call(
    "POST",
    "/v1/collections/{id}/cancel",
    Call(answers=("Collection",), codes=movements.CANCEL_CODES, bare=True),
)
async def cancel_collection(request: Request) -> Response:
    """Take it back while it is provably not sent."""
    return await movements.cancel(request, MovementKind.COLLECTION, scope="collect")


async def _open(switch: Switch, content: dict[str, Any], asked: Asked) -> Accepted:
    form = fill(CollectionForm, content)
    terms = terms_of(form, return_url=form.return_url, cancel_url=form.cancel_url)
    payer = _payer_of(switch, form)
    money = money_of(form.amount, form.currency)
    return await open_collection(switch, payer, money, terms, asked)


def _payer_of(switch: Switch, form: CollectionForm) -> Payer:
    if form.msisdn is not None:
        wallet = wallet_at(switch, form.operator, form.msisdn, side="")
        return Payer(wallet.operator, wallet.msisdn)
    if switch.profile(form.operator).collect is CollectMode.PUSH:
        raise MissingField(param="msisdn")
    return Payer(form.operator)
