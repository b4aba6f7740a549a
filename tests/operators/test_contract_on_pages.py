"""What is promised of every operator on whose own page payers pay."""

import asyncio

import pytest

from cross.domain.operator import Missing, Pending, Refused, Succeeded, Unknown
from cross.simulation.faults import FaultKind
from cross.simulation.settings import SimulationSettings
from tests.operators.payer import CANCEL, Payer
from tests.operators.scene import (
    OPEN_SECONDS,
    PROFILES,
    REDIRECTING,
    Scene,
    Wrapped,
    connected,
    of_every_hosted_page,
    of_every_hosted_page_with_queries,
    of_every_push_collection,
    perform,
    simulator_of,
)
from tests.simulators.stage import AT_ONCE, IN_A_SECOND, Stage, play

FAULTS = [kind.value for kind in FaultKind]
APPROVED = ["01", "09", "13", "14", "18", "99"]
CALLBACKS_UNTRUE_OR_LOST = ["07", "11", "12", "16"]
NOT_PAYING = ["02", "03", "04", "05", "06", "15", "19"]
UNTIL_IT_IS_OVER = OPEN_SECONDS + 3600.0
NOTHING: list[tuple[str, int]] = []


@of_every_hosted_page
@pytest.mark.parametrize("last_two", APPROVED)
@pytest.mark.parametrize("settings", [AT_ONCE, IN_A_SECOND], ids=["at once", "in a second"])
def test_who_pays_on_the_page_has_paid_once_and_we_learn_it(
    name: str, last_two: str, settings: SimulationSettings
) -> None:
    async def act(scene: Scene) -> None:
        request = scene.order()
        way = await scene.sent_away(request)
        assert await scene.moved(request) == NOTHING
        waiting = await scene.learned(request)
        assert isinstance(waiting, Pending | Unknown)

        await Payer(scene, last_two).walk(way)
        await scene.wait(2)

        paid = await scene.learned(request)
        assert isinstance(paid, Succeeded)
        assert paid.money == request.money
        assert paid.operator_reference
        assert paid.payer in (None, scene.request(last_two).wallet)
        assert await scene.moved(request) == [("debit", 1500)]

    perform(name, act, simulation=settings)


@of_every_hosted_page_with_queries
@pytest.mark.parametrize("last_two", CALLBACKS_UNTRUE_OR_LOST)
def test_a_callback_that_is_untrue_or_lost_changes_nothing_where_a_query_tells(
    name: str, last_two: str
) -> None:
    async def act(scene: Scene) -> None:
        request = scene.order()

        await Payer(scene, last_two).walk(await scene.sent_away(request))

        paid = await scene.learned(request)
        assert isinstance(paid, Succeeded)
        assert paid.money == request.money
        assert await scene.moved(request) == [("debit", 1500)]

    perform(name, act)


@of_every_hosted_page
@pytest.mark.parametrize("last_two", NOT_PAYING)
def test_who_does_not_pay_moves_nothing_and_the_order_ends(name: str, last_two: str) -> None:
    """F-O16, F-O18: refused for the payer's reason, or because the page's time is over."""

    async def act(scene: Scene) -> None:
        request = scene.order()
        await Payer(scene, last_two).walk(await scene.sent_away(request))
        await scene.wait(UNTIL_IT_IS_OVER)

        said = await scene.learned(request)

        _is_over(scene, said)
        assert await scene.moved(request) == NOTHING

    perform(name, act)


@of_every_hosted_page
@pytest.mark.parametrize("leave_by", [None, CANCEL], ids=["closed", "cancelled"])
@pytest.mark.parametrize("pages", range(5))
def test_leaving_at_any_page_ends_in_what_the_journal_says(
    name: str, pages: int, leave_by: str | None
) -> None:
    async def act(scene: Scene) -> None:
        request = scene.order()
        way = await scene.sent_away(request)
        await Payer(scene).walk(way, pages=pages, leave_by=leave_by)
        await scene.wait(UNTIL_IT_IS_OVER)

        said = await scene.learned(request)

        moved = await scene.moved(request)
        assert moved in (NOTHING, [("debit", 1500)])
        if moved:
            assert isinstance(said, Succeeded)
        else:
            _is_over(scene, said)

    perform(name, act)


@of_every_hosted_page
def test_a_page_that_nobody_opens_ends_by_itself(name: str) -> None:
    async def act(scene: Scene) -> None:
        request = scene.order()
        await scene.sent_away(request)
        await scene.wait(UNTIL_IT_IS_OVER)

        _is_over(scene, await scene.learned(request))

    perform(name, act)


@of_every_hosted_page
def test_the_same_order_has_the_same_way_to_its_page(name: str) -> None:
    async def act(scene: Scene) -> None:
        request = scene.order()
        said = await scene.operator.collect(request)
        assert isinstance(said, Pending)

        first, second = scene.way(request, said), scene.way(request, said)

        assert first == second
        assert first.method in ("GET", "POST")
        assert first.expires_at is not None
        before = len((await scene.stage.control("GET", f"requests?operator={name}"))["data"])
        assert before == (2 if scene.profile.answers_queries else 1)  # looking sends nothing

    perform(name, act)


@of_every_push_collection
def test_who_approves_on_the_phone_is_sent_nowhere(name: str) -> None:
    async def act(scene: Scene) -> None:
        assert scene.operator.hand_over(scene.request(), "M900001") is None

    perform(name, act)


@of_every_hosted_page
@pytest.mark.parametrize("last_two", ["01", "09", "11", "12", "13", "02"])
def test_every_notification_is_acknowledged_and_names_the_order_or_nobody(
    name: str, last_two: str
) -> None:
    """I-36, F-C11: what is forged may be told from what is true, and moves nothing either way."""

    async def act(scene: Scene) -> None:
        request = scene.order()
        await Payer(scene, last_two).walk(await scene.sent_away(request))
        await scene.wait(2)
        callbacks = scene.callbacks()

        named = []
        for callback in callbacks:
            hint = scene.operator.read_callback(callback)
            assert hint.reference in (None, request.reference)
            assert hint.says
            named.append(hint.reference)
            reply = scene.operator.reply_to_callback(callback)
            assert reply.status == 200
            assert simulator_of(name).acknowledges(reply.body)
        assert callbacks
        assert named[-1] == request.reference

    perform(name, act)


@pytest.mark.parametrize(
    "name", [name for name in REDIRECTING if PROFILES[name].refuses_repeated_reference]
)
def test_an_order_placed_twice_is_paid_once(name: str) -> None:
    """F-N14, F-O12."""

    async def act(scene: Scene) -> None:
        request = scene.order()
        ways = [await scene.sent_away(request) for _ in range(2)]
        for way in ways:
            await Payer(scene).walk(way)
        await scene.operator.collect(request)

        assert isinstance(await scene.learned(request), Succeeded)
        assert await scene.moved(request) == [("debit", 1500)]

    perform(name, act)


@of_every_hosted_page
@pytest.mark.parametrize("fault", FAULTS)
def test_no_fault_when_an_order_is_placed_keeps_it_from_being_paid_once(
    name: str, fault: str
) -> None:
    """F-N01, F-N02, F-N05, F-O14: asked about, placed again where it is not there, then paid."""

    async def act(scene: Scene) -> None:
        await scene.plant(fault)
        request = scene.order()
        said = await scene.operator.collect(request)
        assert isinstance(said, Pending | Unknown)
        await scene.stage.control("DELETE", "faults")
        await scene.wait(60)

        found = said if isinstance(said, Pending) else await scene.learned(request)
        assert isinstance(found, Pending | Missing | Unknown)
        if not isinstance(found, Pending):
            assert isinstance(found, Missing) or not scene.profile.answers_queries
            found = await scene.operator.collect(request)
        assert isinstance(found, Pending)
        await Payer(scene).walk(scene.way(request, found))
        await scene.wait(2)

        assert isinstance(await scene.learned(request), Succeeded)
        assert await scene.moved(request) == [("debit", 1500)]

    perform(name, act)


@of_every_hosted_page
@pytest.mark.parametrize("fault", ["error_500", "error_502_html", "drop_after", "truncate_body"])
def test_a_page_that_breaks_under_the_payer_leaves_what_the_journal_says(
    name: str, fault: str
) -> None:
    async def act(scene: Scene) -> None:
        request = scene.order()
        way = await scene.sent_away(request)
        await scene.plant(fault, count=1)
        await Payer(scene).walk(way)
        await scene.stage.control("DELETE", "faults")
        await scene.wait(UNTIL_IT_IS_OVER)

        said = await scene.learned(request)

        if await scene.moved(request):
            assert isinstance(said, Succeeded)
        else:
            _is_over(scene, said)

    perform(name, act)


@of_every_hosted_page_with_queries
def test_a_query_that_fails_for_a_while_is_unknown_until_it_answers(name: str) -> None:
    async def act(scene: Scene) -> None:
        request = scene.order()
        await Payer(scene, "20").walk(await scene.sent_away(request))
        assert isinstance(await scene.learned(request), Unknown)
        await scene.wait(61)

        assert isinstance(await scene.learned(request), Succeeded)

    perform(name, act)


@of_every_hosted_page
def test_where_no_connection_opens_no_order_was_placed(name: str) -> None:
    async def act(stage: Stage) -> None:
        network = Wrapped(stage)
        scene = Scene(PROFILES[name], connected(name, network), stage)
        network.cut = True

        said = await scene.operator.collect(scene.order())
        looked_up = await scene.operator.look_up_collection(scene.order())

        assert isinstance(said, Unknown)
        assert not said.sent
        assert isinstance(looked_up, Unknown)
        assert looked_up.sent

    play(act)


@of_every_hosted_page
def test_fifty_payers_at_once_pay_fifty_orders(name: str) -> None:
    async def act(scene: Scene) -> None:
        async def pay(serial: int) -> None:
            request = scene.order(serial=serial)
            await Payer(scene, f"{serial + 20}").walk(await scene.sent_away(request))
            await scene.wait(2)
            assert isinstance(await scene.learned(request), Succeeded)
            assert await scene.moved(request) == [("debit", 1500)]

        await asyncio.gather(*(pay(serial) for serial in range(1, 51)))

    perform(name, act)


def _is_over(scene: Scene, said: object) -> None:
    """A refusal, or where nobody can be asked and nobody told us, that it is overdue."""
    if scene.profile.answers_queries:
        assert isinstance(said, Refused)
        assert said.operator_code
    else:
        assert isinstance(said, Refused) or (isinstance(said, Unknown) and said.overdue)
