"""Callbacks: kept as they came, answered in the operator's words, then verified by our own query.

A callback moves nothing (I-36). One that concerns another process's movement waits for it. At an
operator that answers no queries each one that proves something waits until it has been weighed.
"""

import hashlib

from cross.capacity import RETRY_AFTER_SECONDS
from cross.domain.admission_refusals import Overloaded
from cross.domain.errors import SwitchUnavailable, UnknownOperator
from cross.domain.leg import LegStatus
from cross.domain.operator import CallbackReply, RawCallback
from cross.storage import callbacks as stored
from cross.storage import movements
from cross.storage.store import CallbackArrival
from cross.switch import called_back, evidence, legs
from cross.switch.switch import Switch, log


async def receive(switch: Switch, operator_name: str, callback: RawCallback) -> CallbackReply:
    """The operator's own *received*, once the callback is durable (I-15).

    Raises `UnknownOperator`, and `SwitchUnavailable` where it could not be kept.
    """
    operator = switch.operators.get(operator_name)
    if operator is None:
        raise UnknownOperator(name=operator_name)
    hint = operator.read_callback(callback)
    can_be_asked = operator.profile.answers_queries
    concerns = hint.reference is not None and (can_be_asked or hint.answer is not None)
    movement = switch.legs.get(hint.reference or "") if concerns else None
    live = None if movement is None else switch.live.get(movement)
    switch.measures.called_back(operator_name, believed=concerns)
    if not concerns:  # whose signature, source or shape is wrong (S-LOG-03)
        log.warning("callback_doubted", operator=operator_name, peer=callback.peer)
    late = live is None or called_back.is_too_late(live, hint.reference)
    waiting = concerns and (late or not can_be_asked)
    if live is not None:
        called_back.note(switch, live, hint.reference)
    await _keep(
        switch,
        CallbackArrival(
            operator_name,
            callback,
            hint.reference,
            hint.says,
            _digest(operator_name, callback),
            switch.clock(),
            waiting=waiting,
        ),
    )
    if live is not None:
        switch.spawn(legs.ask(switch, live))
    if waiting:
        switch.spawn(look_at_waiting(switch))
    return operator.reply_to_callback(callback)


async def _keep(switch: Switch, arrival: CallbackArrival) -> None:
    """Keeps it, or says in time that it may not be kept: its operator calls again (I-15, F-R08).

    Raises `SwitchUnavailable`; what the books take later is known when it comes again.
    """
    if switch.callbacks_waiting >= switch.settings.capacity.callbacks_max:
        raise Overloaded(because="too many callbacks", retry_after_seconds=RETRY_AFTER_SECONDS)
    switch.callbacks_waiting += 1
    try:
        await switch.deadlines.of(switch.recorder.record(arrival), SwitchUnavailable)
    finally:
        switch.callbacks_waiting -= 1


async def look_at_waiting(switch: Switch) -> None:
    """Acts on callbacks that waited: for this process's movements, and for those that are final.

    One look at a time: what comes during one is seen by the next.
    """
    if switch.is_looking:
        return
    switch.is_looking = True
    try:
        await _look(switch)
    finally:
        switch.is_looking = False


async def _look(switch: Switch) -> None:
    seen: list[int] = []
    for callback in await stored.waiting(switch.store):
        if callback.owner not in (None, switch.lease.owner) and not callback.movement_is_final:
            continue
        live = None if callback.movement is None else switch.live.get(callback.movement)
        if live is not None:
            called_back.note(switch, live, callback.reference)
            switch.spawn(legs.ask(switch, live))
        if not await _is_settled(switch, callback):
            continue
        seen.append(callback.number)
    if seen:
        await switch.store.answered(seen)


async def _is_settled(switch: Switch, callback: stored.WaitingCallback) -> bool:
    """Whether nothing is left to do about a callback; until then it waits."""
    profile = switch.profiles.get(callback.operator)
    can_be_asked = profile is None or profile.answers_queries
    if callback.movement is None:
        return True
    found = await movements.of_leg(switch.store, callback.reference or "")
    movement = None if found is None else await movements.get(switch.store, found[0])
    if found is None or movement is None:
        return True
    leg = movement.leg(found[2])
    if can_be_asked or leg.status is LegStatus.FAILED:
        return await legs.ask_about_final(switch, movement, leg.kind)
    heard = await evidence.weigh(switch, movement, leg)
    return leg.is_final or not heard.decides


def _digest(operator: str, callback: RawCallback) -> str:
    digest = hashlib.sha256(operator.encode())
    for part in (callback.method.encode(), callback.query.encode(), callback.body):
        digest.update(len(part).to_bytes(4, "big") + part)
    return digest.hexdigest()
