"""`/admin/approvals`: what one person proposed, for another to approve or to reject."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from cross.api.admin.access import admin_of
from cross.api.answers import answer
from cross.api.bodies import read_nothing
from cross.api.document import Call
from cross.api.headers import switch_of
from cross.api.queries import PAGE, ids_of, listed, page_of, read_query
from cross.api.refusals import InvalidParameter
from cross.api.routing import Router
from cross.domain.approval import ApprovalState
from cross.domain.ids import APPROVAL
from cross.switch import approvals
from cross.switch.approvals import told

PATH: Final = "/admin/approvals"
IDS: Final = ids_of(APPROVAL)
PROPOSING: Final = ("personal_token_needed", "approval_open", "fix_not_possible", "not_found")
"""What whoever proposes something may be refused."""

router = Router()


@router.call("GET", PATH, Call(answers=(), query=("status",)))
async def list_approvals(request: Request) -> Response:
    """Proposals, newest first; all of them, or those that stand somewhere."""
    admin_of(request)
    query = read_query(request, *PAGE, "status")
    state, part = query.get("status"), page_of(query, bounds=IDS)
    if state is not None and state not in list(ApprovalState):
        raise InvalidParameter(param="status")
    found, has_more = await approvals.page(switch_of(request), part=part, state=state)
    return answer(request, listed([told(one) for one in found], part, has_more=has_more))


@router.call("GET", f"{PATH}/{{id}}", Call(answers=(), codes=("not_found",)))
async def get_approval(request: Request) -> Response:
    """A proposal, with the postings it was shown to make."""
    admin_of(request)
    read_query(request)
    found = await approvals.get(switch_of(request), str(request.path_params["id"]))
    return answer(request, told(found))


@router.call(
    "POST",
    f"{PATH}/{{id}}/approve",
    Call(
        answers=(),
        codes=(
            "not_found",
            "approval_closed",
            "approval_stale",
            "personal_token_needed",
            "second_person_needed",
        ),
        bare=True,
    ),
)
async def approve(request: Request) -> Response:
    """Say yes to what somebody else proposed: it is done at once."""
    return await _decide(request, approve=True)


@router.call(
    "POST",
    f"{PATH}/{{id}}/reject",
    Call(answers=(), codes=("not_found", "approval_closed"), bare=True),
)
async def reject(request: Request) -> Response:
    """Say no, or take back what one proposed oneself: nothing is done."""
    return await _decide(request, approve=False)


async def _decide(request: Request, *, approve: bool) -> Response:
    admin, switch = admin_of(request), switch_of(request)
    await read_nothing(request)
    approval_id = str(request.path_params["id"])
    return answer(
        request, told(await approvals.decide(switch, approval_id, admin, approve=approve))
    )
