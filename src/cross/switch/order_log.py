"""The log of an order: all that happened, told to its merchant; never a PIN, a token or a number.

Types: created, opened, operator_chosen, attempt_opened, attempt_sent, attempt_pending,
attempt_unknown, attempt_succeeded, attempt_failed, attempt_expired, attempt_canceled, exchange,
callback, handed_over, returned, receipt, paid, expired, canceled, refunded.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cross.domain.order import Order
from cross.switch.switch import Switch


@dataclass(frozen=True, slots=True)
class Note:
    """One thing that happened: its type, a sentence in English, and what else is to be known.

    `once`: where given, a note of that name is kept once an order (`opened`, say).
    """

    type: str
    message: str
    data: Mapping[str, Any] = field(default_factory=dict)
    once: str | None = None


async def note(switch: Switch, order: Order, said: Note) -> None:
    """Keeps a note for good before it returns; `said.data` is masked."""


def note_in_passing(switch: Switch, order: Order, said: Note) -> None:
    """As `note`, without waiting: a page that is shown waits for no log."""
