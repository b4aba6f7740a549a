"""`/v1/request_logs`: what this process was asked for with a merchant's keys, and what it said."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from cross.api.answers import answer
from cross.api.callers import caller_with
from cross.api.document import Call
from cross.api.headers import switch_of
from cross.api.queries import EVERYTHING, LIMIT_DEFAULT, listed, page_of, read_query
from cross.api.refusals import InvalidParameter
from cross.api.routing import Router
from cross.switch import request_logs
from cross.switch.kept_requests import Line
from cross.switch.views import rfc3339

PATH: Final = "/v1/request_logs"
NARROWED_BY: Final = ("limit", "status", "path", "subject", "since")
NUMBERS: Final = re.compile(r"[0-9]{1,15}", re.ASCII)

_STATUS: Final = re.compile(r"[1-5](?:xx|[0-9]{2})", re.ASCII)
_PATH: Final = re.compile(r"/[!-~]{0,100}", re.ASCII)
_SUBJECT: Final = re.compile(r"[a-z]{2,4}_[0-9A-Za-z]{1,40}", re.ASCII)
_MICROSECONDS: Final = 1_000_000

router = Router()


@router.call("GET", PATH, Call(answers=("RequestLogList",), query=NARROWED_BY))
async def list_request_logs(request: Request) -> Response:
    """Your last requests, newest first; without bodies and queries, and gone with the process."""
    switch = switch_of(request)
    caller = await caller_with(request, "read")
    query = read_query(request, *NARROWED_BY)
    limit = page_of(query, bounds=NUMBERS).limit if "limit" in query else LIMIT_DEFAULT
    found, has_more = request_logs.of_merchant(
        switch, caller.merchant, wanted=_wanted(query), limit=limit
    )
    content = listed([_view(line) for line in found], EVERYTHING)
    return answer(request, {**content, "has_more": has_more})


def _wanted(query: Mapping[str, str]) -> Callable[[Line], bool]:
    """Which lines are asked for; what only looks at the log is not among them."""
    for name, shape in (
        ("status", _STATUS),
        ("path", _PATH),
        ("subject", _SUBJECT),
        ("since", NUMBERS),
    ):
        if name in query and shape.fullmatch(query[name]) is None:
            raise InvalidParameter(param=name)
    status, path = query.get("status", "").rstrip("x"), query.get("path", "")
    subject, since = query.get("subject"), int(query.get("since", 0))

    def wanted(line: Line) -> bool:
        seen = line.seen
        return (
            line.number > since
            and seen.path != PATH
            and seen.path.startswith(path)
            and str(seen.status).startswith(status)
            and subject in (None, seen.subject)
        )

    return wanted


def _view(line: Line) -> dict[str, Any]:
    seen = line.seen
    return {
        "id": str(line.number),
        "object": "request_log",
        "livemode": seen.livemode,
        "at": rfc3339(line.at),
        "method": seen.method,
        "path": seen.path,
        "status": seen.status,
        "code": seen.code,
        "duration_us": int(seen.seconds * _MICROSECONDS),
        "request_id": seen.request_id,
        "key": seen.key,
        "subject": seen.subject,
    }
