"""`/admin/audit`: who changed what, and how it was before."""

import json
import re
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from cross.api.admin.access import admin_of
from cross.api.answers import answer
from cross.api.document import Call
from cross.api.headers import switch_of
from cross.api.queries import EVERYTHING, listed, page_of, read_query, text_in
from cross.api.routing import Router
from cross.storage import audit as stored
from cross.storage.audit import AuditLine
from cross.switch.views import rfc3339

_NO_BOUNDS: Final = re.compile(r"(?!)")

router = Router()


@router.call("GET", "/admin/audit", Call(answers=(), query=("limit", "subject")))
async def list_audit(request: Request) -> Response:
    """The newest lines first, of everything or of one subject."""
    admin_of(request)
    query = read_query(request, "limit", "subject")
    found = await stored.newest(
        switch_of(request).store,
        limit=page_of(query, bounds=_NO_BOUNDS).limit,
        subject=text_in(query, "subject"),
    )
    return answer(request, listed([_view(line) for line in found], EVERYTHING))


def _view(line: AuditLine) -> dict[str, Any]:
    return {
        "id": line.id,
        "object": "audit_line",
        "at": rfc3339(line.at),
        "who": line.who,
        "action": line.action,
        "subject": line.subject,
        "before": json.loads(line.before),
        "after": json.loads(line.after),
    }
