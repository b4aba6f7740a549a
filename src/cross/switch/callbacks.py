"""Callbacks: kept as they came, answered in the operator's words, then verified by our own query.

A callback moves nothing (I-36). One that concerns another process's movement waits for it.
"""

import hashlib

from cross.domain.errors import UnknownOperator
from cross.domain.operator import CallbackReply, RawCallback
from cross.storage import callbacks as stored
from cross.storage import movements
from cross.storage.store import CallbackArrival
from cross.switch import legs
from cross.switch.switch import Switch


async def receive(switch: Switch, operator_name: str, callback: RawCallback) -> CallbackReply:
    """The operator's own *received*, once the callback is durable (I-15).

    Raises `UnknownOperator`, and `SwitchUnavailable` where it could not be kept.
    """
    operator = switch.operators.get(operator_name)
    if operator is None:
        raise UnknownOperator(name=operator_name)
    hint = operator.read_callback(callback)
    movement = None if hint.reference is None else switch.legs.get(hint.reference)
    live = None if movement is None else switch.live.get(movement)
    await switch.recorder.record(
        CallbackArrival(
            operator_name,
            callback,
            hint.reference,
            hint.says,
            _digest(operator_name, callback),
            switch.clock(),
            waiting=live is None and hint.reference is not None,
        )
    )
    if live is not None:
        switch.spawn(legs.ask(switch, live))
    elif hint.reference is not None:
        switch.spawn(look_at_waiting(switch))
    return operator.reply_to_callback(callback)


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
            switch.spawn(legs.ask(switch, live))
        elif callback.movement_is_final and not await _is_settled(switch, callback):
            continue
        seen.append(callback.number)
    if seen:
        await switch.store.answered(seen)


async def _is_settled(switch: Switch, callback: stored.WaitingCallback) -> bool:
    """Whether the operator has said all about a final leg; until it has, the callback waits."""
    found = await movements.of_leg(switch.store, callback.reference or "")
    if found is None:
        return True
    movement_id, _, kind = found
    movement = await movements.get(switch.store, movement_id)
    return movement is None or await legs.ask_about_final(switch, movement, kind)


def _digest(operator: str, callback: RawCallback) -> str:
    digest = hashlib.sha256(operator.encode())
    for part in (callback.method.encode(), callback.query.encode(), callback.body):
        digest.update(len(part).to_bytes(4, "big") + part)
    return digest.hexdigest()
