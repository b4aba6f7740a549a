"""Refusals as merchants see them: the one table of HTTP status, category and whether to retry."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from cross.api.messages import MESSAGES
from cross.domain.errors import CrossError
from cross.domain.limits import Reached
from cross.switch.views import rfc3339

PROBLEM_TYPE: Final = "urn:cross:problem:"
RETRY_AFTER_SECONDS: Final = 1


class Category(StrEnum):
    """The families of codes of api.md section 1."""

    VALIDATION = "validation"
    AUTHORISATION = "authorisation"
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"
    LIMIT = "limit"
    FLOAT = "float"
    OPERATOR = "operator"
    OUTCOME_UNKNOWN = "outcome_unknown"
    INTERNAL = "internal"


@dataclass(frozen=True, slots=True)
class Kind:
    """How a code is told; `retryable`: the same request may succeed later without a change."""

    status: int
    category: Category
    retryable: bool = False


_BAD_REQUEST: Final = Kind(400, Category.VALIDATION)
_INVALID: Final = Kind(422, Category.VALIDATION)
_NOT_FOUND: Final = Kind(404, Category.NOT_FOUND)
_CONFLICT: Final = Kind(409, Category.CONFLICT)
_LIMIT: Final = Kind(422, Category.LIMIT)

KINDS: Final[Mapping[str, Kind]] = MappingProxyType(
    {
        "authentication_required": Kind(401, Category.AUTHORISATION),
        "unknown_key": Kind(401, Category.AUTHORISATION),
        "key_outside_header": Kind(400, Category.AUTHORISATION),
        "missing_scope": Kind(403, Category.AUTHORISATION),
        "network_not_allowed": Kind(403, Category.AUTHORISATION),
        "merchant_suspended": Kind(403, Category.AUTHORISATION),
        "too_many_keys": _CONFLICT,
        "personal_token_needed": Kind(403, Category.AUTHORISATION),
        "second_person_needed": Kind(403, Category.AUTHORISATION),
        "approval_closed": _CONFLICT,
        "approval_open": _CONFLICT,
        "approval_stale": _CONFLICT,
        "fix_not_possible": _CONFLICT,
        "name_taken": _CONFLICT,
        "day_not_over": Kind(409, Category.CONFLICT, retryable=True),
        "unfit_password": _INVALID,
        "changed_meanwhile": Kind(409, Category.CONFLICT, retryable=True),
        "unknown_path": _NOT_FOUND,
        "method_not_allowed": Kind(405, Category.VALIDATION),
        "body_too_large": Kind(413, Category.VALIDATION),
        "unsupported_media_type": Kind(415, Category.VALIDATION),
        "unsupported_encoding": Kind(415, Category.VALIDATION),
        "header_repeated": _BAD_REQUEST,
        "invalid_json": _BAD_REQUEST,
        "idempotency_key_missing": _BAD_REQUEST,
        "idempotency_key_invalid": _BAD_REQUEST,
        "duplicate_field": _INVALID,
        "invalid_characters": _INVALID,
        "unknown_field": _INVALID,
        "missing_field": _INVALID,
        "invalid_type": _INVALID,
        "invalid_value": _INVALID,
        "invalid_length": _INVALID,
        "invalid_url": _INVALID,
        "quote_and_fields": _INVALID,
        "customer_not_found": _INVALID,
        "unknown_parameter": _INVALID,
        "missing_parameter": _INVALID,
        "duplicate_parameter": _INVALID,
        "invalid_parameter": _INVALID,
        "unknown_currency": _INVALID,
        "amount_not_whole": _INVALID,
        "invalid_msisdn": _INVALID,
        "unknown_operator": _INVALID,
        "operation_not_offered": _INVALID,
        "currency_mismatch": _INVALID,
        "currency_pair_not_offered": _INVALID,
        "same_wallet": _INVALID,
        "fee_exceeds_amount": _INVALID,
        "quote_expired": _INVALID,
        "unknown_limit": _INVALID,
        "invalid_fees": _INVALID,
        "limit_exceeded": _LIMIT,
        "velocity_exceeded": Kind(429, Category.LIMIT, retryable=True),
        "amount_out_of_range": _LIMIT,
        "refund_exceeds_collection": _LIMIT,
        "balance_too_low": Kind(422, Category.LIMIT, retryable=True),
        "float_too_low": Kind(422, Category.FLOAT, retryable=True),
        "not_found": _NOT_FOUND,
        "idempotency_key_reused": Kind(422, Category.CONFLICT),
        "quote_already_used": _CONFLICT,
        "reference_already_used": _CONFLICT,
        "not_cancelable": _CONFLICT,
        "not_refundable": _CONFLICT,
        "refund_in_progress": Kind(409, Category.CONFLICT, retryable=True),
        "request_in_progress": Kind(409, Category.CONFLICT, retryable=True),
        "attempt_still_open": Kind(409, Category.OUTCOME_UNKNOWN, retryable=True),
        "order_already_paid": _CONFLICT,
        "order_expired": _CONFLICT,
        "order_canceled": _CONFLICT,
        "too_many_attempts": _LIMIT,
        "operator_not_offered": _INVALID,
        "not_handed_over": Kind(409, Category.CONFLICT, retryable=True),
        "link_closed": _CONFLICT,
        "unreadable_file": _INVALID,
        "batch_ended": _CONFLICT,
        "nothing_to_settle": _LIMIT,
        "settlement_open": _CONFLICT,
        "settlement_not_payable": _CONFLICT,
        "no_settlement_wallet": _INVALID,
        "amount_not_of_link": _LIMIT,
        "outcome_unknown": Kind(409, Category.OUTCOME_UNKNOWN, retryable=True),
        "webhook_url_refused": _INVALID,
        "unknown_event_type": _INVALID,
        "too_many_endpoints": _LIMIT,
        "endpoint_disabled": _CONFLICT,
        "endpoint_unverified": _CONFLICT,
        "verification_failed": _CONFLICT,
        "no_master_key": _CONFLICT,
        "rate_limited": Kind(429, Category.LIMIT, retryable=True),
        "sealing_refused": _CONFLICT,
        "quarantined": Kind(503, Category.INTERNAL, retryable=True),
        "operator_stopped": Kind(503, Category.OPERATOR, retryable=True),
        "stop_still_needed": Kind(409, Category.CONFLICT, retryable=True),
        "unavailable": Kind(503, Category.INTERNAL, retryable=True),
        "overloaded": Kind(503, Category.INTERNAL, retryable=True),
        "operator_unavailable": Kind(503, Category.OPERATOR, retryable=True),
        "prompt_already_open": Kind(409, Category.CONFLICT, retryable=True),
        "too_many_wrong_pins": Kind(429, Category.LIMIT, retryable=True),
        "acceptance_unknown": Kind(503, Category.OUTCOME_UNKNOWN, retryable=True),
        "internal": Kind(500, Category.INTERNAL, retryable=True),
    }
)

WAIT_BEFORE_RETRY: Final = frozenset(
    {
        "request_in_progress",
        "refund_in_progress",
        "rate_limited",
        "velocity_exceeded",
        "unavailable",
        "overloaded",
        "operator_unavailable",
        "prompt_already_open",
        "too_many_wrong_pins",
        "acceptance_unknown",
        "operator_stopped",
    }
)
"""Codes whose answer says in Retry-After how long to wait."""


def problem_of(refusal: CrossError, *, request_id: str) -> dict[str, Any]:
    """The problem document of a refusal (RFC 9457)."""
    code = refusal.code
    kind, message = KINDS[code], MESSAGES[code]
    problem: dict[str, Any] = {
        "type": f"{PROBLEM_TYPE}{code}",
        "title": code.replace("_", " ").capitalize(),
        "status": kind.status,
        "detail": str(refusal),
        "code": code,
        "category": kind.category.value,
        "param": refusal.param,
        "request_id": request_id,
        "retryable": kind.retryable,
        "user_message": {"fr": message.fr, "en": message.en},
    }
    operator = getattr(refusal, "operator", None)
    if operator is not None:
        problem["operator"] = {"name": operator, "code": None, "message": None}
    limit = getattr(refusal, "limit", None)
    if isinstance(limit, Reached):
        frees_at = None if limit.frees_at is None else rfc3339(limit.frees_at)
        problem["limit"] = {"name": limit.name, "most": limit.most, "frees_at": frees_at}
    existing_id = getattr(refusal, "existing_id", None)
    if existing_id is not None:
        problem["existing_id"] = existing_id
    return problem
