"""What is promised of every operator, each promise before each installed operator's simulator."""

import asyncio

import pytest

from cross.domain.operator import Missing, Pending, RefusalCode, Refused, Succeeded, Unknown
from cross.simulation.settings import SimulationSettings
from tests.operators.scene import (
    QUERIES,
    Scene,
    of_every_effect,
    of_every_payout,
    of_every_push_collection,
    of_every_query,
    of_every_silent_operator,
    perform,
)
from tests.simulators.stage import AT_ONCE, IN_A_SECOND

APPROVED = ["01", "07", "09", "11", "12", "13", "14", "18", "21", "99"]
CREDITED = ["00", "01", "02", "03", "04", "07", "08", "09", "11", "12", "13", "15", "16", "19"]


@of_every_push_collection
@pytest.mark.parametrize("last_two", APPROVED)
@pytest.mark.parametrize("settings", [AT_ONCE, IN_A_SECOND], ids=["at once", "in a second"])
def test_an_approved_collection_is_pending_first_and_then_found_paid(
    name: str, last_two: str, settings: SimulationSettings
) -> None:
    async def act(scene: Scene) -> None:
        request = scene.request(last_two)
        assert isinstance(await scene.operator.collect(request), Pending)
        if settings is IN_A_SECOND:
            waiting = await scene.operator.look_up_collection(request)
            assert isinstance(waiting, Succeeded if last_two == "13" else Pending)
        await scene.stage.advance(1)

        paid = await scene.operator.look_up_collection(request)

        assert isinstance(paid, Succeeded)
        assert paid.money == request.money
        assert paid.operator_reference
        assert await scene.moved(request) == [("debit", 1500)]

    perform(name, act, simulation=settings)


@of_every_push_collection
@pytest.mark.parametrize(
    ("last_two", "code"),
    [
        ("02", RefusalCode.INSUFFICIENT_FUNDS),
        ("03", RefusalCode.PAYER_REFUSED),
        ("04", RefusalCode.PROMPT_EXPIRED),
        ("05", RefusalCode.WALLET_NOT_FOUND),
        ("06", RefusalCode.LIMIT_REACHED),
        ("15", RefusalCode.PROMPT_ALREADY_OPEN),
        ("19", RefusalCode.WRONG_PIN),
    ],
)
def test_a_collection_that_fails_is_refused_for_its_reason_and_moves_nothing(
    name: str, last_two: str, code: RefusalCode
) -> None:
    """F-O18."""

    async def act(scene: Scene) -> None:
        request = scene.request(last_two)
        said = await scene.ask("collect", request)
        if not isinstance(said, Refused):
            assert isinstance(said, Pending)
            await scene.stage.advance(121)
            said = await scene.operator.look_up_collection(request)

        assert isinstance(said, Refused)
        assert said.code is code
        assert said.operator_code
        assert await scene.moved(request) == []

    perform(name, act)


@of_every_push_collection
def test_a_blocked_wallet_is_refused_as_blocked(name: str) -> None:
    async def act(scene: Scene) -> None:
        request = scene.request("01")
        path = f"wallets/{name}/{request.named_wallet.digits}"
        await scene.stage.control("PUT", path, {"blocked": True})
        said = await scene.ask("collect", request)
        if isinstance(said, Pending):
            await scene.stage.advance(1)
            said = await scene.operator.look_up_collection(request)

        assert isinstance(said, Refused)
        assert said.code is RefusalCode.WALLET_BLOCKED

    perform(name, act)


@of_every_push_collection
def test_an_approval_after_the_prompts_time_is_found_all_the_same(name: str) -> None:
    """F-O17: the query decides, not the clock."""

    async def act(scene: Scene) -> None:
        request = scene.request("08")
        assert isinstance(await scene.operator.collect(request), Pending)
        await scene.stage.advance(scene.profile.prompt_seconds + 1)
        assert isinstance(await scene.operator.look_up_collection(request), Pending)
        await scene.stage.advance(10)

        assert isinstance(await scene.operator.look_up_collection(request), Succeeded)

    perform(name, act)


@of_every_payout
@pytest.mark.parametrize("last_two", CREDITED)
def test_a_payout_is_made_once_and_found(name: str, last_two: str) -> None:
    async def act(scene: Scene) -> None:
        request = scene.request(last_two)

        made = await scene.operator.pay_out(request)
        found = await scene.operator.look_up_payout(request)

        assert isinstance(made, Succeeded)
        assert isinstance(found, Succeeded)
        assert found.money == request.money
        assert made.money in (None, request.money)
        assert made.operator_reference == found.operator_reference
        assert await scene.moved(request) == [("credit", 1500)]

    perform(name, act)


@of_every_payout
@pytest.mark.parametrize(
    ("last_two", "code"),
    [
        ("05", RefusalCode.WALLET_NOT_FOUND),
        ("06", RefusalCode.LIMIT_REACHED),
        ("14", RefusalCode.OPERATOR_REFUSED),
    ],
)
def test_a_payout_that_fails_is_refused_for_its_reason_both_times_it_is_asked(
    name: str, last_two: str, code: RefusalCode
) -> None:
    async def act(scene: Scene) -> None:
        request = scene.request(last_two)

        for said in (await scene.operator.pay_out(request), await scene.ask(QUERIES[1], request)):
            assert isinstance(said, Refused)
            assert said.code is code
        assert await scene.moved(request) == []

    perform(name, act)


@of_every_payout
def test_a_payout_that_our_float_cannot_fund_says_so(name: str) -> None:
    async def act(scene: Scene) -> None:
        full = (await scene.stage.control("GET", f"partner/{name}"))["balance"]
        await scene.stage.control("PUT", f"partner/{name}", {"balance": 1499})
        request = scene.request("01")

        said = await scene.operator.pay_out(request)

        assert isinstance(said, Refused)
        assert said.code is RefusalCode.FLOAT_TOO_LOW
        assert await scene.moved(request) == []
        await scene.stage.control("PUT", f"partner/{name}", {"balance": full})

    perform(name, act)


@of_every_query
def test_a_reference_that_was_never_sent_is_missing(name: str, query: str) -> None:
    async def act(scene: Scene) -> None:
        assert await scene.ask(query, scene.request()) == Missing()

    perform(name, act)


@of_every_silent_operator
def test_an_operator_that_answers_no_queries_says_nothing_until_it_is_overdue(name: str) -> None:
    async def act(scene: Scene) -> None:
        request = scene.request()
        for seconds, overdue in ((0, False), (7_200, True)):
            await asyncio.sleep(seconds)
            said = await scene.operator.look_up_collection(request)
            assert isinstance(said, Unknown)
            assert said.overdue is overdue

    perform(name, act)


@of_every_effect
def test_a_reference_sent_twice_moves_money_once(name: str, effect: str, query: str) -> None:
    """F-N14, F-O12: the second answer is that of the first, or none: never a refusal."""

    async def act(scene: Scene) -> None:
        request = scene.request("01")
        first = await scene.ask(effect, request)
        await scene.stage.settle()

        second = await scene.ask(effect, request)

        assert scene.profile.refuses_repeated_reference
        assert isinstance(first, Pending | Succeeded)
        assert second == first or isinstance(second, Unknown)
        assert isinstance(await scene.ask(query, request), Succeeded)
        assert len(await scene.moved(request)) == 1

    perform(name, act)


@of_every_payout
@pytest.mark.parametrize("end", ["least", "most"])
def test_the_least_and_the_most_are_moved_to_the_franc(name: str, end: str) -> None:
    async def act(scene: Scene) -> None:
        amount = getattr(scene.profile.limits, end).amount
        request = scene.request("01", amount=amount)

        assert isinstance(await scene.operator.pay_out(request), Succeeded)
        found = await scene.operator.look_up_payout(request)

        assert isinstance(found, Succeeded)
        assert found.money == request.money
        assert await scene.moved(request) == [("credit", amount)]

    perform(name, act)
