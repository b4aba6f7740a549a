"""`/admin/partners/{id}/position`: a bank's end of day, as a file for its own systems."""

import re
from datetime import date
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from cross.api.admin.access import admin_of
from cross.api.answers import answer
from cross.api.document import Call
from cross.api.headers import switch_of
from cross.api.queries import read_query
from cross.api.refusals import InvalidParameter
from cross.api.routing import Router
from cross.domain.money import CURRENCIES, XOF, Currency
from cross.switch import partners, positions
from cross.switch.camt053 import camt053_of
from cross.switch.position_csv import csv_of

FILES: Final = {"csv": (csv_of, "csv"), "camt053": (camt053_of, "xml")}
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)

router = Router()


@router.call(
    "GET", "/admin/partners/{id}/position", Call(answers=(), codes=("not_found", "day_not_over"))
)
async def get_position(request: Request) -> Response:
    """The position of a day that is over, its totals the ledger's, in one of the file formats."""
    admin_of(request)
    query = read_query(request, "date", "format", "currency")
    switch = switch_of(request)
    form = query.get("format", "csv")
    if form not in FILES:
        raise InvalidParameter(param="format")
    day, currency = _day(query.get("date", "")), _currency(query.get("currency", XOF.code))
    partner = await partners.find(switch, str(request.path_params["id"]))
    found = await positions.position_of(switch, partner.merchant, currency, day)
    write, ending = FILES[form]
    return answer(
        request,
        {
            "object": "position",
            "partner": partner.id,
            "currency": currency.code,
            "date": day.isoformat(),
            "opening": found.opening,
            "closing": found.closing,
            "reserved": found.reserved,
            "lines": len(found.lines),
            "file": f"{partner.username}-{currency}-{day:%Y%m%d}.{ending}",
            "content": write(found),
        },
    )


def _day(text: str) -> date:
    try:
        return date.fromisoformat(_DAY.fullmatch(text)[0])  # type: ignore[index]
    except (TypeError, ValueError):
        raise InvalidParameter(param="date") from None


def _currency(code: str) -> Currency:
    if code not in CURRENCIES:
        raise InvalidParameter(param="currency")
    return CURRENCIES[code]
