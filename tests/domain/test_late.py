"""What an operator says of a request whose end is known: another entry, and never another state."""

import pytest

from cross.domain import accounts, transfer
from cross.domain.changed import changed
from cross.domain.late import heard_late
from cross.domain.leg import LegKind, LegStatus
from cross.domain.money import DJF, XOF, Money, xof
from cross.domain.movement import Movement, MovementKind
from cross.domain.operator import Missing, Pending, RefusalCode, Refused, Succeeded, Unknown
from tests.domain.movements import accepted

REFUSED = Refused(RefusalCode.OPERATOR_REFUSED)


def ended(kind: MovementKind, status: LegStatus) -> Movement:
    opened = accepted(kind)
    return opened.with_leg(changed(opened.legs[0], status=status))


@pytest.mark.parametrize("kind", [MovementKind.COLLECTION, MovementKind.PAYOUT])
def test_a_late_success_and_a_reversal_are_each_others_opposite(kind: MovementKind) -> None:
    """I-25, F-O07: float against suspense, and no state."""
    failed, succeeded = (ended(kind, s) for s in (LegStatus.FAILED, LegStatus.SUCCEEDED))
    found = heard_late(failed, failed.legs[0], Succeeded("X"), ended=False)
    undone = heard_late(succeeded, succeeded.legs[0], REFUSED, ended=False)

    (one,), (other,) = found.entries, undone.entries
    assert sorted((a.name, -n) for a, n in one.signed) == sorted(
        (a.name, n) for a, n in other.signed
    )
    assert one.cause.endswith(".late_success")
    assert other.cause.endswith(".operator_reversal")
    assert (found.movement, undone.movement) == (failed, succeeded)
    assert (found.events, undone.events) == ((), ())


def test_what_a_late_success_says_it_moved_is_what_is_booked() -> None:
    """F-O09, F-O10: of another currency nothing can be said but that it was asked for."""
    failed = ended(MovementKind.COLLECTION, LegStatus.FAILED)
    asked = failed.legs[0].money
    for told, booked in ((xof(7), xof(7)), (None, asked), (Money(7, DJF), asked)):
        step = heard_late(failed, failed.legs[0], Succeeded("X", told), ended=False)
        assert step.entries[0].debits[0].money == booked


@pytest.mark.parametrize("answer", [Succeeded("X"), Pending(), Unknown("?"), Missing()])
def test_what_is_no_contradiction_changes_nothing(answer: object) -> None:
    for status in (LegStatus.SUCCEEDED, LegStatus.FAILED):
        movement = ended(MovementKind.PAYOUT, status)
        if isinstance(answer, Succeeded) and status is LegStatus.FAILED:
            continue
        step = heard_late(movement, movement.legs[0], answer, ended=False)  # type: ignore[arg-type]
        assert not step.saved


def test_a_request_refused_after_its_success_was_only_sent_twice() -> None:
    """F-N14: a copy of it came first; that it was undone, only a query can say."""
    movement = ended(MovementKind.PAYOUT, LegStatus.SUCCEEDED)
    assert not heard_late(movement, movement.legs[0], REFUSED, ended=True).saved


def test_a_credit_found_after_the_payer_had_his_money_back_is_a_loss() -> None:
    """F-O05: while the refund is not known to be made, it is in suspense."""
    opened = accepted(MovementKind.TRANSFER)
    credit = changed(opened.leg(LegKind.CREDIT), status=LegStatus.FAILED)
    for status, account in (
        (LegStatus.UNKNOWN, accounts.suspense(XOF)),
        (LegStatus.SUCCEEDED, accounts.loss(XOF)),
    ):
        refund = changed(opened.leg(LegKind.DEBIT), kind=LegKind.REFUND, status=status)
        turned = changed(opened.with_leg(credit).with_leg(refund), state=transfer.State.REFUNDING)
        step = heard_late(turned, credit, Succeeded("X"), ended=False)
        assert step.entries[0].debits[0].account is account
