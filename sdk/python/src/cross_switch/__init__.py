"""Mobile money in Togo and Djibouti from Python, through a Cross switch.

`Cross` answers, `AsyncCross` is awaited; `webhooks.parse` proves what Cross sends.
"""

from cross_switch import sandbox, shapes, webhooks
from cross_switch.client import AsyncCross, Cross
from cross_switch.errors import (
    AuthenticationError,
    ConflictError,
    CrossError,
    FloatTooLowError,
    LimitError,
    NotFoundError,
    OperatorError,
    OutcomeUnknownError,
    PermissionError_,
    RateLimitedError,
    ServerError,
    ValidationError,
    WaitTimeoutError,
    WebhookVerificationError,
)
from cross_switch.nouns.payout_batches import PayoutLine
from cross_switch.nouns.transfers import WalletAt
from cross_switch.paging import AsyncPages, Page, Pages
from cross_switch.version import __version__

__all__ = [
    "AsyncCross",
    "AsyncPages",
    "AuthenticationError",
    "ConflictError",
    "Cross",
    "CrossError",
    "FloatTooLowError",
    "LimitError",
    "NotFoundError",
    "OperatorError",
    "OutcomeUnknownError",
    "Page",
    "Pages",
    "PayoutLine",
    "PermissionError_",
    "RateLimitedError",
    "ServerError",
    "ValidationError",
    "WaitTimeoutError",
    "WalletAt",
    "WebhookVerificationError",
    "__version__",
    "sandbox",
    "shapes",
    "webhooks",
]
