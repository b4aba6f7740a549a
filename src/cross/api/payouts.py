"""`/v1/payouts`: from the merchant's balance to a payee's wallet."""

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from cross.api import movements
from cross.api.bodies import fill
from cross.api.document import LIMIT_CODES, Call
from cross.api.forms import PayoutForm
from cross.api.routing import Router
from cross.api.terms import money_of, terms_of
from cross.domain.movement import MovementKind
from cross.switch.movements import Request as Asked
from cross.switch.payouts import open_payout
from cross.switch.prices import wallet_at
from cross.switch.switch import Accepted, Switch

STATUSES: Final = (
    "queued",
    "sending",
    "pending",
    "unknown",
    "succeeded",
    "failed",
    "canceled",
)

router = Router()


@router.call(
    "POST",
    "/v1/payouts",
    Call(
        answers=("Payout",),
        status=202,
        takes=(PayoutForm,),
        keyed=True,
        codes=(
            *("operation_not_offered", "currency_mismatch", "balance_too_low", "float_too_low"),
            *LIMIT_CODES,
        ),
    ),
)
async def create_payout(request: Request) -> Response:
    """Give money to a payee's wallet."""
    return await movements.accept(request, scope="pay_out", open_movement=_open)


@router.call("GET", "/v1/payouts", movements.call_listing("PayoutList"))
async def list_payouts(request: Request) -> Response:
    """Payouts, newest first."""
    return await movements.index(request, MovementKind.PAYOUT, STATUSES)


@router.call("GET", "/v1/payouts/{id}", Call(answers=("Payout",), codes=("not_found",)))
async def get_payout(request: Request) -> Response:
    """A payout as it stands; where its outcome is unknown the operator is asked again."""
    return await movements.show(request, MovementKind.PAYOUT)


@router.call(
    "POST",
    "/v1/payouts/{id}/recheck",
    Call(answers=("Payout",), codes=("not_found",), bare=True),
)
async def recheck_payout(request: Request) -> Response:
    """Ask the operator now, and answer with what is known then."""
    return await movements.recheck(request, MovementKind.PAYOUT)


@router.call(
    "POST",
    "/v1/payouts/{id}/cancel",
    Call(answers=("Payout",), codes=movements.CANCEL_CODES, bare=True),
)
async def cancel_payout(request: Request) -> Response:
    """Take it back while it is provably not sent."""
    return await movements.cancel(request, MovementKind.PAYOUT, scope="pay_out")


async def _open(switch: Switch, content: dict[str, Any], asked: Asked) -> Accepted:
    form = fill(PayoutForm, content)
    payee = wallet_at(switch, form.operator, form.msisdn, side="")
    money = money_of(form.amount, form.currency)
    return await open_payout(switch, payee, money, terms_of(form), asked)
