"""Windows turn with the calendar in UTC; what is forgotten is what was used least."""

from datetime import UTC, datetime, timedelta

import pytest

from cross.domain.changed import changed
from cross.domain.limits import LimitExceeded, VelocityExceeded
from cross.domain.money import xof
from cross.domain.movement import Movement, MovementKind
from cross.domain.msisdn import Msisdn
from cross.switch import velocity
from cross.switch.velocity import Velocity
from tests.domain.movements import accepted

NOON = datetime(2026, 11, 22, 12, 0, 30, tzinfo=UTC)


def payout(at: datetime = NOON, *, amount: int = 5_000, msisdn: str = "+22896112233") -> Movement:
    whole = accepted(MovementKind.PAYOUT)
    leg = changed(whole.legs[0], msisdn=Msisdn(msisdn), money=xof(amount))
    return changed(whole, legs=(leg,), created_at=at)


@pytest.mark.parametrize(
    ("per", "frees_at"),
    [
        ("minute", datetime(2026, 11, 22, 12, 1, tzinfo=UTC)),
        ("hour", datetime(2026, 11, 22, 13, 0, tzinfo=UTC)),
        ("day", datetime(2026, 11, 23, tzinfo=UTC)),
    ],
)
def test_a_window_ends_with_the_minute_the_hour_or_the_day(per: str, frees_at: datetime) -> None:
    counted = Velocity({f"merchant.payout.{per}.count": 2})
    counted.take(payout())
    counted.take(payout(frees_at - timedelta(milliseconds=1)))
    with pytest.raises(VelocityExceeded) as refusal:
        counted.take(payout())
    assert refusal.value.limit.frees_at == frees_at
    assert refusal.value.retry_after_seconds == (frees_at - NOON).total_seconds()
    counted.take(payout(frees_at))
    counted.take(payout(frees_at))
    with pytest.raises(VelocityExceeded):
        counted.take(payout(frees_at))


def test_what_is_refused_by_one_limit_is_counted_by_none() -> None:
    counted = Velocity({"merchant.any.day.count": 9, "beneficiary.any.day.XOF": 7_000})
    counted.take(payout())
    for _ in range(5):
        with pytest.raises(VelocityExceeded):
            counted.take(payout())
    assert counted.meters["merchant.any.day.count"].used == {payout().merchant: 1}
    counted.take(payout(amount=2_000))


def test_what_is_given_back_may_be_taken_again() -> None:
    counted = Velocity({"merchant.any.day.count": 1, "beneficiary.any.hour.XOF": 5_000})
    for _ in range(3):
        counted.take(payout())
        counted.give_back(payout())
    assert [meter.used for meter in counted.meters.values()] == [{}, {}]


def test_what_is_given_back_too_late_frees_nothing_of_the_next_window() -> None:
    counted = Velocity({"merchant.any.minute.count": 1})
    later = NOON + timedelta(minutes=1)
    counted.take(payout())
    counted.take(payout(later))
    counted.give_back(payout())
    with pytest.raises(VelocityExceeded):
        counted.take(payout(later))


def test_ones_own_limit_comes_before_the_houses_whichever_is_tighter() -> None:
    counted = Velocity({"merchant.any.movement.XOF": 1_000})
    with pytest.raises(LimitExceeded):
        counted.take(payout())
    counted.bound({payout().merchant: {"merchant.any.movement.XOF": 5_000}}.get)
    counted.take(payout())
    assert counted.limits_of("mer_another") == {"merchant.any.movement.XOF": 1_000}


def test_of_too_many_wallets_those_that_were_used_least_are_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(velocity, "WALLETS_MAX", 10)
    counted = Velocity({"beneficiary.any.day.count": 5})
    for number in range(20):
        for _ in range(3 if number == 0 else 1):
            counted.take(payout(msisdn=f"+2289611{number:04}"))
    counted.take(payout(NOON + timedelta(minutes=1)))
    used = counted.meters["beneficiary.any.day.count"].used
    assert [subject[2] for subject in used if isinstance(subject, tuple)] == [
        "+22896110000",
        "+22896112233",
    ]
