"""`/admin/operators`: whom this switch is connected to, how they are, and whether they answer."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from cross.api.admin.access import admin_of
from cross.api.answers import answer
from cross.api.bodies import read_nothing
from cross.api.document import Call
from cross.api.headers import switch_of
from cross.api.queries import EVERYTHING, listed, read_query
from cross.api.routing import Router
from cross.domain.masking import masked
from cross.domain.operator import Profile
from cross.switch import operator_tests
from cross.switch.switch import Switch
from cross.switch.views import money_view

router = Router()


@router.call("GET", "/admin/operators", Call(answers=()))
async def list_operators(request: Request) -> Response:
    """Every operator that this switch is connected to."""
    admin_of(request)
    read_query(request)
    switch = switch_of(request)
    views = [_view(switch, profile) for profile in switch.profiles.values()]
    return answer(request, listed(views, EVERYTHING))


@router.call(
    "POST",
    "/admin/operators/{operator}/test",
    Call(answers=(), bare=True, codes=("unknown_operator",)),
)
async def test_operator(request: Request) -> Response:
    """Ask an operator about a reference that nobody sent: no money moves."""
    admin_of(request)
    await read_nothing(request)
    found = await operator_tests.ask(switch_of(request), request.path_params["operator"])
    return answer(
        request,
        {
            "object": "operator_test",
            "operator": found.operator,
            "answer": found.answer,
            "detail": masked(found.detail),
            "is_well": found.is_well,
            "duration_ms": found.duration_ms,
        },
    )


def _view(switch: Switch, profile: Profile) -> dict[str, Any]:
    limits = profile.limits
    return {
        "object": "operator",
        "name": profile.name,
        "title": profile.title,
        "country": profile.country.code,
        "currency": profile.currency.code,
        "collect": None if profile.collect is None else profile.collect.value,
        "pay_out": profile.pay_out,
        "limits": {"least": money_view(limits.least), "most": money_view(limits.most)},
        "answers_queries": profile.answers_queries,
        "answer_timeout_seconds": profile.answer_timeout_seconds,
        "health": switch.health.of(profile.name),
        "answers": _answers(switch, profile.name),
    }


def _answers(switch: Switch, operator: str) -> dict[str, Any]:
    """How often it gave which answer since this process began."""
    counts: dict[str, int] = {}
    for (name, _), answers in switch.measures.operators.items():
        if name == operator:
            for word, count in answers.by_word.items():
                counts[word] = counts.get(word, 0) + count
    return counts
