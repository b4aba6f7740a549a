"""Answers: JSON with the headers that every one of them carries, and problem documents."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, TypeAlias

import structlog
from starlette.requests import Request
from starlette.responses import Response

from cross.api.errors import RETRY_AFTER_SECONDS, WAIT_BEFORE_RETRY, problem_of
from cross.api.headers import request_id_of, switch_of
from cross.api.peers import peer_of
from cross.api.refusals import Internal, MethodNotAllowed
from cross.clock import monotonic_seconds
from cross.domain.errors import CrossError, SwitchUnavailable
from cross.domain.ids import is_any_id
from cross.logs import frames_of
from cross.storage.store import StoreUnavailable
from cross.switch import request_logs
from cross.switch.kept_requests import Seen
from cross.switch.request_logs import WATCHED
from cross.switch.views import encoded

Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]

JSON: Final = "application/json"
PROBLEM_JSON: Final = "application/problem+json"

log = structlog.get_logger("cross.api")


def answer(
    request: Request,
    content: Mapping[str, Any],
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    media_type: str = JSON,
) -> Response:
    """An answer in JSON, never to be cached, under the request's id."""
    return encoded_answer(
        request, encoded(content), status=status, headers=headers, media_type=media_type
    )


def encoded_answer(
    request: Request,
    content: str,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    media_type: str = JSON,
) -> Response:
    """As `answer`, of what is JSON already."""
    return Answer(content.encode(), status, request, media_type=media_type, headers=headers)


class Answer(Response):
    """A response whose headers are made once: Starlette's own way takes longer than the JSON."""

    def __init__(
        self,
        body: bytes,
        status: int,
        request: Request,
        *,
        media_type: str = JSON,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.status_code = status
        self.background = None
        self.body = body
        self.raw_headers = [
            (b"content-type", media_type.encode("latin-1")),
            (b"content-length", b"%d" % len(body)),
            (b"cache-control", b"no-store"),
            (b"x-request-id", request_id_of(request).encode("latin-1")),
        ]
        for name, value in (headers or {}).items():
            self.raw_headers.append((name.encode("latin-1"), value.encode("latin-1")))


def refusal_answer(request: Request, refusal: CrossError) -> Response:
    """The problem document of a refusal."""
    problem = problem_of(refusal, request_id=request_id_of(request))
    headers: dict[str, str] = {}
    if refusal.code in WAIT_BEFORE_RETRY:
        wait_seconds = getattr(refusal, "retry_after_seconds", RETRY_AFTER_SECONDS)
        headers["retry-after"] = str(wait_seconds)
    if problem["status"] == 401:  # noqa: PLR2004  RFC 9110 section 15.5.2
        headers["www-authenticate"] = 'Bearer realm="cross"'
    if problem["status"] == 413:  # noqa: PLR2004  the rest of the body is not read
        headers["connection"] = "close"
    if isinstance(refusal, MethodNotAllowed):
        headers["allow"] = refusal.allowed
    return answer(
        request, problem, status=problem["status"], headers=headers, media_type=PROBLEM_JSON
    )


def answering(endpoint: Endpoint, *, path: str) -> Callable[[Request], Any]:
    """The endpoint, with every way it may fail answered; `path` is what the log calls it."""

    async def answered(request: Request) -> Response:
        began_at, code = monotonic_seconds(), None
        try:
            response = await endpoint(request)
        except CrossError as refusal:
            code, response = refusal.code, refusal_answer(request, refusal)
        except StoreUnavailable:
            code, response = SwitchUnavailable.code, refusal_answer(request, SwitchUnavailable())
        except Exception as error:  # noqa: BLE001  the top of the server: no caller sees a trace
            # Where it happened and of what type: its text could hold a number or a secret.
            frames = frames_of(error.__traceback__)
            log.error("failed", error=type(error).__name__, at=frames, **_named(request, path))  # noqa: TRY400
            code, response = Internal.code, refusal_answer(request, Internal())
        seen = (path, response.status_code, code, monotonic_seconds() - began_at)
        note_answered(request, *seen)
        return response

    return answered


def note_answered(
    request: Request, path: str, status: int, code: str | None, seconds: float
) -> None:
    """Counts a request, keeps it for its merchant, and logs it where that is wanted."""
    scope = request.scope
    switch, caller = switch_of(request), scope.get("caller")
    peer = peer_of(request, switch.settings.trusted_proxies) if status in WATCHED else None
    request_logs.note(
        switch,
        Seen(
            scope["method"],
            path,
            status,
            code,
            seconds,
            request_id_of(request),
            None if caller is None else caller.merchant,
            None if caller is None else caller.key,
            caller is not None and caller.livemode,
            scope.get("subject") or _subject_of(request),
            peer,
        ),
    )


def _subject_of(request: Request) -> str | None:
    """The id in the path; what only stands where one should may be a number or a key (F-S07)."""
    params = request.scope.get("path_params")
    named = params.get("id") if params else None
    return named if named is not None and is_any_id(named) else None


def _named(request: Request, path: str) -> dict[str, str]:
    return {"method": request.method, "path": path, "request_id": request_id_of(request)}
