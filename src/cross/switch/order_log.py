"""The log of an order: all that happened, told to its merchant; never a PIN, a token or a number.

Types: created, opened, attempt_opened, attempt_sent, attempt_pending, attempt_unknown,
attempt_succeeded, attempt_failed, attempt_expired, attempt_canceled, exchange, callback,
handed_over, returned, receipt, processing, unpaid, paid, expired, canceled, partially_refunded,
refunded. Pages may add their own.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from cross.domain.errors import CrossError
from cross.domain.ids import ORDER_LOG
from cross.domain.masking import masked, masked_data
from cross.domain.order import Order
from cross.storage import orders as stored
from cross.storage.orders import HeardBack
from cross.storage.store import LogLine, OrderNotes
from cross.switch.switch import Switch, log

CALLBACK: Final = "cb"
ONCE_REMEMBERED_MAX: Final = 4_096


@dataclass(frozen=True, slots=True)
class Note:
    """One thing that happened: its type, a sentence in English, and what else is to be known.

    `once`: where given, a note of that name is kept once an order (`opened`, say).
    """

    type: str
    message: str
    data: Mapping[str, Any] = field(default_factory=dict)
    once: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One line as merchants get it."""

    id: str
    type: str
    message: str
    data: Mapping[str, Any]
    at: datetime


async def note(switch: Switch, order: Order, said: Note) -> None:
    """Keeps a note for good before it returns; its data is masked."""
    await switch.recorder.record(OrderNotes((line(switch, order.id, said),)))


def note_in_passing(switch: Switch, order: Order | str, said: Note) -> None:
    """As `note`, without waiting: a page that is shown, and money, wait for no log."""
    order_id = order if isinstance(order, str) else order.id
    if said.once is not None and not _is_news(switch, f"{order_id}/{said.once}"):
        return
    switch.spawn(_keep(switch, line(switch, order_id, said)))


def line(switch: Switch, order_id: str, said: Note) -> LogLine:
    """A note as it is stored: masked, and named by the time."""
    return LogLine(
        switch.new_id(ORDER_LOG),
        order_id,
        said.type,
        masked(said.message),
        json.dumps(masked_data(said.data), ensure_ascii=True),
        switch.clock(),
        said.once,
    )


async def entries(switch: Switch, order: Order) -> Sequence[Entry]:
    """All that happened, oldest first: what was noted, and the callbacks about its attempts."""
    noted = [
        Entry(one.id, one.type, one.message, json.loads(one.data), one.at)
        for one in await stored.log_of(switch.store, order.id)
    ]
    heard = [_heard(one) for one in await stored.heard_back(switch.store, order.id)]
    return sorted([*noted, *heard], key=lambda entry: (entry.at, entry.id))


async def _keep(switch: Switch, kept: LogLine) -> None:
    try:
        await switch.recorder.record(OrderNotes((kept,)))
    except CrossError as refusal:  # the books are away: the money goes on without its log
        log.warning("log_line_lost", order=kept.order, code=refusal.code)


def _is_news(switch: Switch, name: str) -> bool:
    """False where this process has said so before; another's word is found by the books."""
    if name in switch.noted:
        return False
    if len(switch.noted) >= ONCE_REMEMBERED_MAX:
        switch.noted.clear()
    switch.noted[name] = 1
    return True


def _heard(callback: HeardBack) -> Entry:
    data = {
        "operator": callback.operator,
        "says": callback.says,
        "method": callback.method,
        "query": callback.query,
        "body": callback.body.decode("utf-8", "replace"),
    }
    message = f"{callback.operator} called back: {callback.says}"
    name = f"{CALLBACK}_{callback.number}"
    return Entry(name, "callback", message, masked_data(data), callback.at)
