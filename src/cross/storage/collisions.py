"""Which writes of a list could touch one another, so that sets may be written without them."""

from collections.abc import Hashable, Iterator, Sequence
from typing import assert_never

from cross.domain.movement import Movement
from cross.storage.store import (
    Addition,
    Advance,
    BreakFound,
    CallbackArrival,
    HandedOverMark,
    LinkClosing,
    LinkOpening,
    Opening,
    OrderNotes,
    OrderOpening,
    OrderStep,
    OrderWrite,
    QuoteOffer,
    Write,
)


def marks_of(write: Write) -> Iterator[Hashable]:
    """What no two writes of one set may share."""
    match write:
        case Opening(movement=movement):
            yield from _marks_of_opened(movement)
        case Advance(movement=movement):
            yield "movement", movement.id
        case Addition(movement=name):
            yield "movement", name
        case CallbackArrival(digest=digest):
            yield "callback", digest
        case QuoteOffer(quote=quote):
            yield "offer", quote.id
        case BreakFound(difference=one):
            yield "break", one.reference, one.kind, one.heard
        case _ if isinstance(write, OrderWrite):
            yield from _marks_beside(write)
        case _:
            yield from write.marks()


def _marks_beside(write: OrderWrite) -> Iterator[Hashable]:
    match write:
        case OrderOpening(order=order):
            yield "order", order.id
            yield "order's key", order.merchant, order.idempotency_key
            yield "order's reference", order.merchant, order.terms.reference
        case OrderStep(order=order):
            yield "order", order.id
        case HandedOverMark(movement=movement):
            yield "hand-over", movement
        case LinkOpening(link=link):
            yield "link", link.id
        case LinkClosing(link=name):
            yield "link", name
        case OrderNotes():
            return
        case _:
            assert_never(write)


def _marks_of_opened(movement: Movement) -> Iterator[Hashable]:
    terms = movement.terms
    yield "movement", movement.id
    yield "key", movement.merchant, movement.idempotency_key
    if terms.reference is not None:
        yield "reference", movement.merchant, movement.kind, terms.reference
    if terms.uses_up is not None:
        yield "quote", terms.uses_up


def in_sets(writes: Sequence[Write]) -> Iterator[Sequence[Write]]:
    """The list in runs, in order, such that no two writes of one run collide."""
    seen: set[Hashable] = set()
    start = 0
    for place, write in enumerate(writes):
        marks = list(marks_of(write))
        if not seen.isdisjoint(marks):
            yield writes[start:place]
            start, seen = place, set()
        seen.update(marks)
    if start < len(writes):
        yield writes[start:]
