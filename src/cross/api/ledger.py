"""`/v1/ledger`: the double-entry view of what concerns the merchant."""

import re
from dataclasses import replace
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from cross.api.answers import answer
from cross.api.callers import caller_with
from cross.api.document import Call
from cross.api.headers import switch_of
from cross.api.queries import EVERYTHING, PAGE, listed, page_of, read_query, text_in
from cross.api.refusals import InvalidParameter
from cross.api.routing import Router
from cross.domain.ids import COLLECTION, ENTRY, PAYOUT, TRANSFER, is_id
from cross.storage.ledger import StoredEntry
from cross.storage.pages import Page
from cross.switch import journal
from cross.switch.views import rfc3339

_NUMBER: Final = re.compile(rf"{ENTRY}_([1-9][0-9]{{0,17}})", re.ASCII)

router = Router()


@router.call("GET", "/v1/ledger/accounts", Call(answers=("LedgerAccountList",)))
async def list_ledger_accounts(request: Request) -> Response:
    """The merchant's accounts in the books."""
    caller = await caller_with(request, "read")
    read_query(request)
    views = [
        {
            "id": found.account.name,
            "object": "ledger_account",
            "livemode": caller.livemode,
            "kind": found.account.kind.value,
            "currency": found.account.currency.code,
            "balance": found.natural,
        }
        for found in await journal.accounts(switch_of(request), caller.merchant)
    ]
    return answer(request, listed(views, EVERYTHING))


@router.call(
    "GET",
    "/v1/ledger/entries",
    Call(answers=("LedgerEntryList",), query=("account", "movement", *PAGE)),
)
async def list_ledger_entries(request: Request) -> Response:
    """Entries that concern the merchant, newest first; the amounts of each sum to 0."""
    caller = await caller_with(request, "read")
    query = read_query(request, "account", "movement", *PAGE)
    part = _part_of(page_of(query, bounds=_NUMBER))
    movement = query.get("movement")
    if movement is not None and not _is_movement(movement):
        raise InvalidParameter(param="movement")
    found, has_more = await journal.entries(
        switch_of(request),
        caller.merchant,
        account=text_in(query, "account"),
        movement=movement,
        part=part,
    )
    views = [_entry_view(entry, livemode=caller.livemode) for entry in found]
    return answer(request, listed(views, part, has_more=has_more))


def _part_of(part: Page) -> Page:
    """Bounds as the books number entries: `je_42` is entry 42."""
    lead = f"{ENTRY}_"
    after, before = part.starting_after, part.ending_before
    return replace(
        part,
        starting_after=None if after is None else after.removeprefix(lead),
        ending_before=None if before is None else before.removeprefix(lead),
    )


def _is_movement(text: str) -> bool:
    return any(is_id(text, prefix) for prefix in (TRANSFER, COLLECTION, PAYOUT))


def _entry_view(entry: StoredEntry, *, livemode: bool) -> dict[str, Any]:
    return {
        "id": f"{ENTRY}_{entry.number}",
        "object": "ledger_entry",
        "livemode": livemode,
        "movement": entry.movement if _is_movement(entry.movement) else None,
        "cause": entry.cause,
        "postings": [
            {
                "account": line.account,
                "amount": line.amount,
                "currency": line.currency,
                "direction": "debit" if line.amount > 0 else "credit",
            }
            for line in entry.lines
        ],
        "created_at": rfc3339(entry.at),
    }
