"""What can happen next: each event that the process, the network, the operator or time may bring.

An event that is a fault costs one of the faults allowed; everything else is always possible.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final, NamedTuple, TypeVar

from cross.domain.changed import changed
from cross.domain.errors import CrossError
from cross.domain.leg import LegKind, LegStatus
from cross.domain.movement import Movement, Step
from cross.domain.operator import (
    LookUp,
    Missing,
    Pending,
    RefusalCode,
    Refused,
    Succeeded,
    Unknown,
)
from cross.domain.steps import News, cancel, is_final, next_step, resend, take_up
from tests.model.situation import (
    KINDS,
    SETTLING_TICKS,
    Bounds,
    Effect,
    Flight,
    Query,
    Situation,
    is_open,
)

T = TypeVar("T")

TICK: Final = timedelta(seconds=1)
SETTLING: Final = timedelta(seconds=SETTLING_TICKS)
QUERY_TICKS: Final = 1
REPEATED: Final = Unknown("this reference is there already; its fate is to be asked for")
SILENT: Final = Unknown("no answer in time")
NEVER_LEFT: Final = Unknown("nobody listens", sent=False)

_SAYS: Final[dict[str, LookUp]] = {
    "nothing": Missing(),
    "pending": Pending(),
    "done": Succeeded(None),
    "refused": Refused(RefusalCode.INSUFFICIENT_FUNDS, "no"),
}


class Move(NamedTuple):
    """What happened, in words, and what came of it."""

    name: str
    after: Situation


def moves(one: Situation, bounds: Bounds) -> Iterator[Move]:
    """Everything that can happen next."""
    yield from _operator_moves(one, bounds)
    if one.memory is None:
        yield Move("restart", one._replace(memory=take_up(one.stored, at=one.now)))
    else:
        yield from _process_moves(one, one.memory, bounds)
        yield from _request_moves(one, bounds)
        yield from _crashes(one, bounds)
    if one.query is None or (one.now - one.query.since).seconds < QUERY_TICKS:
        yield from _ticks(one, bounds)


def _process_moves(one: Situation, memory: Movement, bounds: Bounds) -> Iterator[Move]:
    if one.query is not None:
        told = one._replace(query=None)
        kind, answer, _ = one.query
        yield Move(
            f"{kind} query: {_word(answer)}", _heard(told, kind, News(answer, one.now), bounds)
        )
        if one.faults < bounds.faults:
            lost = told._replace(faults=one.faults + 1)
            yield Move(f"{kind} query lost", _heard(lost, kind, News(SILENT, one.now), bounds))
    elif (asked := _leg_to_ask(memory)) is not None:
        yield from _questions(one, asked, bounds)
    planned = _leg_to_send(memory)
    if planned is not None and not is_final(memory):
        yield Move("sent again", _taken(one, resend(memory, planned, at=one.now)))
    if not is_final(memory):
        try:
            yield Move("canceled", _taken(one, cancel(memory, at=one.now)))
        except CrossError:
            return


def _leg_to_ask(movement: Movement) -> LegKind | None:
    """The leg under way; of a final movement one that failed, because a callback speaks of it."""
    if is_final(movement):
        failed = (leg.kind for leg in movement.legs if leg.status is LegStatus.FAILED)
        return next(failed, None)
    return next((leg.kind for leg in movement.legs if leg.is_under_way), None)


def _leg_to_send(movement: Movement) -> LegKind | None:
    if any(leg.is_under_way for leg in movement.legs):
        return None
    planned = (leg.kind for leg in movement.legs if leg.status is LegStatus.PLANNED)
    return next(planned, None)


def _questions(one: Situation, kind: LegKind, bounds: Bounds) -> Iterator[Move]:
    said = one.effect(kind).said
    yield Move(f"{kind} asked about", one._replace(query=Query(kind, _SAYS[said], one.now)))
    if bounds.lies and said != "nothing" and one.faults < bounds.faults:
        lied = one._replace(query=Query(kind, Missing(), one.now), faults=one.faults + 1)
        yield Move(f"{kind} asked about, and denied", lied)


def _request_moves(one: Situation, bounds: Bounds) -> Iterator[Move]:
    """What becomes of a request whose answer the process waits for."""
    for place, (kind, answer) in enumerate(one.answers):
        rest = one._replace(
            answers=_without(one.answers, place),
            awaited=_less(one.awaited, kind),
            flights=_unattended(one, kind),
        )
        news = News(answer, one.now, ended=True)
        yield Move(f"{kind} answer: {_word(answer)}", _heard(rest, kind, news, bounds))
    if one.faults >= bounds.faults:
        return
    for kind in dict.fromkeys(one.awaited):
        given_up = one._replace(
            awaited=_less(one.awaited, kind),
            answers=tuple(pair for pair in one.answers if pair[0] is not kind),
            flights=_unattended(one, kind),
            faults=one.faults + 1,
        )
        news = News(SILENT, one.now, ended=True)
        yield Move(f"{kind} without an answer", _heard(given_up, kind, news, bounds))
        flying = next((place for place, f in enumerate(one.flights) if f.kind is kind), None)
        if flying is not None and one.effect(kind).said == "nothing":
            refused = given_up._replace(flights=_without(one.flights, flying))
            news = News(NEVER_LEFT, one.now, ended=True)
            yield Move(f"{kind} never left", _heard(refused, kind, news, bounds))


def _crashes(one: Situation, bounds: Bounds) -> Iterator[Move]:
    if one.crashes >= bounds.crashes:
        return
    flights = one.flights
    for kind in one.awaited:
        flights = _unattended(one._replace(flights=flights), kind)
    dead = one._replace(
        memory=None, awaited=(), answers=(), query=None, flights=flights, crashes=one.crashes + 1
    )
    yield Move("crash", dead)
    for place, flight in enumerate(flights):
        if flight.kind in one.awaited:
            unsent = dead._replace(flights=_without(flights, place))
            yield Move(f"crash before the {flight.kind} is sent", unsent)


def _operator_moves(one: Situation, bounds: Bounds) -> Iterator[Move]:
    for place, flight in enumerate(one.flights):
        landed = one._replace(flights=_without(one.flights, place))
        yield from _arrivals(landed, flight, bounds)
        if bounds.refuses_repeats and one.faults < bounds.faults:
            twice = one._replace(faults=one.faults + 1)
            yield from _arrivals(twice, flight, bounds)
    for kind in KINDS:
        if one.effect(kind).said == "pending":
            for said in ("done", "refused"):
                yield Move(f"{kind} {said} by the customer", _with_effect(one, kind, said))


def _arrivals(one: Situation, flight: Flight, bounds: Bounds) -> Iterator[Move]:
    """A request reaches the operator; the answer is on its way if somebody waits for it."""
    kind = flight.kind
    if one.effect(kind).said != "nothing" and bounds.refuses_repeats:
        yield Move(f"{kind} arrives again", _answered(one, kind, REPEATED))
        return
    for said in ("done", "refused", "pending"):
        done = _with_effect(one, kind, said)
        yield Move(f"{kind} arrives: {said}", _answered(done, kind, _SAYS[said]))


def _answered(one: Situation, kind: LegKind, answer: LookUp) -> Situation:
    told = any(pair[0] is kind for pair in one.answers)
    if kind not in one.awaited or told:
        return one
    return one._replace(answers=(*one.answers, (kind, answer)))


def _with_effect(one: Situation, kind: LegKind, said: str) -> Situation:
    place = KINDS.index(kind)
    times = one.truth[place].times + (said == "done")
    truth = list(one.truth)
    truth[place] = Effect(said, times)
    return one._replace(truth=(truth[0], truth[1], truth[2]))


def _ticks(one: Situation, bounds: Bounds) -> Iterator[Move]:
    now = one.now + TICK
    over = [f for f in one.flights if f.until is not None and f.until <= now]
    kept = tuple(f for f in one.flights if f not in over)
    yield Move("tick", one._replace(now=now, flights=kept))
    if bounds.lies and over and one.faults + len(over) <= bounds.faults:
        late = tuple(Flight(f.kind, now + SETTLING) for f in over)
        faults = one.faults + len(over)
        after = one._replace(now=now, flights=(*kept, *late), faults=faults)
        yield Move("tick, and a request survives its settling window", after)


def _heard(one: Situation, kind: LegKind, news: News, bounds: Bounds) -> Situation:
    """As `cross.switch.legs` hears: decide, save, then follow."""
    assert one.memory is not None
    leg = one.memory.leg(kind)
    if is_open(leg) and not leg.sends and not is_final(one.memory):
        return one  # unreachable: the ledger of sends says that it was sent
    return _taken(one, next_step(one.memory, kind, news, patience=bounds.patience))


def _taken(one: Situation, step: Step) -> Situation:
    before = one.memory
    if not step.saved:
        return one._replace(memory=step.movement)
    causes = [entry.cause for entry in step.entries]
    if step.movement is before and set(causes) <= set(one.causes):
        return one  # an entry is booked once (I-11)
    after = changed(step.movement, version=one.stored.version + 1)
    booked = dict(one.booked)
    for entry in step.entries:
        for account, amount in entry.signed:
            booked[account.name] = booked.get(account.name, 0) + amount
    saved = one._replace(
        stored=_as_stored(after),
        memory=after,
        booked=tuple(sorted((name, amount) for name, amount in booked.items() if amount)),
        causes=tuple(sorted((*one.causes, *causes))),
    )
    if step.send is None:
        return saved
    return saved._replace(
        awaited=(*saved.awaited, step.send), flights=(*saved.flights, Flight(step.send))
    )


def _as_stored(movement: Movement) -> Movement:
    """What of it is still known after a crash."""
    legs = tuple(
        changed(leg, reached=False, quiet_at=None, missing_at=None) for leg in movement.legs
    )
    return changed(movement, legs=legs)


def _unattended(one: Situation, kind: LegKind) -> tuple[Flight, ...]:
    """Nobody waits for that request any more: it arrives within the settling window or never."""
    until = one.now + SETTLING
    return tuple(
        Flight(f.kind, until) if f.kind is kind and f.until is None else f for f in one.flights
    )


def _without(many: tuple[T, ...], place: int) -> tuple[T, ...]:
    return many[:place] + many[place + 1 :]


def _less(many: tuple[LegKind, ...], kind: LegKind) -> tuple[LegKind, ...]:
    place = many.index(kind)
    return many[:place] + many[place + 1 :]


def _word(answer: LookUp) -> str:
    return type(answer).__name__.lower()
