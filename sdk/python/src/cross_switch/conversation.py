"""How a request is made, tried again, and its end told: no I/O, so that both clients share it.

`conversation` yields what is to be done next, a `Try` or a `Pause`; whoever does it sends back the
answer or the failure. A second try has the key of the first.
"""

import secrets
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final, TypeAlias, TypeVar

import httpx

from cross_switch.calling import Request
from cross_switch.errors import CrossError, OutcomeUnknownError, ServerError, error_of

T = TypeVar("T")

OFTEN: Final = (429, 502, 503, 504)
"""Statuses after which the same request is tried again: too many calls, or a server in passing."""
UNSETTLING: Final = (401, 403, 408, 429)
"""Refusals that say nothing about an earlier try whose answer was lost."""
NEVER_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
"""Failures before the first byte: nobody has heard the request."""
IN_PROGRESS: Final = "request_in_progress"
WAIT_SECONDS_MAX: Final = 60.0
"""A Retry-After beyond this is not waited for: the refusal is told instead."""


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How often a request is tried again, and after how long."""

    retries: int = 4
    first_seconds: float = 0.5
    most_seconds: float = 8.0

    def pause_seconds(self, attempt: int, *, told: float | None) -> float:
        """Before the next try: as the server told, else twice as long each time, with jitter."""
        spread = secrets.randbelow(1000) / 1000
        if told is not None:
            return told + spread * self.first_seconds
        longest = min(self.most_seconds, self.first_seconds * 2.0**attempt)
        return longest * (0.5 + spread / 2)


@dataclass(frozen=True)
class Try:
    """Send the request."""


@dataclass(frozen=True)
class Pause:
    """Wait."""

    seconds: float


Act: TypeAlias = Try | Pause
Heard: TypeAlias = httpx.Response | httpx.RequestError | None
"""What came of a try; None after a pause."""


def conversation(request: Request[T], patience: Patience) -> Generator[Act, Heard, T]:
    """The answer to a request, after as many tries as it may have; raises a `CrossError`."""
    perhaps_done = False
    for attempt in range(patience.retries + 1):
        heard = yield Try()
        if isinstance(heard, httpx.Response) and _is_understood(heard, request.kind):
            return request.answer(heard.text if request.kind is str else heard.json())
        perhaps_done = perhaps_done or _is_perhaps_done(heard)
        again = _may_try_again(request, heard) and attempt < patience.retries
        told = _told_seconds(heard)
        if not again or (told or 0) > WAIT_SECONDS_MAX:
            raise _failure(request, heard, perhaps_done=perhaps_done)
        yield Pause(patience.pause_seconds(attempt, told=told))
    raise AssertionError("the last try returns or raises")


def _is_understood(answer: httpx.Response, kind: object) -> bool:
    """Whether it is the switch's own answer: a proxy's page with a 200 is as good as none."""
    if not answer.is_success or kind is str:
        return answer.is_success
    try:
        content = answer.json()
    except ValueError:
        return False
    return isinstance(content, dict)


def _problem(heard: Heard) -> Mapping[str, Any]:
    if not isinstance(heard, httpx.Response):
        return {}
    try:
        content = heard.json()
    except ValueError:  # a proxy's page
        return {}
    return content if isinstance(content, dict) else {}


def _may_try_again(request: Request[Any], heard: Heard) -> bool:
    if isinstance(heard, NEVER_SENT):
        return True
    if not isinstance(heard, httpx.Response):
        return request.may_be_repeated
    if heard.status_code == HTTPStatus.TOO_MANY_REQUESTS:
        return True
    if heard.status_code == HTTPStatus.CONFLICT:
        return _problem(heard).get("code") == IN_PROGRESS
    return (heard.status_code in OFTEN or heard.is_success) and request.may_be_repeated


def _is_perhaps_done(heard: Heard) -> bool:
    if isinstance(heard, httpx.Response):
        in_progress = _problem(heard).get("code") == IN_PROGRESS
        failed = heard.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR
        return in_progress or failed or heard.is_success
    return not isinstance(heard, NEVER_SENT)


def _told_seconds(heard: Heard) -> float | None:
    if not isinstance(heard, httpx.Response):
        return None
    told = heard.headers.get("retry-after", "")
    return float(told) if told.isascii() and told.isdecimal() else None


def _failure(request: Request[Any], heard: Heard, *, perhaps_done: bool) -> CrossError:
    problem, key = _problem(heard), request.key
    if isinstance(heard, httpx.Response):
        why, status = f"HTTP {heard.status_code}", heard.status_code
        refused = not _is_perhaps_done(heard)
        if refused and not (perhaps_done and status in UNSETTLING):
            return error_of(status, problem, idempotency_key=key)
    else:
        why, status = type(heard).__name__, None
    what = f"{request.method} {request.path}"
    if key is None and (request.may_be_repeated or not perhaps_done):
        return _unreachable(f"{what}: no answer ({why})", problem, status)
    find = "" if key is None else f"; responses.get({key!r}) finds the answer"
    unknown = OutcomeUnknownError(
        f"{what}: the outcome is unknown ({why}){find}",
        problem=problem,
        status=status,
        idempotency_key=key,
    )
    unknown.retryable = key is not None
    return unknown


def _unreachable(message: str, problem: Mapping[str, Any], status: int | None) -> CrossError:
    if status is not None:
        return error_of(status, problem)
    failure = ServerError(message, problem=problem)
    failure.retryable = True
    return failure
