"""`/admin/attention`: what needs a person, the next one due first, and what one may do about it."""

import json
from typing import Annotated, Any, Final, Literal

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from cross.api.admin.access import admin_of
from cross.api.admin.approvals import PROPOSING
from cross.api.answers import answer
from cross.api.bodies import fill, read_nothing, read_object
from cross.api.document import Call
from cross.api.forms import AMOUNT_END, CurrencyCode, Number, OperatorName, StrictForm
from cross.api.headers import switch_of
from cross.api.queries import ids_of, listed, page_of, read_query
from cross.api.refusals import InvalidParameter
from cross.api.routing import Router
from cross.domain.approval import Proposal
from cross.domain.case import Case, Source
from cross.domain.ids import CASE
from cross.storage.audit import AuditLine
from cross.storage.cases import CaseFilter, CasePart
from cross.switch import approvals, cases, fixes
from cross.switch.switch import Switch
from cross.switch.views import View, rfc3339

PATH: Final = "/admin/attention"
IDS: Final = ids_of(CASE)
FILTERS: Final = ("source", "reason", "owner", "movement", "overdue", "status")
_YES: Final = {"true": True, "false": False}

router = Router()


class AssignForm(StrictForm):
    """`POST /admin/attention/{id}/assign`."""

    owner: Annotated[str, Field(pattern=r"^[A-Za-z0-9._@-]{1,64}$")]


class NoteForm(StrictForm):
    """`POST /admin/attention/{id}/note`."""

    note: Annotated[str, Field(min_length=1, max_length=2_000)]


class ResolveForm(StrictForm):
    """`POST /admin/attention/{id}/resolve`; which of them count is the fix's to say."""

    fix: Literal[
        "succeeded",
        "refused",
        "given_back",
        "adjust",
        "to_loss",
        "reverse",
        "return",
        "accept_fee",
        "link",
        "ignore",
    ]
    reason: Annotated[str, Field(min_length=1, max_length=500)]
    evidence: Annotated[str | None, Field(max_length=2_000)] = None
    operator_reference: Annotated[str | None, Field(max_length=64, pattern=r"^[ -~]*$")] = None
    amount: Annotated[int | None, Field(gt=0, lt=AMOUNT_END)] = None
    currency: CurrencyCode | None = None
    debit: Annotated[str | None, Field(max_length=32)] = None
    credit: Annotated[str | None, Field(max_length=32)] = None
    operator: OperatorName | None = None
    msisdn: Number | None = None
    movement: Annotated[str | None, Field(max_length=64)] = None


@router.call("GET", PATH, Call(answers=()))
async def list_attention(request: Request) -> Response:
    """All that waits for a person, by deadline."""
    admin_of(request)
    query = read_query(request, "limit", "starting_after", *FILTERS)
    switch, part = switch_of(request), page_of(query, bounds=IDS)
    only = _filter(switch, query)
    if part.starting_after is None:
        await cases.gather(switch)  # whoever looks sees what is, not what was half a minute ago
    found, has_more = await cases.page(
        switch, part=CasePart(part.limit, part.starting_after), only=only
    )
    now = switch.clock()
    return answer(request, listed([cases.told(one, now) for one in found], part, has_more=has_more))


@router.call("GET", f"{PATH}/{{id}}", Call(answers=(), codes=("not_found",)))
async def get_attention(request: Request) -> Response:
    """A case with what people did about it, and what suspense holds of it."""
    admin_of(request)
    read_query(request)
    switch = switch_of(request)
    return answer(request, await _whole(switch, await cases.get(switch, _id(request))))


@router.call(
    "POST",
    f"{PATH}/{{id}}/assign",
    Call(answers=(), takes=(AssignForm,), codes=("not_found", "changed_meanwhile")),
)
async def assign_attention(request: Request) -> Response:
    """Give a case to somebody."""
    admin, switch = admin_of(request), switch_of(request)
    read_query(request)
    form = fill(AssignForm, await read_object(request))
    case = await cases.assign(switch, _id(request), form.owner, by=admin)
    return answer(request, await _whole(switch, case))


@router.call(
    "POST",
    f"{PATH}/{{id}}/note",
    Call(answers=(), takes=(NoteForm,), codes=("not_found", "changed_meanwhile")),
)
async def note_attention(request: Request) -> Response:
    """Keep what was found out."""
    admin, switch = admin_of(request), switch_of(request)
    read_query(request)
    form = fill(NoteForm, await read_object(request))
    case = await cases.note(switch, _id(request), form.note, by=admin)
    return answer(request, await _whole(switch, case))


@router.call(
    "POST",
    f"{PATH}/{{id}}/requery",
    Call(answers=(), codes=("not_found", "fix_not_possible"), bare=True),
)
async def requery_attention(request: Request) -> Response:
    """Ask the operator now: what it says is done, as whenever it is asked."""
    admin, switch = admin_of(request), switch_of(request)
    await read_nothing(request)
    case = await cases.get(switch, _id(request))
    await fixes.requery(switch, case, by=admin)
    await cases.gather(switch)
    return answer(request, await _whole(switch, await cases.get(switch, case.id)))


@router.call(
    "POST",
    f"{PATH}/{{id}}/resolve",
    Call(
        answers=(),
        takes=(ResolveForm,),
        codes=(
            *PROPOSING,
            "operation_not_offered",
            "currency_mismatch",
            "amount_out_of_range",
            "unknown_operator",
            "invalid_msisdn",
            "unknown_currency",
        ),
    ),
)
async def resolve_attention(request: Request) -> Response:
    """Propose a fix: it is done once a second person approves it, or at once where one is enough.

    The answer is the proposal.
    """
    admin, switch = admin_of(request), switch_of(request)
    read_query(request)
    form = fill(ResolveForm, await read_object(request))
    fields: dict[str, Any] = form.model_dump(exclude_none=True)
    proposal = Proposal(fixes.RESOLVE, _id(request), fields, admin)
    approval_id = await approvals.propose(switch, proposal)
    return answer(request, approvals.told(await approvals.get(switch, approval_id)))


async def _whole(switch: Switch, case: Case) -> View:
    held = await cases.held_of(switch, case)
    suspense = None
    if held is not None:
        suspense = {"amount": held.amount, "currency": held.currency.code}
    lines = await cases.history(switch, case)
    view = cases.told(case, switch.clock())
    return {**view, "suspense": suspense, "history": [_line(one) for one in lines]}


def _line(line: AuditLine) -> View:
    return {
        "at": rfc3339(line.at),
        "who": line.who,
        "action": line.action,
        "subject": line.subject,
        "what": json.loads(line.after),
    }


def _filter(switch: Switch, query: Any) -> CaseFilter:  # noqa: ANN401  words by name
    source, status = query.get("source"), query.get("status", "open")
    if source is not None and source not in list(Source):
        raise InvalidParameter(param="source")
    if status not in ("open", "closed"):
        raise InvalidParameter(param="status")
    said = query.get("overdue", "false")
    if said not in _YES:
        raise InvalidParameter(param="overdue")
    return CaseFilter(
        source=source,
        reason=query.get("reason"),
        owner=query.get("owner"),
        movement=query.get("movement"),
        overdue_at=switch.clock() if _YES[said] else None,
        is_open=status == "open",
    )


def _id(request: Request) -> str:
    return str(request.path_params["id"])
