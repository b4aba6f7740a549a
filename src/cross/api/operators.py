"""`/v1/operators`: whom this switch is connected to, and whose a number probably is."""

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from cross.api.answers import answer
from cross.api.callers import LOOKUP_CALLS, caller_with
from cross.api.document import Call
from cross.api.headers import switch_of
from cross.api.parameters import NUMBER_WANTED
from cross.api.queries import EVERYTHING, listed, read_query
from cross.api.refusals import MissingParameter
from cross.api.routing import Router
from cross.domain.fees import Band, FeeSchedule
from cross.domain.movement import MovementKind
from cross.domain.operator import Profile
from cross.storage.api_keys import Caller
from cross.switch import operators
from cross.switch.switch import Switch
from cross.switch.views import money_view, rfc3339

LOOKUP_CODES: Final = ("missing_parameter", "invalid_msisdn")

router = Router()


@router.call("GET", "/v1/operators", Call(answers=("OperatorList",)))
async def list_operators(request: Request) -> Response:
    """Every operator of this installation: limits, fees in force, and how it is doing."""
    switch = switch_of(request)
    caller = await caller_with(request, "read")
    read_query(request)
    views = [operator_view(switch, profile, caller) for profile in switch.profiles.values()]
    return answer(request, listed(views, EVERYTHING))


@router.call(
    "GET",
    "/v1/operators/lookup",
    Call(answers=("OperatorLookup",), wants=(NUMBER_WANTED,), codes=LOOKUP_CODES),
)
async def look_up_operator(request: Request) -> Response:
    """The number in E.164 and its likely operator: a hint, as numbers are portable."""
    switch = switch_of(request)
    caller = await caller_with(request, "read", calls=LOOKUP_CALLS)
    query = read_query(request, "msisdn")
    if "msisdn" not in query:
        raise MissingParameter(param="msisdn")
    likely = operators.look_up(switch, query["msisdn"])
    return answer(
        request,
        {
            "object": "operator_lookup",
            "livemode": caller.livemode,
            "msisdn": likely.msisdn.e164,
            "country": likely.country.code,
            "operator": likely.operator,
            "confidence": likely.confidence,
            "alternatives": list(likely.alternatives),
        },
    )


def operator_view(switch: Switch, profile: Profile, caller: Caller) -> dict[str, Any]:
    """An operator as merchants get it."""
    limits = profile.limits
    return {
        "id": profile.name,
        "object": "operator",
        "livemode": caller.livemode,
        "name": profile.name,
        "title": profile.title,
        "country": profile.country.code,
        "currency": profile.currency.code,
        "collect": None if profile.collect is None else profile.collect.value,
        "pay_out": profile.pay_out,
        "limits": {"least": money_view(limits.least), "most": money_view(limits.most)},
        "fees": [
            _fees_view(kind, schedule)
            for kind, schedule in operators.fees_in_force(switch, profile, merchant=caller.merchant)
        ],
        "prefixes": list(profile.prefixes),
        "health": switch.health.of(profile.name),
        "payer_sees": {"fr": profile.payer_sees.fr, "en": profile.payer_sees.en},
        "ussd_code": profile.ussd_code,
        "prompt_seconds": profile.prompt_seconds,
    }


def _fees_view(kind: MovementKind, schedule: FeeSchedule) -> dict[str, Any]:
    until = schedule.valid_until
    return {
        "movement": kind.value,
        "name": schedule.name,
        "bands": [_band_view(band) for band in schedule.bands],
        "valid_from": rfc3339(schedule.valid_from),
        "valid_until": None if until is None else rfc3339(until),
    }


def _band_view(band: Band) -> dict[str, Any]:
    return {
        "least": money_view(band.least),
        "most": money_view(band.most),
        "fixed": money_view(band.fixed),
        "basis_points": band.basis_points,
        "cap": None if band.cap is None else money_view(band.cap),
    }
