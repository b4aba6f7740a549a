"""Legs: sending what was decided, asking what became of it, hearing the answer, taking the step.

Nothing is sent before its intent is durable; no transaction is open while an operator is called;
what may have been sent once is asked about and not sent again.
"""

import asyncio
from datetime import datetime, timedelta
from typing import Final

from cross.clock import monotonic_seconds, steady_clock
from cross.domain.changed import changed
from cross.domain.ids import EVENT
from cross.domain.leg import Leg, LegKind, LegStatus, request_ended
from cross.domain.movement import Movement, Step
from cross.domain.operator import (
    LookUp,
    Missing,
    Outcome,
    Pending,
    Refused,
    Succeeded,
    Unknown,
)
from cross.domain.steps import (
    News,
    call_for_attention,
    is_final,
    next_step,
    resend,
    take_up,
)
from cross.storage import movements as stored
from cross.storage.store import Addition, Advance, Broken, EventRow, Saved, Stale
from cross.switch import admission, called_back, evidence, exchanges, found, requests, schedule
from cross.switch.switch import Live, Switch, log
from cross.switch.views import encoded, movement_view

LATE_SECONDS: Final = 60.0
"""News of a request that succeeded is news only so long after its movement's last step."""

ASK_APART_SECONDS: Final = 2.0
"""A merchant who reads often makes us ask at most so often."""

EARLY_SECONDS: Final = 0.001
"""By so much a timer may come before its time: loops count in milliseconds."""

CLOCKS_APART_DAYS: Final = 1  # ASSUMED: more than two machines' clocks ever differ


def begin(switch: Switch, live: Live, kind: LegKind) -> None:
    """Sends a leg whose intent is durable, and makes sure that it will be asked about."""
    live.asked = 0
    called_back.forget(live)
    switch.spawn(_send(switch, live, kind), about=live.movement.id)
    ask_later(switch, live)


def ask_later(switch: Switch, live: Live) -> None:
    """Sets the clock for the next query, or for the next try of a leg that was not sent."""
    _set_timer(switch, live, schedule.seconds_until_next(switch, live))


def ask_returned(switch: Switch, operator: str) -> None:
    """Asks soon about all that is open at an operator that answers again (I-21)."""
    for place, live in enumerate(schedule.waiting_for(switch, operator), 1):
        _set_timer(switch, live, place * schedule.RETURNED_APART_SECONDS)


def ask_for_a_reader(switch: Switch, live: Live) -> None:
    """Asks in the background, unless the last query was a moment ago or one is under way."""
    if not live.asking and monotonic_seconds() >= live.asked_at + ASK_APART_SECONDS:
        live.asked_at = monotonic_seconds()
        switch.spawn(ask(switch, live), about=live.movement.id)


async def ask(switch: Switch, live: Live) -> None:
    """Asks the operator about the open leg; one query at a time, and one more if news came."""
    if live.asking:
        live.ask_again = True
        return
    live.asking = True
    try:
        await _ask_once(switch, live)
        while live.ask_again and _is_held(switch, live):
            live.ask_again = False
            await _ask_once(switch, live)
    finally:
        live.asking = live.ask_again = False
        if _is_held(switch, live):
            ask_later(switch, live)


def take_into_memory(switch: Switch, movement: Movement) -> None:
    """Holds an open movement of ours, and asks about what may have reached the operator."""
    live = switch.hold(take_up(movement, at=steady_clock()))
    if any(leg.is_under_way for leg in movement.legs):
        switch.spawn(ask(switch, live))
    else:
        ask_later(switch, live)


async def ask_about_final(switch: Switch, movement: Movement, kind: LegKind) -> bool:
    """Asks about a leg whose end is known, because somebody spoke of it: what is late is booked.

    False where the operator has not said yet: to be asked again. What comes right after a success
    is no news of it.
    """
    leg = movement.leg(kind)
    since_seconds = (switch.clock() - movement.updated_at).total_seconds()
    if not leg.is_final or (leg.status is LegStatus.SUCCEEDED and since_seconds < LATE_SECONDS):
        return True
    news = _news(switch, await _look_up(switch, movement, leg))
    patience = switch.patience_with(leg.operator)
    await take(switch, Live(movement), next_step(movement, kind, news, patience=patience))
    if isinstance(news.answer, Succeeded | Refused):
        await found.contradicted(switch, movement, leg, news.answer)
    return not isinstance(news.answer, Unknown | Pending)


async def declare(
    switch: Switch, live: Live, kind: LegKind, answer: Succeeded | Refused, *, version: int
) -> None:
    """Takes what two people say of a leg for its answer, if nothing was heard of it since."""
    async with live.lock:
        before = live.movement
        if _is_held(switch, live) and before.version == version:
            patience = switch.patience_with(before.leg(kind).operator)
            step = next_step(before, kind, _news(switch, answer), patience=patience)
            await take(switch, live, step)


async def take(switch: Switch, live: Live, step: Step) -> None:
    """Saves a step, then does what follows from it; the caller holds the movement's lock."""
    before = live.movement
    if not step.saved:
        live.movement = step.movement
        return
    if step.movement is before:
        await _add(switch, before, step)
        return
    after = changed(
        step.movement, version=before.version + 1, events=before.events + len(step.events)
    )
    untouched = {id(leg) for leg in before.legs}
    touched = tuple(leg.kind.value for leg in after.legs if id(leg) not in untouched)
    events = event_rows(switch, after, step.events)
    live.taking = after
    try:
        verdict = await switch.recorder.record(
            Advance(after, switch.lease.owner, touched, step.entries, events)
        )
    finally:
        live.taking = None
    if isinstance(verdict, Saved):
        live.movement = after
        _follow(switch, live, step)
    elif isinstance(verdict, Stale):
        await _take_up_again(switch, live)
    else:
        detail = verdict.detail if isinstance(verdict, Broken) else repr(verdict)
        log.error("step_broken", movement=before.id, detail=detail)


def event_rows(switch: Switch, movement: Movement, types: tuple[str, ...]) -> tuple[EventRow, ...]:
    """What the merchant will be told of a step, with the movement as it is after it."""
    if not types:
        return ()
    body = encoded(movement_view(movement, switch.profiles))
    first = movement.events - len(types) + 1
    rows = [
        EventRow(switch.new_id(EVENT), name, first + place, body, movement.updated_at)
        for place, name in enumerate(types)
    ]
    return tuple(rows)


async def _send(switch: Switch, live: Live, kind: LegKind) -> None:
    gate = await admission.turn(switch, live, kind)
    if gate is not None:
        answer = None
        try:
            answer = await _sent(switch, live.movement, kind)
        finally:
            gate.leave()
            if answer is None:  # a mistake of ours: what was sent nobody knows (F-P12)
                live.movement = take_up(live.movement, at=steady_clock())
    elif _is_held(switch, live) and not switch.stopping:
        answer = Unknown("the operator could not be asked in time", sent=False)
    else:
        return  # whoever takes it up asks about it first
    await _hear(switch, live, kind, _news(switch, answer, ended=True))


async def _sent(switch: Switch, movement: Movement, kind: LegKind) -> Outcome:
    if not switch.lease.is_held:
        log.error("not_sent_without_lease", movement=movement.id)
        return Unknown("the lease had ended", sent=False)
    leg, asked_at = movement.leg(kind), monotonic_seconds()
    with exchanges.kept(switch, movement):
        if switch.restored_at is None:
            answer = await requests.send(switch, movement, leg)
        else:
            answer = await _answer_after(switch.restored_at, switch, movement, leg)
    switch.heard(leg.operator, kind.value, answer, asked_at=asked_at)
    return answer


async def _answer_after(
    restored_at: datetime, switch: Switch, movement: Movement, leg: Leg
) -> Outcome:
    """The answer to a leg's request, which is asked about first where a backup may not know it.

    A movement that is older than the restoration may have been sent after the backup was made
    (F-D19). By the clocks of two machines, which need not agree (I-45): where asking costs no more.
    """
    asks = switch.profile(leg.operator).answers_queries
    if movement.created_at <= restored_at + timedelta(days=CLOCKS_APART_DAYS if asks else 0):
        known = await _look_up(switch, movement, leg)
        if not isinstance(known, Missing):
            return known
    return await requests.send(switch, movement, leg)


async def _ask_once(switch: Switch, live: Live) -> None:
    leg = live.movement.open_leg
    if leg is None or live.waits:
        return
    for _ in range(called_back.QUERIES_MAX):
        live.asked_at, live.unheard, called = monotonic_seconds(), True, live.called
        answer = await _look_up(switch, live.movement, leg)
        if await _hear(switch, live, leg.kind, _news(switch, answer), called=called):
            live.unheard = isinstance(answer, Unknown)
            return
    await _hear(switch, live, leg.kind, _news(switch, Unknown("a callback overtook its answer")))


def _news(switch: Switch, answer: LookUp, *, ended: bool = False) -> News:
    return News(answer, switch.clock(), ended, steady_clock())


async def _look_up(switch: Switch, movement: Movement, leg: Leg) -> LookUp:
    if not switch.profile(leg.operator).answers_queries:
        return await evidence.look_up(switch, movement, leg)
    gate = switch.bulkheads.queries(leg.operator)
    if not gate.enter_now():
        await gate.enter()
    asked_at = monotonic_seconds()
    try:
        with exchanges.kept(switch, movement):
            answer = await requests.look_up(switch, movement, leg)
    finally:
        gate.leave()
    switch.heard(leg.operator, "query", answer, asked_at=asked_at)
    return answer


async def _hear(
    switch: Switch, live: Live, kind: LegKind, news: News, *, called: int | None = None
) -> bool:
    """Takes the step; False where nothing is taken from a query that a callback has overtaken."""
    async with live.lock:
        if not _is_held(switch, live) and not is_final(live.movement):
            return True
        if called is not None and called_back.came_meanwhile(live, news.answer, called=called):
            return False
        before = live.movement
        try:
            await take(switch, live, _step_after(switch, live, kind, news))
        finally:
            if news.ended and live.movement is before:  # known, though not saved (F-D13)
                leg = request_ended(before.leg(kind), at=news.steady_at or news.at)
                live.movement = before.with_leg(leg)
    if live.refused is news:
        switch.spawn(ask(switch, live), about=live.movement.id)
    if isinstance(news.answer, Succeeded):
        await found.weigh(switch, before, live.movement, kind, news.answer)
    waiting = switch.watched.get(live.movement.id)
    if waiting is not None and not waiting.done():
        waiting.set_result(None)
    return True


def _step_after(switch: Switch, live: Live, kind: LegKind, news: News) -> Step:
    before = live.movement
    if live.called and called_back.is_put_aside(live, kind, news):
        return Step(before, saved=False)
    patience = switch.patience_with(before.leg(kind).operator)
    step = next_step(before, kind, news, patience=patience)
    if live.refused is not None:
        refusal = called_back.that_stands(live, kind, news, step)
        if refusal is not None:
            return next_step(before, kind, refusal, patience=patience)
    if not step.saved and schedule.is_silent_too_long(step.movement, news.at):
        return call_for_attention(step.movement, "operator_silent", at=news.at)
    return step


def _is_held(switch: Switch, live: Live) -> bool:
    return switch.live.get(live.movement.id) is live


def _follow(switch: Switch, live: Live, step: Step) -> None:
    after = live.movement
    if after.terms.original is not None:
        for follower in switch.followers:
            follower(after)
    if is_final(after):
        switch.measures.ended(after)
        switch.wrong_pins.note(after)
        ended = switch.ending.pop(after.id, None)
        if ended is not None and not ended.done():
            ended.set_result(after)
        switch.release(live)
    elif step.send is not None:
        switch.legs[after.leg(step.send).reference] = after.id
        begin(switch, live, step.send)
    else:
        ask_later(switch, live)


async def _take_up_again(switch: Switch, live: Live) -> None:
    """Our memory was behind the books, or the movement is another process's now.

    Read first, then released: while it cannot be read it is held, and asked about again.
    """
    log.warning("movement_stale", movement=live.movement.id)
    mine = await stored.open_of(switch.store, switch.lease.owner, only=live.movement.id)
    switch.release(live)
    for movement in mine:
        take_into_memory(switch, movement)


async def _add(switch: Switch, movement: Movement, step: Step) -> None:
    verdict = await switch.recorder.record(Addition(movement.id, step.entries, switch.clock()))
    if verdict == Saved(fresh=True):
        found.tell_of_late(switch, movement, step)


def _due(switch: Switch, live: Live) -> None:
    live.timer = None
    if switch.stopping or not _is_held(switch, live):
        return
    left_seconds = live.due_seconds - monotonic_seconds()
    if left_seconds > EARLY_SECONDS:
        _set_timer(switch, live, left_seconds)
        return
    planned = live.movement.planned_leg
    if live.waits:
        switch.spawn(_wait_on(switch, live))
    elif planned is not None:
        switch.spawn(_send_again(switch, live, planned.kind), about=live.movement.id)
    else:
        live.asked += 1
        switch.spawn(ask(switch, live), about=live.movement.id)


async def _send_again(switch: Switch, live: Live, kind: LegKind) -> None:
    try:
        async with live.lock:
            planned = live.movement.leg(kind).status is LegStatus.PLANNED
            if planned and _is_held(switch, live):  # not canceled while it waited for its turn
                await take(switch, live, resend(live.movement, kind, at=switch.clock()))
    finally:
        if _is_held(switch, live) and live.timer is None:
            ask_later(switch, live)


async def _wait_on(switch: Switch, live: Live) -> None:
    """Its leg still waits for its turn: there is nothing to ask, but an owner after a while."""
    try:
        async with live.lock:
            leg, now = live.movement.open_leg, switch.clock()
            if leg is not None and live.waits and schedule.is_old(live.movement, leg, now):
                step = call_for_attention(live.movement, "operator_unavailable", at=now)
                await take(switch, live, step)
    finally:
        if _is_held(switch, live) and live.timer is None:  # also where it was not saved (F-D13)
            ask_later(switch, live)


def _set_timer(switch: Switch, live: Live, seconds: float) -> None:
    """A timer that is set already and comes sooner stays: it looks, and waits on."""
    loop = asyncio.get_running_loop()
    live.due_seconds = loop.time() + seconds
    if live.timer is not None:
        if live.timer.when() <= live.due_seconds:
            return
        live.timer.cancel()
    live.timer = loop.call_later(seconds, _due, switch, live)
