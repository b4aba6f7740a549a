"""`/v1/payouts/batches`: up to 1 000 payouts at once, each of which succeeds or fails on its own.

A body may be four times as long as elsewhere: 1 000 ordinary lines of JSON are some 180 KiB
(F-R04: 256 KiB for files).
"""

import re
from collections.abc import Sequence
from hashlib import sha256
from typing import Final, NamedTuple, cast

from starlette.requests import Request
from starlette.responses import Response

from cross.api.answers import Answer, answer
from cross.api.batch_schemas import PayoutBatchForm, PayoutLineForm
from cross.api.bodies import digest_of, fill, parse_object, read_bytes, read_nothing
from cross.api.callers import caller_with, refuse_key_in
from cross.api.document import Call
from cross.api.headers import header, idempotency_key, switch_of
from cross.api.movements import REPLAYED
from cross.api.queries import PAGE, ids_of, listed, page_of, read_query
from cross.api.refusals import InvalidParameter, UnsupportedMediaType
from cross.api.routing import Router
from cross.domain.batch import LINES_MAX, Batch, Line
from cross.domain.ids import BATCH
from cross.storage.batches import LineStands
from cross.storage.batches import lines as stored_lines
from cross.storage.pages import Page
from cross.switch import batches
from cross.switch.batch_check import check, preview_of
from cross.switch.batch_views import batch_view, line_view, result_file
from cross.switch.movements import Request as Asked
from cross.switch.sheets import CSV, XLSX, Sheet, read_sheet
from cross.switch.switch import Switch

BODY_BYTES_MAX: Final = 256 * 1024  # money-safety.md F-R04
SCOPE: Final = "pay_out"
IDS: Final = ids_of(BATCH)
LINE_IDS: Final = re.compile(rf"{IDS.pattern}/[1-9][0-9]{{0,3}}", re.ASCII)
LINE_STATUSES: Final = (
    *("waiting", "queued", "sending", "pending", "unknown", "succeeded", "failed", "canceled"),
)
JSON: Final = "application/json"

router = Router()


@router.call(
    "POST",
    "/v1/payouts/batches",
    Call(
        answers=("PayoutBatchPreview",),
        created=("PayoutBatch",),
        takes=(PayoutBatchForm,),
        files=(CSV, XLSX),
        query=("dry_run",),
        keyed=True,
        codes=("unreadable_file",),
    ),
)
async def create_payout_batch(request: Request) -> Response:
    """Pay up to 1 000 wallets, or with `dry_run` tell what would come of it: nothing is kept then.

    JSON, CSV or XLSX of at most 256 KiB; a line that cannot be paid fails alone.
    """
    switch = switch_of(request)
    caller = await caller_with(request, SCOPE)
    query = read_query(request, "dry_run")
    key = idempotency_key(request)
    given = await _given(request, is_dry=_is_dry(query.get("dry_run")))
    asked = Asked(caller.merchant, caller.livemode, key, given.digest)
    earlier = None if given.is_dry else await batches.replay(switch, asked)
    if earlier is not None:
        found = await batches.find(switch, earlier.batch.id, merchant=caller.merchant)
        return answer(request, batch_view(*found), status=201, headers=REPLAYED)
    checked = await check(switch, given.lines, merchant=caller.merchant)
    if given.is_dry:
        preview = await preview_of(switch, checked, merchant=caller.merchant)
        about = {"object": "payout_batch_preview", "livemode": caller.livemode}
        return answer(request, {**about, **preview, "ignored_columns": list(given.ignored)})
    opened = await batches.open_batch(switch, checked, given.description, asked)
    found = await batches.find(switch, opened.batch.id, merchant=caller.merchant)
    headers = REPLAYED if opened.replayed else None
    return answer(request, batch_view(*found), status=201, headers=headers)


@router.call("GET", "/v1/payouts/batches", Call(answers=("PayoutBatchList",), query=PAGE))
async def list_payout_batches(request: Request) -> Response:
    """Batches, newest first."""
    switch = switch_of(request)
    caller = await caller_with(request, "read")
    part = page_of(read_query(request, *PAGE), bounds=IDS)
    found, tallies, has_more = await batches.page(switch, merchant=caller.merchant, part=part)
    views = [batch_view(batch, tallies[batch.id]) for batch in found]
    return answer(request, listed(views, part, has_more=has_more))


@router.call(
    "GET", "/v1/payouts/batches/{id}", Call(answers=("PayoutBatch",), codes=("not_found",))
)
async def get_payout_batch(request: Request) -> Response:
    """A batch, and how its lines stand."""
    switch = switch_of(request)
    caller = await caller_with(request, "read")
    read_query(request)
    found = await batches.find(switch, request.path_params["id"], merchant=caller.merchant)
    return answer(request, batch_view(*found))


@router.call(
    "GET",
    "/v1/payouts/batches/{id}/lines",
    Call(
        answers=("PayoutBatchLineList",),
        query=("limit", "starting_after", "status"),
        codes=("not_found",),
    ),
)
async def list_payout_batch_lines(request: Request) -> Response:
    """Lines in the order of the file, each with its payout or why it has none."""
    switch = switch_of(request)
    caller = await caller_with(request, "read")
    query = read_query(request, "limit", "starting_after", "status")
    part, status = page_of(query, bounds=LINE_IDS), query.get("status")
    if status is not None and status not in LINE_STATUSES:
        raise InvalidParameter(param="status")
    batch, _ = await batches.find(switch, request.path_params["id"], merchant=caller.merchant)
    found = await _lines(switch, batch, part, status=status)
    shown = [line_view(batch, stands) for stands in found[: part.limit]]
    return answer(request, listed(shown, part, has_more=len(found) > part.limit))


@router.call(
    "GET",
    "/v1/payouts/batches/{id}/result.csv",
    Call(answers=(), codes=("not_found",), image=CSV, saved=True),
)
async def get_payout_batch_result(request: Request) -> Response:
    """Every line with what became of it, as a file; no cell of it is a formula (S-DASH-06)."""
    switch = switch_of(request)
    caller = await caller_with(request, "read")
    read_query(request)
    batch, _ = await batches.find(switch, request.path_params["id"], merchant=caller.merchant)
    found = await stored_lines(switch.store, batch, part=(0, LINES_MAX))
    name = {"content-disposition": f'attachment; filename="{batch.id}.result.csv"'}
    body = result_file(batch, found).encode()
    return Answer(body, 200, request, media_type=f"{CSV}; charset=utf-8", headers=name)


@router.call(
    "POST",
    "/v1/payouts/batches/{id}/cancel",
    Call(answers=("PayoutBatch",), codes=("not_found", "batch_ended"), bare=True),
)
async def cancel_payout_batch(request: Request) -> Response:
    """Begin nothing more of it; what was begun goes on, and may be canceled payout by payout."""
    switch = switch_of(request)
    caller = await caller_with(request, SCOPE)
    read_query(request)
    await read_nothing(request)
    found = await batches.cancel(switch, request.path_params["id"], merchant=caller.merchant)
    return answer(request, batch_view(*found))


class _Given(NamedTuple):
    """What a request asks for, whatever it came as."""

    lines: Sequence[Line]
    digest: str
    is_dry: bool
    description: str = ""
    ignored: Sequence[str] = ()


async def _given(request: Request, *, is_dry: bool) -> _Given:
    media_type = (header(request, b"content-type") or "").partition(";")[0].strip().lower()
    if media_type not in (JSON, CSV, XLSX):
        raise UnsupportedMediaType
    body = await read_bytes(request, bytes_max=BODY_BYTES_MAX)
    refuse_key_in(request, body)
    if media_type != JSON:
        sheet = await _sheet_of(switch_of(request), body, media_type)
        asked = b"POST /v1/payouts/batches\n" + media_type.encode() + b"\n" + body
        return _Given(sheet.lines, sha256(asked).hexdigest(), is_dry, "", sheet.ignored)
    content = parse_object(body)
    form = fill(PayoutBatchForm, content)
    lines = [_line(number, line) for number, line in enumerate(form.lines, 1)]
    digest = digest_of(request, content)
    return _Given(lines, digest, is_dry or form.dry_run, form.description or "")


async def _sheet_of(switch: Switch, body: bytes, media_type: str) -> Sheet:
    """A workbook is unpacked and read where that holds up nobody else's payments (F-Y03)."""
    if media_type == XLSX:
        return cast(Sheet, await switch.aside(read_sheet, body, media_type))
    return read_sheet(body, media_type)


def _line(number: int, form: PayoutLineForm) -> Line:
    return Line(
        number,
        form.operator,
        form.msisdn,
        form.amount,
        form.currency,
        form.reference,
        form.description or "",
        form.name or "",
    )


async def _lines(
    switch: Switch, batch: Batch, part: Page, *, status: str | None
) -> Sequence[LineStands]:
    after = 0
    if part.starting_after is not None:
        named, _, number = part.starting_after.partition("/")
        if named != batch.id:
            raise InvalidParameter(param="starting_after")
        after = int(number)
    return await stored_lines(switch.store, batch, part=(after, part.limit + 1), status=status)


def _is_dry(text: str | None) -> bool:
    if text not in (None, "true", "false"):
        raise InvalidParameter(param="dry_run")
    return text == "true"
