"""Limits hold to the last movement, in a burst too; what is refused after all is given back."""

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest

from cross.clock import system_clock
from cross.domain.errors import ReferenceAlreadyUsed
from cross.domain.limits import DEFAULT_LIMITS, UNHINDERED, LimitExceeded, VelocityExceeded
from cross.domain.money import xof
from cross.domain.movement import Movement, Terms
from cross.storage.postgres import PostgresStore
from cross.switch import merchant_terms, payouts
from cross.switch.switch import Switch
from tests.conftest import NewStore, Run, short_pause
from tests.switch import asking, ordering
from tests.switch.ordering import shop, until_so
from tests.world import MERCHANT, until, wallet

PAYEE = wallet("flooz", "+22896110101")
OTHER_PAYEE = wallet("flooz", "+22896110102")
PAYER = wallet("flooz", "+22896110101")


def limits(**own: int) -> dict[str, int]:
    """The limits of a switch that has no others; a dot is written as two underscores."""
    return {**UNHINDERED, **{name.replace("__", "."): most for name, most in own.items()}}


async def refusals(asked: list[Coroutine[Any, Any, Movement]]) -> list[BaseException]:
    """What was refused of all that is asked for at the same moment."""
    done = await asyncio.gather(*asked, return_exceptions=True)
    return [one for one in done if isinstance(one, BaseException)]


def test_of_two_hundred_at_once_as_many_are_accepted_as_the_limit_allows(
    new_store: NewStore, run: Run, tmp_path: Path
) -> None:
    """S-API-09, F-S21: exact, however many ask at the same moment."""

    async def scenario() -> None:
        bounded = limits(merchant__payout__day__count=70)
        async with shop(tmp_path, new_store(), limits=bounded) as world:
            refused = await refusals([asking.payout(world.switch, PAYEE) for _ in range(200)])

            assert len(refused) == 130
            assert all(isinstance(one, VelocityExceeded) for one in refused)
            rows = await world.switch.store.rows("SELECT count(*) FROM movements", {})
            assert rows[0][0] == 70
            assert await asking.collection(world.switch, PAYER)  # another kind is not bounded

    run(scenario())


def test_one_beneficiary_is_not_paid_a_thousand_times(run: Run, tmp_path: Path) -> None:
    """F-S29: what no installation has to configure."""

    async def scenario() -> None:
        async with shop(tmp_path, limits=dict(DEFAULT_LIMITS)) as world:
            asked = [asking.payout(world.switch, PAYEE, xof(100)) for _ in range(1_000)]
            refused = await refusals(asked)
            assert len(refused) == 1_000 - DEFAULT_LIMITS["beneficiary.any.hour.count"]
            assert await asking.payout(world.switch, OTHER_PAYEE, xof(100))

    run(scenario())


def test_amounts_are_counted_in_their_currency(run: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        bounded = limits(payer__any__day__XOF=12_000, merchant__any__movement__XOF=9_000)
        async with shop(tmp_path, limits=bounded) as world:
            switch = world.switch
            with pytest.raises(LimitExceeded) as once:
                await asking.collection(switch, PAYER, xof(9_001))
            assert (once.value.limit.name, once.value.limit.frees_at) == (
                "merchant.any.movement.XOF",
                None,
            )
            await asking.collection(switch, PAYER, xof(9_000))
            with pytest.raises(VelocityExceeded) as soon:
                await asking.collection(switch, PAYER, xof(3_001))
            await until(lambda: not switch.live)
            await asking.collection(switch, PAYER, xof(3_000))

            frees_at = soon.value.limit.frees_at
            assert frees_at is not None
            assert frees_at > switch.clock()
            assert (frees_at.hour, frees_at.minute) == (0, 0)
            assert 0 < soon.value.retry_after_seconds <= 86_400

    run(scenario())


def test_what_is_refused_for_another_reason_is_given_back(run: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with shop(tmp_path, limits=limits(beneficiary__any__day__count=2)) as world:
            switch, named = world.switch, Terms(reference="CMD-1")
            await payouts.open_payout(switch, PAYEE, xof(500), named, asking.request())
            for _ in range(5):
                with pytest.raises(ReferenceAlreadyUsed):
                    await payouts.open_payout(switch, PAYEE, xof(500), named, asking.request())
            await _terms(switch, {"payer.any.movement.XOF": 1, "merchant.payout.movement.XOF": 1})
            for _ in range(5):
                with pytest.raises(LimitExceeded):
                    await asking.payout(switch, PAYEE)
            await _terms(switch, {"merchant.payout.movement.XOF": None})
            await asking.payout(switch, PAYEE)
            with pytest.raises(VelocityExceeded):
                await asking.payout(switch, PAYEE)

    run(scenario())


def test_a_repeat_is_answered_though_the_limit_is_used_up(run: Run, tmp_path: Path) -> None:
    """I-27: the key comes first."""

    async def scenario() -> None:
        async with shop(tmp_path, limits=limits(merchant__any__day__count=1)) as world:
            request = asking.request("once")
            first, again = [
                await payouts.open_payout(world.switch, PAYEE, xof(500), Terms(), request)
                for _ in range(2)
            ]
            assert (again.movement.id, again.replayed) == (first.movement.id, True)

    run(scenario())


def test_attempts_at_orders_and_refunds_count(run: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        bounded = limits(merchant__collection__day__count=1, merchant__refund__day__count=0)
        async with shop(tmp_path, limits=bounded) as world:
            order = await ordering.order(world.switch)
            paid = await ordering.attempt(world.switch, order)
            await ordering.until_stored(world.switch, order, "paid")
            with pytest.raises(VelocityExceeded):
                await ordering.attempt(world.switch, await ordering.order(world.switch))
            with pytest.raises(VelocityExceeded):
                await asking.refund(world.switch, paid.id)

    run(scenario())


def test_a_process_that_starts_knows_what_was_moved_before(
    new_store: NewStore, run: Run, tmp_path: Path
) -> None:
    """A restart frees nothing."""

    async def scenario() -> None:
        bounded = limits(
            beneficiary__payout__day__count=3,
            beneficiary__any__day__XOF=1_000_000,
            merchant__any__day__count=4,
        )
        async with shop(tmp_path, new_store(), limits=bounded) as world:
            for _ in range(3):
                await asking.payout(world.switch, PAYEE)
        async with shop(tmp_path, new_store(), limits=bounded) as world:
            with pytest.raises(VelocityExceeded) as refusal:
                await asking.payout(world.switch, PAYEE)
            assert refusal.value.limit.name == "beneficiary.payout.day.count"
            await asking.payout(world.switch, OTHER_PAYEE)
            with pytest.raises(VelocityExceeded) as refusal:
                await asking.collection(world.switch, PAYER)
            assert refusal.value.limit.name == "merchant.any.day.count"
            meter = world.switch.velocity.meters["beneficiary.any.day.XOF"]
            assert meter.used[(MERCHANT, "flooz", "+22896110101")] == 15_000

    run(scenario())


def test_a_limit_of_ones_own_counts_what_was_before_it(
    new_store: NewStore, run: Run, tmp_path: Path
) -> None:
    async def scenario() -> None:
        async with shop(tmp_path, new_store()) as world:
            switch = world.switch
            for _ in range(3):
                await asking.payout(switch, PAYEE)
            await _terms(switch, {"merchant.payout.day.count": 4})
            await asking.payout(switch, PAYEE)
            with pytest.raises(VelocityExceeded):
                await asking.payout(switch, PAYEE)
            await _terms(switch, {"merchant.payout.day.count": 5})
            await asking.payout(switch, PAYEE)
            await _terms(switch, {"merchant.payout.day.count": None})
            await asking.payout(switch, PAYEE)

            raised = await audit_of(switch)
            assert raised[:2] == [
                ('{"merchant.payout.day.count":5}', '{"merchant.payout.day.count":null}'),
                ('{"merchant.payout.day.count":4}', '{"merchant.payout.day.count":5}'),
            ]

    run(scenario())


def test_two_processes_agree_in_a_moment(run: Run, postgres_url: str, tmp_path: Path) -> None:
    """What one has accepted the other counts; so does one that is set in the other."""

    def store() -> PostgresStore:
        return PostgresStore(postgres_url, clock=system_clock, pause=short_pause)

    async def scenario() -> None:
        bounded = limits(beneficiary__any__day__count=3)
        async with (
            shop(tmp_path, store(), limits=bounded) as one,
            shop(tmp_path, store(), limits=bounded) as other,
        ):
            for _ in range(3):
                await asking.payout(one.switch, PAYEE)

            async def is_known_there() -> bool:
                return (
                    other.switch.velocity.meters["beneficiary.any.day.count"].used.get(
                        (MERCHANT, "flooz", "+22896110101")
                    )
                    == 3
                )

            await until_so(is_known_there)
            with pytest.raises(VelocityExceeded):
                await asking.payout(other.switch, PAYEE)

            await _terms(one.switch, {"beneficiary.any.day.count": 4})
            await until_so(lambda: _is(other.switch, "beneficiary.any.day.count", 4))
            await asking.payout(other.switch, PAYEE)
            for _ in range(3):  # what was read is not read again
                await other.switch.usage.catch_up(system_clock(), owner=other.switch.lease.owner)
            with pytest.raises(VelocityExceeded):
                await asking.payout(other.switch, PAYEE)
            assert await is_known_there() is False

    run(scenario())


async def _is(switch: Switch, name: str, most: int) -> bool:
    return switch.velocity.limits_of(MERCHANT).get(name) == most


async def _terms(switch: Switch, own: dict[str, int | None]) -> None:
    await merchant_terms.set_limits(switch, MERCHANT, own, who="ama")


async def audit_of(switch: Switch) -> list[tuple[str, str]]:
    """What was said before and after, newest first."""
    sql = "SELECT before, after FROM audit WHERE subject = :subject ORDER BY id DESC"
    return [(row[0], row[1]) for row in await switch.store.rows(sql, {"subject": MERCHANT})]
