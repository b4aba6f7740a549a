"""Mistakes planted on purpose, each one that a good engineer could make on a bad day (M2).

Each is a context manager; within it the switch has that mistake and no other.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import replace
from datetime import datetime
from typing import Any, Final, TypeAlias
from unittest.mock import patch

from cross.domain import refund, steps, transfer
from cross.domain.ledger import JournalEntry, Need
from cross.domain.leg import Leg, LegKind, LegStatus, Patience, hear
from cross.domain.money import Money
from cross.domain.movement import Movement
from cross.domain.operator import (
    CallbackReply,
    LegRequest,
    LookUp,
    Missing,
    Pending,
    RawCallback,
    RefusalCode,
    Refused,
    Succeeded,
    Unknown,
)
from cross.storage import movements as stored
from cross.storage.sqlite import SqliteStore
from cross.storage.store import Advance, CallbackArrival, Opening, Reader, Saved, Verdict, Write
from cross.switch import callbacks, legs, requests
from cross.switch.recorder import Recorder
from cross.switch.switch import Live, Switch

Defect: TypeAlias = Callable[[], AbstractContextManager[Any]]

GIVE_UP = Refused(RefusalCode.OPERATOR_UNAVAILABLE)


def a_timeout_is_a_refusal() -> AbstractContextManager[Any]:
    return _hearing(lambda _, answer: GIVE_UP if isinstance(answer, Unknown) else answer)


def not_found_is_believed_at_once() -> AbstractContextManager[Any]:
    return _hearing(lambda _, answer: GIVE_UP if isinstance(answer, Missing) else answer)


def a_refund_is_sent_while_the_credit_is_unknown() -> AbstractContextManager[Any]:
    def impatient(leg: Leg, answer: LookUp) -> LookUp:
        silent = isinstance(answer, Unknown) and leg.kind is LegKind.CREDIT
        return GIVE_UP if silent else answer

    return _hearing(impatient)


def pending_is_taken_for_success() -> AbstractContextManager[Any]:
    return _hearing(lambda _, answer: Succeeded(None) if isinstance(answer, Pending) else answer)


def a_reference_is_renewed_when_it_is_sent_again() -> AbstractContextManager[Any]:
    request = requests.request_for

    def renewed(switch: Switch, movement: Movement, leg: Leg, **more: Any) -> LegRequest:
        asked = request(switch, movement, leg, **more)
        if leg.sends < 2:
            return asked
        other = f"{asked.reference[:-4]}{leg.sends:03}{asked.reference[-1]}"
        return replace(asked, reference=other)

    return patch.object(requests, "request_for", renewed)


def a_movement_is_accepted_before_it_is_durable() -> AbstractContextManager[Any]:
    return _not_waiting_for(Opening)


def a_step_is_followed_before_it_is_durable() -> AbstractContextManager[Any]:
    return _not_waiting_for(Advance)


def a_callback_is_answered_before_it_is_stored() -> AbstractContextManager[Any]:
    return _not_waiting_for(CallbackArrival)


def a_callback_is_believed() -> AbstractContextManager[Any]:
    receive = callbacks.receive

    async def believing(switch: Switch, name: str, callback: RawCallback) -> CallbackReply:
        hint = switch.operator(name).read_callback(callback)
        movement = switch.legs.get(hint.reference or "")
        live = None if movement is None else switch.live.get(movement)
        if live is not None and "SUCC" in hint.says:
            for leg in live.movement.legs:
                if leg.reference == hint.reference and not leg.is_final:
                    news = steps.News(Succeeded(None), switch.clock())
                    await legs._hear(switch, live, leg.kind, news)
        return await receive(switch, name, callback)

    return patch.object(callbacks, "receive", believing)


def recovery_sends_again_instead_of_asking() -> AbstractContextManager[Any]:
    def planned(leg: Leg, *, at: datetime) -> Leg:
        del at
        return replace(leg, status=LegStatus.PLANNED) if leg.is_under_way else leg

    return patch.object(steps, "taken_up", planned)


def recovery_forgets_what_is_unknown() -> AbstractContextManager[Any]:
    open_of = stored.open_of

    async def forgetful(
        reader: Reader, owner: int, *, only: str | None = None
    ) -> Sequence[Movement]:
        found = await open_of(reader, owner, only=only)
        return [movement for movement in found if not movement.outcome_unknown]

    return patch.object(stored, "open_of", forgetful)


def neither_version_nor_lock_is_checked() -> AbstractContextManager[Any]:
    """I-26: whoever comes last has the last word."""
    record, hear_news = SqliteStore._record, legs._hear

    def overwriting(store: SqliteStore, writes: Sequence[Write]) -> list[Verdict]:
        return record(store, [_rebased(store, write) for write in writes])

    async def unlocked(switch: Switch, live: Live, kind: LegKind, news: steps.News) -> None:
        live.lock = asyncio.Lock()
        await hear_news(switch, live, kind, news)

    return _all_of(
        patch.object(SqliteStore, "_record", overwriting), patch.object(legs, "_hear", unlocked)
    )


def a_float_is_promised_twice() -> AbstractContextManager[Any]:
    def nothing(_: Movement) -> tuple[Need, ...]:
        return ()

    return patch.object(transfer, "needs", nothing)


def a_refund_forgets_those_before_it() -> AbstractContextManager[Any]:
    def all_of_it(collected: Money, refunds: Sequence[Movement]) -> Money:
        del refunds
        return collected

    return patch.object(refund, "left_to_refund", all_of_it)


def what_was_collected_may_be_spent_before_it_is_given_back() -> AbstractContextManager[Any]:
    """What the simulation found at first (I-09, seed 149)."""
    return _all_of(*map(_without_reservation, ("_collected", "_given_back", "_paid_out")))


def a_late_success_is_forgotten_when_its_query_is_lost() -> AbstractContextManager[Any]:
    """What the simulation found at first (I-25, seed 34)."""
    settled = callbacks._is_settled

    async def hasty(switch: Switch, callback: Any) -> bool:
        await settled(switch, callback)
        return True

    return patch.object(callbacks, "_is_settled", hasty)


def not_found_counts_before_the_settling_window() -> AbstractContextManager[Any]:
    patience = Switch.patience_with

    def none(switch: Switch, operator: str) -> Patience:
        return replace(patience(switch, operator), settling_seconds=0.0, sends_max=1)

    return patch.object(Switch, "patience_with", none)


def that_a_request_has_ended_is_forgotten_when_the_disk_is_full() -> AbstractContextManager[Any]:
    """What the simulation found at first (F-D13, seed 202)."""

    def forgotten(leg: Leg, *, at: datetime) -> Leg:
        del at
        return leg

    return patch.object(legs, "request_ended", forgotten)


DEFECTS: Final[Mapping[str, Defect]] = {
    defect.__name__.replace("_", " "): defect
    for defect in (
        a_timeout_is_a_refusal,
        not_found_is_believed_at_once,
        not_found_counts_before_the_settling_window,
        pending_is_taken_for_success,
        a_refund_is_sent_while_the_credit_is_unknown,
        a_reference_is_renewed_when_it_is_sent_again,
        a_movement_is_accepted_before_it_is_durable,
        a_step_is_followed_before_it_is_durable,
        a_callback_is_answered_before_it_is_stored,
        a_callback_is_believed,
        recovery_sends_again_instead_of_asking,
        recovery_forgets_what_is_unknown,
        neither_version_nor_lock_is_checked,
        a_float_is_promised_twice,
        a_refund_forgets_those_before_it,
        what_was_collected_may_be_spent_before_it_is_given_back,
        a_late_success_is_forgotten_when_its_query_is_lost,
        that_a_request_has_ended_is_forgotten_when_the_disk_is_full,
    )
}
"""Each defect by its name."""


def _hearing(heard_as: Callable[[Leg, LookUp], LookUp]) -> AbstractContextManager[Any]:
    def wrong(leg: Leg, answer: LookUp, *, at: datetime, patience: Patience) -> Leg:
        return hear(leg, heard_as(leg, answer), at=at, patience=patience)

    return patch.object(steps, "hear", wrong)


def _not_waiting_for(kind: type[Write]) -> AbstractContextManager[Any]:
    record = Recorder.record

    async def hasty(recorder: Recorder, write: Write) -> Verdict:
        if not isinstance(write, kind):
            return await record(recorder, write)
        later = asyncio.get_running_loop().create_task(record(recorder, write))
        later.add_done_callback(lambda done: done.exception())
        return Saved()

    return patch.object(Recorder, "record", hasty)


def _rebased(store: SqliteStore, write: Write) -> Write:
    if not isinstance(write, Advance):
        return write
    found: list[Any] = store._write.execute(
        "SELECT version, owner FROM movements WHERE id = ?", (write.movement.id,)
    ).fetchall()
    version, owner = found[0]
    return replace(write, movement=replace(write.movement, version=version + 1), owner=owner)


def _without_reservation(name: str) -> AbstractContextManager[Any]:
    booked = getattr(transfer, name)

    def plain(*about: Any) -> JournalEntry:
        whole: JournalEntry = booked(*about)
        return JournalEntry(whole.cause, whole.debits[:-1], whole.credits[:-1])

    return patch.object(transfer, name, plain)


def _all_of(*planted: AbstractContextManager[Any]) -> AbstractContextManager[Any]:
    stack = ExitStack()
    for one in planted:
        stack.enter_context(one)
    return stack
