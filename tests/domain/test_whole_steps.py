"""Each decision in whole: the movement field by field, its entry to the franc, what is told.

What a rule leaves alone is held as well: a decision that also changed something else would differ.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final, NamedTuple

import pytest

from cross.domain import accounts, collection, payout, refund, transfer
from cross.domain.errors import BalanceTooLow, FloatTooLow
from cross.domain.ids import operator_reference
from cross.domain.ledger import JournalEntry, Need
from cross.domain.leg import Failure, Leg, LegKind, LegStatus
from cross.domain.money import XOF, xof
from cross.domain.movement import Attention, Movement, MovementKind, Step
from cross.domain.operator import LookUp, RefusalCode, Refused, Succeeded
from cross.domain.steps import call_for_attention, cancel, resend
from tests.domain.movements import accepted, after, owned, sent, step

FLAGGED: Final = Attention("amount_differs", "operations", after(9))
BLOCKED: Final = Refused(RefusalCode.WALLET_BLOCKED, "1006", "wallet blocked")
LATE: Final = Refused(RefusalCode.PROMPT_EXPIRED, "500", "too late")
SESSION_OVER: Final = Refused(RefusalCode.EXPIRED_SESSION)
PAID: Final = Succeeded("X1")


class Told(NamedTuple):
    """What a decision books, tells and sends."""

    cause: str
    postings: Mapping[str, int]
    event: str
    send: LegKind | None = None


def booked(entry: JournalEntry) -> tuple[str, dict[str, int]]:
    """An entry as it reads: its cause, and each account with its signed amount."""
    postings = {account.name: amount for account, amount in entry.signed}
    assert len(postings) == len(entry.debits) + len(entry.credits)
    return entry.cause, postings


def opened(kind: MovementKind) -> Movement:
    """5 000 F with a fee of 50 and a franc of rounding, and somebody looking at it."""
    return replace(accepted(kind, rounding=1), attention=FLAGGED)


def decided(movement: Movement, kind: LegKind, answer: LookUp) -> Step:
    return step(movement, kind, answer, 2)


def credited() -> Movement:
    """A transfer whose debit is paid and whose credit is on its way."""
    return decided(opened(MovementKind.TRANSFER), LegKind.DEBIT, PAID).movement


def refunding() -> Movement:
    """A transfer whose credit was refused."""
    return decided(credited(), LegKind.CREDIT, BLOCKED).movement


def paid(leg: Leg) -> Leg:
    """That leg as it is after its operator said that money moved."""
    return replace(leg, status=LegStatus.SUCCEEDED, operator_reference="X1", reached=True)


def refused(leg: Leg, answer: Refused = BLOCKED) -> Leg:
    """That leg as it is after its operator refused."""
    said = f"{leg.operator} refused: {answer.code.replace('_', ' ')}"
    failure = Failure(
        answer.code, said, answer.operator_code, answer.operator_message, leg.kind.value
    )
    return replace(leg, status=LegStatus.FAILED, failure=failure, reached=True)


def ended(movement: Movement, leg: Leg, state: str) -> Movement:
    """That movement at its end: nobody needs to look any more."""
    return replace(
        movement.with_leg(leg),
        state=state,
        updated_at=after(2),
        completed_at=after(2),
        failure=leg.failure or movement.failure,
        attention=None,
    )


def assert_is(found: Step, movement: Movement, told: Told) -> None:
    assert found.movement == movement
    assert [booked(entry) for entry in found.entries] == [(told.cause, told.postings)]
    assert (found.events, found.send, found.saved) == ((told.event,), told.send, True)


def test_a_collection_that_is_paid_is_the_merchants_less_the_fee() -> None:
    before = opened(MovementKind.COLLECTION)
    leg = paid(before.leg(LegKind.DEBIT))

    postings = {
        "float:tmoney": 5_051,
        "available:mer_1:XOF": -5_000,
        "fees:XOF": -50,
        "rounding:XOF": -1,
    }
    told = Told("debit.succeeded", postings, "collection.succeeded")
    after_it = ended(before, leg, collection.State.SUCCEEDED)
    assert_is(decided(before, LegKind.DEBIT, PAID), after_it, told)


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (BLOCKED, collection.State.FAILED),
        (LATE, collection.State.EXPIRED),
        (SESSION_OVER, collection.State.EXPIRED),
    ],
)
def test_a_collection_that_is_refused_books_nothing(
    answer: Refused, state: collection.State
) -> None:
    before = opened(MovementKind.COLLECTION)
    leg = refused(before.leg(LegKind.DEBIT), answer)

    found = decided(before, LegKind.DEBIT, answer)

    assert found == Step(ended(before, leg, state), (), (f"collection.{state}",))


@pytest.mark.parametrize(
    ("kind", "leg_kind"),
    [(MovementKind.PAYOUT, LegKind.CREDIT), (MovementKind.REFUND, LegKind.REFUND)],
)
def test_what_was_set_aside_for_a_payout_is_spent_when_it_is_paid(
    kind: MovementKind, leg_kind: LegKind
) -> None:
    before = opened(kind)
    leg = paid(before.leg(leg_kind))

    postings = {
        "reserved:mer_1:XOF": 5_051,
        "promises:flooz": 5_000,
        "float:flooz": -5_000,
        "fees:XOF": -50,
        "rounding:XOF": -1,
        "reserved:flooz": -5_000,
    }
    told = Told(f"{leg_kind}.succeeded", postings, f"{kind}.succeeded")
    assert_is(decided(before, leg_kind, PAID), ended(before, leg, payout.State.SUCCEEDED), told)


RESERVED: Final = {
    "available:mer_1:XOF": 5_051,
    "reserved:flooz": 5_000,
    "reserved:mer_1:XOF": -5_051,
    "promises:flooz": -5_000,
}
RELEASED: Final = {account: -amount for account, amount in RESERVED.items()}


@pytest.mark.parametrize(
    ("kind", "leg_kind"),
    [(MovementKind.PAYOUT, LegKind.CREDIT), (MovementKind.REFUND, LegKind.REFUND)],
)
def test_what_was_set_aside_for_a_payout_is_free_again_when_it_is_refused(
    kind: MovementKind, leg_kind: LegKind
) -> None:
    before = opened(kind)
    leg = refused(before.leg(leg_kind))

    told = Told("released", RELEASED, f"{kind}.failed")
    assert_is(decided(before, leg_kind, BLOCKED), ended(before, leg, payout.State.FAILED), told)


@pytest.mark.parametrize(
    "kind", [MovementKind.COLLECTION, MovementKind.PAYOUT, MovementKind.REFUND]
)
def test_what_is_canceled_ends_at_that_moment_and_frees_what_it_reserved(
    kind: MovementKind,
) -> None:
    before = opened(kind)
    before = before.with_leg(replace(before.legs[0], status=LegStatus.PLANNED))

    found = cancel(before, at=after(2))

    canceled = replace(before, state="canceled", updated_at=after(2), completed_at=after(2))
    books = [] if kind is MovementKind.COLLECTION else [("released", RELEASED)]
    assert found.movement == canceled
    assert [booked(entry) for entry in found.entries] == books
    assert (found.events, found.send, found.saved) == ((f"{kind}.canceled",), None, True)


@pytest.mark.parametrize(
    ("opening_entry", "needs"),
    [(payout.opening_entry, payout.needs), (refund.opening_entry, refund.needs)],
)
def test_a_payout_needs_the_merchants_balance_and_the_float_and_reserves_both(
    opening_entry: Callable[[Movement], JournalEntry],
    needs: Callable[[Movement], tuple[Need, ...]],
) -> None:
    before = opened(MovementKind.PAYOUT)

    assert booked(opening_entry(before)) == ("reserved", RESERVED)
    own = accounts.available_to("mer_1", XOF)
    holds, promised = accounts.float_at("flooz", XOF), accounts.reserved_at("flooz", XOF)
    assert needs(before) == (
        Need(own, None, xof(5_051), BalanceTooLow.code),
        Need(holds, promised, xof(5_000), FloatTooLow.code),
    )


def test_a_transfer_needs_the_float_of_the_operator_that_pays_and_reserves_it() -> None:
    before = opened(MovementKind.TRANSFER)

    postings = {"reserved:flooz": 5_000, "promises:flooz": -5_000}
    assert booked(transfer.opening_entry(before)) == ("reserved", postings)
    holds, promised = accounts.float_at("flooz", XOF), accounts.reserved_at("flooz", XOF)
    assert transfer.needs(before) == (Need(holds, promised, xof(5_000), FloatTooLow.code),)


def test_the_debit_of_a_transfer_is_in_transit_and_reserved_where_it_is() -> None:
    before = opened(MovementKind.TRANSFER)
    credit = before.leg(LegKind.CREDIT)
    moved = before.with_leg(paid(before.leg(LegKind.DEBIT)))
    moved = moved.with_leg(sent(credit, sends=1, seconds=2))
    postings = {
        "float:tmoney": 5_051,
        "reserved:tmoney": 5_051,
        "in_transit:XOF": -5_051,
        "promises:tmoney": -5_051,
    }
    told = Told("debit.succeeded", postings, "transfer.debited", LegKind.CREDIT)
    crediting = replace(moved, state=transfer.State.CREDITING, updated_at=after(2))
    assert_is(decided(before, LegKind.DEBIT, PAID), crediting, told)


def test_the_credit_of_a_transfer_ends_it_and_earns_fee_and_rounding() -> None:
    before = credited()
    leg = paid(before.leg(LegKind.CREDIT))

    postings = {
        "in_transit:XOF": 5_051,
        "promises:flooz": 5_000,
        "promises:tmoney": 5_051,
        "float:flooz": -5_000,
        "fees:XOF": -50,
        "rounding:XOF": -1,
        "reserved:flooz": -5_000,
        "reserved:tmoney": -5_051,
    }
    told = Told("credit.succeeded", postings, "transfer.completed")
    completed = ended(before, leg, transfer.State.COMPLETED)
    assert_is(decided(before, LegKind.CREDIT, PAID), completed, told)


def test_a_refused_debit_ends_a_transfer_and_frees_the_float() -> None:
    before = opened(MovementKind.TRANSFER)
    leg = refused(before.leg(LegKind.DEBIT))

    postings = {"promises:flooz": 5_000, "reserved:flooz": -5_000}
    told = Told("released", postings, "transfer.failed")
    assert_is(
        decided(before, LegKind.DEBIT, BLOCKED), ended(before, leg, transfer.State.FAILED), told
    )


def test_a_refused_credit_sends_all_that_was_taken_back_to_where_it_came_from() -> None:
    before = credited()
    leg, debit = refused(before.leg(LegKind.CREDIT)), before.leg(LegKind.DEBIT)

    back = Leg(
        LegKind.REFUND,
        "tmoney",
        debit.msisdn,
        xof(5_051),
        operator_reference(before.id, "refund"),
        status=LegStatus.SENT,
        sends=1,
        sent_at=after(2),
    )
    turned = replace(
        before.with_leg(leg).with_leg(back),
        state=transfer.State.REFUNDING,
        updated_at=after(2),
        failure=leg.failure,
    )
    postings = {"promises:flooz": 5_000, "reserved:flooz": -5_000}
    told = Told("released", postings, "transfer.refunding", LegKind.REFUND)
    assert_is(decided(before, LegKind.CREDIT, BLOCKED), turned, told)


def test_a_refund_that_is_paid_ends_the_transfer_as_refunded() -> None:
    before = refunding()
    leg = paid(before.leg(LegKind.REFUND))

    postings = {
        "in_transit:XOF": 5_051,
        "promises:tmoney": 5_051,
        "float:tmoney": -5_051,
        "reserved:tmoney": -5_051,
    }
    told = Told("refund.succeeded", postings, "transfer.refunded")
    assert_is(
        decided(before, LegKind.REFUND, PAID), ended(before, leg, transfer.State.REFUNDED), told
    )


def test_a_refused_refund_is_held_for_the_payer_and_has_an_owner_for_a_day() -> None:
    """F-O19, I-21."""
    before = refunding()
    leg = refused(before.leg(LegKind.REFUND))

    flagged = owned("refund_refused", 2)
    held = replace(before.with_leg(leg), updated_at=after(2), attention=flagged)
    postings = {"in_transit:XOF": 5_051, "suspense:XOF": -5_051}
    told = Told("refund.refused", postings, "transfer.needs_attention")
    assert_is(decided(before, LegKind.REFUND, BLOCKED), held, told)


@pytest.mark.parametrize("kind", MovementKind)
def test_calling_for_attention_gives_an_owner_for_a_day_and_changes_nothing_else(
    kind: MovementKind,
) -> None:
    """I-21; merchants are told of transfers only (api.md: transfer.needs_attention)."""
    before = accepted(kind)

    found = call_for_attention(before, "a reason", at=after(2))

    flagged = owned("a reason", 2)
    events = ("transfer.needs_attention",) if kind is MovementKind.TRANSFER else ()
    assert found == Step(replace(before, attention=flagged, updated_at=after(2)), (), events)


def test_sending_again_is_an_intent_and_nothing_else() -> None:
    before = opened(MovementKind.PAYOUT)
    planned = replace(
        before.leg(LegKind.CREDIT),
        status=LegStatus.PLANNED,
        quiet_at=after(1),
        missing_at=after(1),
    )

    found = resend(before.with_leg(planned), LegKind.CREDIT, at=after(2))

    again = replace(before.with_leg(sent(planned, sends=2, seconds=2)), updated_at=after(2))
    assert found == Step(again, send=LegKind.CREDIT)


def test_a_leg_that_a_movement_has_not_is_named() -> None:
    with pytest.raises(KeyError, match="refund"):
        accepted(MovementKind.TRANSFER).leg(LegKind.REFUND)
