"""After a commit whose answer was lost: which writes are in the books, read back (I-17)."""

from collections.abc import Sequence
from typing import Final, assert_never

from cross.storage import rows
from cross.storage.order_writes import looking_for
from cross.storage.postgres_connections import Session, statement_of
from cross.storage.store import (
    Addition,
    Advance,
    BreakFound,
    CallbackArrival,
    MoneyWrite,
    Opening,
    OrderWrite,
    QuoteOffer,
    Row,
    Saved,
    Verdict,
    Write,
)

# A commit of ours, waited for: what was read before it is as durable as it is, on every node.
_LEAVE_A_MARK: Final = "SELECT pg_logical_emit_message(true, 'cross', 'read back')"
_MOVEMENTS: Final = f"SELECT {rows.MOVEMENT_COLUMNS} FROM movements WHERE id = ANY (%s)"
_ENTRIES: Final = "SELECT movement, cause, at FROM entries WHERE movement = ANY (%s)"
_CALLBACKS: Final = "SELECT digest, received_at FROM callbacks WHERE digest = ANY (%s)"
_QUOTES: Final = "SELECT id FROM quotes WHERE id = ANY (%s)"
_BREAKS: Final = "SELECT id FROM breaks WHERE id = ANY (%s)"


async def read_back(session: Session, writes: Sequence[Write]) -> list[Verdict | None]:
    """`Saved` for each write that is in the books; None for one that is not, so may be tried."""
    async with session.connection.transaction():
        await session.connection.execute(_LEAVE_A_MARK)
        books = _Books(
            movements={
                row[0]: row for row in await _found(session, _MOVEMENTS, _movement_ids(writes))
            },
            entries=await _found(
                session, _ENTRIES, [w.movement for w in writes if isinstance(w, Addition)]
            ),
            callbacks=await _found(
                session, _CALLBACKS, [w.digest for w in writes if isinstance(w, CallbackArrival)]
            ),
            quotes=await _found(
                session, _QUOTES, [w.quote.id for w in writes if isinstance(w, QuoteOffer)]
            ),
            breaks=await _found(
                session, _BREAKS, [w.difference.id for w in writes if isinstance(w, BreakFound)]
            ),
        )
        return [Saved() if await _have(session, books, write) else None for write in writes]


async def _have(session: Session, books: "_Books", write: Write) -> bool:
    if isinstance(write, MoneyWrite | BreakFound):
        return books.have(write)
    question = looking_for(write) if isinstance(write, OrderWrite) else write.looking_for()
    if question is None:
        return True
    sql, parameters, expected = question
    cursor = await session.connection.execute(statement_of(sql), parameters)
    return expected in await cursor.fetchall()


class _Books:
    """What was found of a list of writes."""

    def __init__(
        self,
        *,
        movements: dict[str, Row],
        entries: Sequence[Row],
        callbacks: Sequence[Row],
        quotes: Sequence[Row],
        breaks: Sequence[Row],
    ) -> None:
        self._movements = movements
        self._entries = frozenset(entries)
        self._callbacks = frozenset(callbacks)
        self._quotes = frozenset(quotes)
        self._breaks = frozenset(breaks)

    def have(self, write: MoneyWrite | BreakFound) -> bool:
        """Whether exactly this write was saved: the same id, the same step, the same moment."""
        match write:
            case Opening(movement=movement):
                return movement.id in self._movements
            case Advance(movement=movement):
                row = rows.movement_row(movement, write.owner)
                return self._movements.get(movement.id) == row
            case Addition(movement=name, at=at):
                booked = [(name, entry.cause, rows.micros(at)) for entry in write.entries]
                return any(entry in self._entries for entry in booked)
            case CallbackArrival(digest=digest, at=at):
                return (digest, rows.micros(at)) in self._callbacks
            case QuoteOffer(quote=quote):
                return (quote.id,) in self._quotes
            case BreakFound(difference=one):
                return (one.id,) in self._breaks
            case _:
                assert_never(write)


def _movement_ids(writes: Sequence[Write]) -> list[str]:
    return [write.movement.id for write in writes if isinstance(write, Opening | Advance)]


async def _found(session: Session, sql: str, names: Sequence[str]) -> Sequence[Row]:
    if not names:
        return []
    return await (await session.connection.execute(sql, (list(names),))).fetchall()
