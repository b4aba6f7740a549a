"""What is promised of every operator that is silent, slow or broken: nothing is lost or doubled."""

import pytest

from cross.domain.operator import Missing, Pending, Succeeded, Unknown
from cross.simulation.faults import FaultKind
from tests.operators.scene import (
    PROFILES,
    Scene,
    Wrapped,
    connected,
    of_every_effect,
    of_every_payout,
    of_every_push_collection,
    perform,
)
from tests.simulators.stage import Stage, play

FAULTS = [kind.value for kind in FaultKind]


@of_every_payout
def test_a_lost_answer_to_a_payout_is_unknown_and_then_found(name: str) -> None:
    """F-N02."""

    async def act(scene: Scene) -> None:
        request = scene.request("18")

        said = await scene.operator.pay_out(request)

        assert isinstance(said, Unknown)
        assert said.sent
        assert isinstance(await scene.operator.look_up_payout(request), Succeeded)
        assert await scene.moved(request) == [("credit", 1500)]

    perform(name, act)


@of_every_push_collection
def test_a_lost_answer_to_a_collection_is_unknown_and_then_found(name: str) -> None:
    """F-N02."""

    async def act(scene: Scene) -> None:
        request = scene.request("16")

        said = await scene.operator.collect(request)

        assert isinstance(said, Unknown)
        assert said.sent
        assert isinstance(await scene.operator.look_up_collection(request), Succeeded)
        assert await scene.moved(request) == [("debit", 1500)]

    perform(name, act)


@of_every_effect
def test_a_lost_request_is_unknown_and_then_missing(name: str, effect: str, query: str) -> None:
    """F-N01."""

    async def act(scene: Scene) -> None:
        request = scene.request("17")

        said = await scene.ask(effect, request)

        assert isinstance(said, Unknown)
        assert said.sent
        assert await scene.ask(query, request) == Missing()
        assert await scene.moved(request) == []

    perform(name, act)


@of_every_effect
def test_after_503_twice_the_same_reference_goes_through(
    name: str, effect: str, query: str
) -> None:
    async def act(scene: Scene) -> None:
        request = scene.request("10")
        assert isinstance(await scene.ask(effect, request), Unknown)
        assert isinstance(await scene.ask(effect, request), Unknown)
        assert isinstance(await scene.ask(effect, request), Pending | Succeeded)
        await scene.stage.settle()

        assert isinstance(await scene.ask(query, request), Succeeded)
        assert len(await scene.moved(request)) == 1

    perform(name, act)


@of_every_push_collection
def test_a_query_that_fails_for_a_while_is_unknown_until_it_answers(name: str) -> None:
    async def act(scene: Scene) -> None:
        request = scene.request("20")
        await scene.operator.collect(request)
        assert isinstance(await scene.operator.look_up_collection(request), Unknown)
        await scene.stage.advance(61)

        assert isinstance(await scene.operator.look_up_collection(request), Succeeded)

    perform(name, act)


@of_every_effect
@pytest.mark.parametrize("fault", FAULTS)
def test_no_fault_makes_a_method_raise_or_answer_something_untrue(
    name: str, effect: str, query: str, fault: str
) -> None:
    """F-N01, F-N02, F-N03, F-N13: the answers agree with the journal, and all is found."""

    async def act(scene: Scene) -> None:
        await scene.plant(fault)
        request = scene.request("01")
        said = await scene.ask(effect, request)
        looked_up = await scene.ask(query, request)
        assert isinstance(said, Succeeded | Pending | Unknown)
        assert isinstance(looked_up, Succeeded | Pending | Unknown | Missing)
        if Succeeded in (type(said), type(looked_up)):
            assert len(await scene.moved(request)) == 1
        await scene.stage.control("DELETE", "faults")
        await scene.stage.advance(300)

        is_there = bool(await scene.moved(request))
        assert isinstance(await scene.ask(query, request), Succeeded if is_there else Missing)

    perform(name, act)


@of_every_effect
@pytest.mark.parametrize("fault", ["error_500", "error_502_html", "down", "truncate_body"])
def test_an_answer_that_is_none_is_unknown(name: str, effect: str, query: str, fault: str) -> None:
    """F-N05, F-N13."""

    async def act(scene: Scene) -> None:
        await scene.ask(query, scene.request(serial=2))  # so that there is a token
        await scene.plant(fault)

        for method in (effect, query):
            said = await scene.ask(method, scene.request("01"))
            assert isinstance(said, Unknown)
            assert said.sent

    perform(name, act)


@of_every_effect
def test_a_request_executed_after_we_gave_up_is_unknown_and_then_found(
    name: str, effect: str, query: str
) -> None:
    """F-N03."""

    async def act(scene: Scene) -> None:
        request = scene.request("01")
        await scene.plant("latency", value=200_000, count=1, match=request.reference)

        assert isinstance(await scene.ask(effect, request), Unknown)
        assert await scene.moved(request) == []
        await scene.stage.advance(201)

        assert isinstance(await scene.ask(query, request), Succeeded)

    perform(name, act)


@of_every_effect
def test_a_token_that_expired_costs_nothing_but_another_login(
    name: str, effect: str, query: str
) -> None:
    """F-O14."""

    async def act(scene: Scene) -> None:
        await scene.ask(query, scene.request(serial=2))
        await scene.plant("expired_token", count=1)
        request = scene.request("01")

        assert isinstance(await scene.ask(effect, request), Pending | Succeeded)
        await scene.stage.settle()
        assert len(await scene.moved(request)) == 1

    perform(name, act)


@of_every_effect
@pytest.mark.parametrize("is_signed_in", [False, True])
def test_where_no_connection_opens_nothing_was_sent_and_no_query_says_so_of_the_leg(
    name: str, effect: str, query: str, *, is_signed_in: bool
) -> None:
    async def act(stage: Stage) -> None:
        network = Wrapped(stage)
        scene = Scene(PROFILES[name], connected(name, network), stage)
        if is_signed_in:
            assert await scene.ask(query, scene.request()) == Missing()
        network.cut = True

        said = await scene.ask(effect, scene.request())
        looked_up = await scene.ask(query, scene.request())

        assert isinstance(said, Unknown)
        assert not said.sent
        assert isinstance(looked_up, Unknown)
        assert looked_up.sent

    play(act)
