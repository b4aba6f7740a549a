"""Query parameters: each known, each once, each read strictly; a wrong one is named."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import parse_qsl

from starlette.requests import Request

from cross.api.refusals import DuplicateParameter, InvalidParameter, UnknownParameter
from cross.domain.ids import COLLECTION, is_id
from cross.domain.msisdn import read_msisdn
from cross.storage.movements import Filter
from cross.storage.pages import Page
from cross.switch.switch import Switch

PAGE: Final = ("limit", "starting_after", "ending_before")
NARROWING: Final = (
    "status",
    "operator",
    "reference",
    "msisdn",
    "customer",
    "created_from",
    "created_to",
)
LIMIT_DEFAULT: Final = 20  # api.md section 1
EVERYTHING: Final = Page()
"""The part that lists are which are never long enough to be cut."""

_FIELDS_MAX: Final = 50
_LIMIT: Final = re.compile(r"[1-9][0-9]?|100", re.ASCII)
_TEXT: Final = re.compile(r"[ -~]{1,64}", re.ASCII)
_MOMENT: Final = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d)", re.ASCII
)


def read_query(request: Request, *names: str) -> Mapping[str, str]:
    """The parameters of a call by name; raises a refusal that names the first one at fault."""
    if not request.scope["query_string"]:
        return {}
    text = request.scope["query_string"].decode("latin-1")
    try:
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=_FIELDS_MAX)
    except ValueError:  # bad UTF-8, or far too many
        raise InvalidParameter from None
    found: dict[str, str] = {}
    for name, value in pairs:
        if name not in names:
            raise UnknownParameter(param=name)
        if name in found:
            raise DuplicateParameter(param=name)
        if not value:
            raise InvalidParameter(param=name)
        found[name] = value
    return found


def page_of(query: Mapping[str, str], *, bounds: re.Pattern[str]) -> Page:
    """Which part of a list is asked for; its bounds are ids of that shape."""
    limit = query.get("limit", str(LIMIT_DEFAULT))
    if _LIMIT.fullmatch(limit) is None:
        raise InvalidParameter(param="limit")
    for name in PAGE[1:]:
        if name in query and bounds.fullmatch(query[name]) is None:
            raise InvalidParameter(param=name)
    after, before = (query.get(name) for name in PAGE[1:])
    if after is not None and before is not None:
        raise InvalidParameter(param="ending_before")
    return Page(int(limit), after, before)


def ids_of(prefix: str) -> re.Pattern[str]:
    """The shape of ids of that prefix (cross.domain.ids)."""
    return re.compile(rf"{prefix}_[0-9A-HJKMNP-TV-Z]{{26}}", re.ASCII)


def filter_of(query: Mapping[str, str], switch: Switch, *, statuses: Sequence[str]) -> Filter:
    """What a list of movements is narrowed by."""
    status, operator = query.get("status"), query.get("operator")
    if status is not None and status not in statuses:
        raise InvalidParameter(param="status")
    country = None if operator is None else switch.profile(operator).country
    msisdn, customer = query.get("msisdn"), query.get("customer")
    if customer is not None and not is_id(customer, "cus"):
        raise InvalidParameter(param="customer")
    original = query.get("collection")
    if original is not None and not is_id(original, COLLECTION):
        raise InvalidParameter(param="collection")
    return Filter(
        status=status,
        operator=operator,
        reference=text_in(query, "reference"),
        msisdn=None if msisdn is None else read_msisdn(msisdn, country=country).e164,
        customer=customer,
        created_from=moment_in(query, "created_from"),
        created_to=moment_in(query, "created_to"),
        original=original,
    )


def text_in(query: Mapping[str, str], name: str) -> str | None:
    """A short ASCII text in a query, None where it is not there."""
    text = query.get(name)
    if text is not None and _TEXT.fullmatch(text) is None:
        raise InvalidParameter(param=name)
    return text


def listed(
    items: Sequence[Mapping[str, Any]], part: Page, *, has_more: bool = False
) -> dict[str, Any]:
    """A list as merchants get it; `next_cursor` continues in the direction that was asked for."""
    edge = 0 if part.ending_before is not None else -1
    return {
        "object": "list",
        "data": list(items),
        "has_more": has_more,
        "next_cursor": items[edge]["id"] if has_more else None,
    }


def moment_in(query: Mapping[str, str], name: str) -> datetime | None:
    """A moment in a query, None where it is not there."""
    text = query.get(name)
    if text is None:
        return None
    moment = instant(text)
    if moment is None:
        raise InvalidParameter(param=name)
    return moment


def instant(text: str) -> datetime | None:
    """A moment of RFC 3339 in UTC; None for what is none."""
    if _MOMENT.fullmatch(text) is None:
        return None
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):  # no such day, or no such hour in UTC
        return None
