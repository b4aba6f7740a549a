"""What a store promises: writes in lists, one transaction a list, durable when it returns.

Every write of a list is kept whole or refused whole; a refusal touches no other write.
"""

from collections.abc import Generator, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, Protocol, TypeAlias

from cross.domain.ledger import JournalEntry, Need
from cross.domain.movement import Movement
from cross.domain.operator import RawCallback
from cross.domain.order import Order
from cross.domain.payment_link import PaymentLink
from cross.domain.quote import Quote
from cross.domain.reconciliation import Break


class EventRow(NamedTuple):
    """What a merchant will be told; `sequence` counts from 1 within its movement, without gaps."""

    id: str
    type: str
    sequence: int
    body: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Opening:
    """A movement accepted: stored only if all it `needs` is there, with its first entry.

    `prompt`: operator and number of a wallet that it asks to pay on the phone, which no other open
    movement may be asking. Books of one process leave that to the process.
    """

    movement: Movement
    owner: int
    needs: tuple[Need, ...] = ()
    entries: tuple[JournalEntry, ...] = ()
    events: tuple[EventRow, ...] = ()
    prompt: str | None = None


@dataclass(frozen=True, slots=True)
class Advance:
    """A step taken: stored only over the version before it, and only by the owner (I-16, I-26).

    `legs` names the kinds of the movement's legs that the step changed or added.
    """

    movement: Movement
    owner: int
    legs: tuple[str, ...]
    entries: tuple[JournalEntry, ...] = ()
    events: tuple[EventRow, ...] = ()


@dataclass(frozen=True, slots=True)
class Addition:
    """Entries that change no movement: opening balances, money found late. Booked once a cause.

    `movement` is the id of the movement they concern, or a name such as `funding:tmoney`. Booked
    only if all it `needs` is there; what was booked before may be said not to be covered.
    """

    movement: str
    entries: tuple[JournalEntry, ...]
    at: datetime
    needs: tuple[Need, ...] = ()


@dataclass(frozen=True, slots=True)
class CallbackArrival:
    """A callback as it came; `waiting`: some process, not the one that got it, must act on it."""

    operator: str
    callback: RawCallback
    reference: str | None
    says: str
    digest: str
    at: datetime
    waiting: bool = False


@dataclass(frozen=True, slots=True)
class QuoteOffer:
    """A quote given to a merchant."""

    quote: Quote


@dataclass(frozen=True, slots=True)
class BreakFound:
    """A difference to be looked at, and what its merchant is told; opened once."""

    difference: Break
    event: EventRow


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line of an order's log; `data` is JSON, masked. `once`: kept once an order."""

    id: str
    order: str
    type: str
    message: str
    data: str
    at: datetime
    once: str | None = None


@dataclass(frozen=True, slots=True)
class OrderOpening:
    """An order made: once a key, once a reference."""

    order: Order
    lines: tuple[LogLine, ...] = ()


@dataclass(frozen=True, slots=True)
class OrderStep:
    """An order's next projection: stored only over the version before it.

    `seen` names the movements it was made of, with their versions; `uses_link` is the payment link
    of which it is a paid order from now on.
    """

    order: Order
    events: tuple[EventRow, ...] = ()
    lines: tuple[LogLine, ...] = ()
    seen: tuple[tuple[str, int], ...] = ()
    uses_link: str | None = None


@dataclass(frozen=True, slots=True)
class OrderNotes:
    """Lines of orders' logs, and nothing else."""

    lines: tuple[LogLine, ...]


@dataclass(frozen=True, slots=True)
class HandedOverMark:
    """That a payer's browser is about to be sent to the operator's page of a movement."""

    movement: str
    at: datetime
    lines: tuple[LogLine, ...] = ()


@dataclass(frozen=True, slots=True)
class LinkOpening:
    """A payment link made."""

    link: PaymentLink


@dataclass(frozen=True, slots=True)
class LinkClosing:
    """A payment link that takes no more payments; `fresh` is False where it was closed before."""

    link: str
    at: datetime


OrderWrite: TypeAlias = (
    OrderOpening | OrderStep | OrderNotes | HandedOverMark | LinkOpening | LinkClosing
)
MoneyWrite: TypeAlias = Opening | Advance | Addition | CallbackArrival | QuoteOffer


class Beside(Protocol):
    """A write that its noun's own module spells out: a few plain statements, in the batch's commit.

    For what there is little of. Each is whole or not at all, and undoes no other.
    """

    def marks(self) -> Iterator[Hashable]:
        """What no two writes of one set may share; a name of its noun comes first in each."""

    def writing(self) -> "Writing":
        """The statements: a generator that gives each, gets its rows, and returns the verdict."""

    def looking_for(self) -> "Question | None":
        """How to tell, after a lost answer, whether it is in the books.

        None where it may be lost without harm: it is then taken for written.
        """


Write: TypeAlias = MoneyWrite | BreakFound | OrderWrite | Beside


@dataclass(frozen=True, slots=True)
class Saved:
    """Durable. `fresh` is False for a callback, an entry or a break that was there before."""

    fresh: bool = True


@dataclass(frozen=True, slots=True)
class KeyTaken:
    """The Idempotency-Key is this movement's or order's, asked for with a body of this digest."""

    movement: str
    digest: str


@dataclass(frozen=True, slots=True)
class ReferenceTaken:
    """The merchant's reference is this movement's or this order's."""

    movement: str


@dataclass(frozen=True, slots=True)
class QuoteTaken:
    """The quote, or the place of an original, was used up by this movement."""

    movement: str


@dataclass(frozen=True, slots=True)
class NotCovered:
    """What the movement needs is not there."""

    need: Need


@dataclass(frozen=True, slots=True)
class PromptTaken:
    """The wallet is being asked to pay by another movement, which another process holds."""


@dataclass(frozen=True, slots=True)
class Stale:
    """Another step came first, or another process owns the movement: nothing was written."""


@dataclass(frozen=True, slots=True)
class Broken:
    """The database refused the write by a rule our code should have kept: a mistake of ours."""

    detail: str


Verdict: TypeAlias = (
    Saved | KeyTaken | ReferenceTaken | QuoteTaken | PromptTaken | NotCovered | Stale | Broken
)

Row: TypeAlias = tuple[Any, ...]
Statement: TypeAlias = tuple[str, dict[str, Any]]
"""SQL that both engines know, its parameters written `:name`, and their values; it RETURNs rows."""
Writing: TypeAlias = Generator[Statement, Sequence[Row], Verdict]
Question: TypeAlias = tuple[str, dict[str, Any], Row]
"""A SELECT, its parameters, and the row that says *it is there*."""


class Reader(Protocol):
    """Runs a query; the nouns' modules turn rows into values."""

    async def rows(self, sql: str, parameters: Mapping[str, Any]) -> Sequence[Row]:
        """All rows of a SELECT whose parameters are written `:name`."""


class Store(Reader, Protocol):
    """The books, on one engine."""

    engine: str

    async def open(self) -> None:
        """Applies migrations; raises `StoreRefused` where the database must not be used."""

    async def record(self, writes: Sequence[Write]) -> Sequence[Verdict]:
        """Writes a list in one transaction; durable once it returns. Never cancelled half-way."""

    async def enlist(self, *, name: str, lease_seconds: float) -> int:
        """Makes this process known; its fencing number, higher than any before."""

    async def renew(self, owner: int, *, lease_seconds: float) -> bool:
        """Holds the lease for so long from now; False when it was lost to another process."""

    async def adopt(self, owner: int) -> Sequence[str]:
        """Takes over open movements of processes whose lease has ended; their ids."""

    async def add_merchant(self, merchant: "MerchantRow", key: "ApiKeyRow") -> None:
        """A merchant and its key; nothing happens where both are there already."""

    async def answered(self, callback_ids: Sequence[int]) -> None:
        """Marks callbacks that waited for a process as seen to."""

    async def close(self) -> None:
        """Ends cleanly; every write recorded before is kept in any case."""


@dataclass(frozen=True, slots=True)
class MerchantRow:
    """A business that uses Cross."""

    id: str
    name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ApiKeyRow:
    """A merchant's key, of which only a hash is stored."""

    id: str
    merchant: str
    livemode: bool
    secret_hash: str
    scopes: tuple[str, ...]
    at: datetime


class StoreUnavailable(Exception):
    """The database cannot write now; nothing of what was asked is in it."""


class StoreDamaged(StoreUnavailable):
    """What was asked for is on a page that is not what was written there (F-D15)."""


class ReadingTooLong(StoreUnavailable):
    """What was asked for was not read within a minute: others waited for it (F-D17)."""


class StoreRefused(Exception):
    """The database must not be used as it is: too old, locked by another, or of a newer Cross."""
