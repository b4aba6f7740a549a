"""What can go wrong, as exceptions: one class a category of code, all of them `CrossError`."""

from collections.abc import Mapping
from typing import Any, Final


class CrossError(Exception):
    """A call that was refused, or whose answer is not known.

    `code` is stable and public; `param` names the field at fault; `request_id` is in the server's
    log; `user_message` may be shown to people, by language (`fr`, `en`); `retryable`: the same call
    may succeed later without a change; `idempotency_key` is what the call was sent under.
    """

    def __init__(
        self,
        message: str,
        *,
        problem: Mapping[str, Any] | None = None,
        status: int | None = None,
        idempotency_key: str | None = None,
    ) -> None:
        super().__init__(message)
        said = problem or {}
        self.status = status
        self.idempotency_key = idempotency_key
        self.code: str | None = said.get("code")
        self.category: str | None = said.get("category")
        self.param: str | None = said.get("param")
        self.request_id: str | None = said.get("request_id")
        self.retryable = bool(said.get("retryable", False))
        self.user_message: Mapping[str, str] = said.get("user_message") or {}
        self.operator: Mapping[str, Any] | None = said.get("operator")
        self.limit: Any = said.get("limit")
        self.existing_id: str | None = said.get("existing_id")
        self.raw: Mapping[str, Any] = said


class ValidationError(CrossError):
    """The request is not one that Cross takes; `param` says where."""


class AuthenticationError(CrossError):
    """No key, or not a key of this switch."""


class PermissionError_(CrossError):  # noqa: N801  `PermissionError` is Python's own
    """The key has not the scope that this call needs, or is not taken from this network."""


class NotFoundError(CrossError):
    """There is no such object, or it is another merchant's."""


class ConflictError(CrossError):
    """What is asked does not fit what is so: `existing_id` names what took a reference."""


class LimitError(CrossError):
    """An amount, a balance or a number of times is out of bounds."""


class RateLimitedError(LimitError):
    """Too many calls in too short a time, even after waiting as the server asked."""


class FloatTooLowError(CrossError):
    """The float at the operator that would pay cannot fund this movement; nothing was debited."""


class OperatorError(CrossError):
    """An operator is the cause; `operator` has its name and its words."""


class OutcomeUnknownError(CrossError):
    """Whether it was done is not known. Never ask again under another key.

    `client.responses.get(error.idempotency_key)` finds the answer; where that is a `NotFoundError`,
    the same call with the same `idempotency_key` is safe.
    """


class ServerError(CrossError):
    """The switch failed, or cannot be reached."""


class WaitTimeoutError(CrossError):
    """What was waited for is not final yet; `last` is how it stood."""

    def __init__(self, message: str, *, last: Any) -> None:
        super().__init__(message)
        self.last = last
        self.retryable = True


class WebhookVerificationError(Exception):
    """What came as a webhook is not proven to be Cross's: answer 400 and believe nothing of it."""


BY_CATEGORY: Final[Mapping[str, type[CrossError]]] = {
    "validation": ValidationError,
    "authorisation": PermissionError_,
    "not_found": NotFoundError,
    "conflict": ConflictError,
    "limit": LimitError,
    "float": FloatTooLowError,
    "operator": OperatorError,
    "outcome_unknown": OutcomeUnknownError,
    "internal": ServerError,
}
"""What is raised by the category of a problem's code (api.md section 1)."""

BY_STATUS: Final[Mapping[int, type[CrossError]]] = {
    400: ValidationError,
    401: AuthenticationError,
    403: PermissionError_,
    404: NotFoundError,
    409: ConflictError,
    413: ValidationError,
    415: ValidationError,
    422: ValidationError,
    429: RateLimitedError,
}
"""What is raised where the answer says no category, as a proxy's does not."""


def error_of(
    status: int, problem: Mapping[str, Any], *, idempotency_key: str | None = None
) -> CrossError:
    """The exception for a refusal."""
    fallback = BY_STATUS.get(status, ServerError)
    kind = BY_CATEGORY.get(str(problem.get("category")), fallback)
    if kind is PermissionError_ and status != 403:  # noqa: PLR2004  RFC 9110: the key itself
        kind = AuthenticationError
    if status == 429:  # noqa: PLR2004  RFC 6585
        kind = RateLimitedError
    words = problem.get("detail") or problem.get("error") or f"HTTP {status}"
    code = problem.get("code")
    message = f"{code}: {words}" if code else str(words)
    return kind(message, problem=problem, status=status, idempotency_key=idempotency_key)
