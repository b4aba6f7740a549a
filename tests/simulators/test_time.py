"""The simulators' time: one queue, in order, moved ahead on demand; and the network in process."""

import asyncio
from collections.abc import Callable, Coroutine

import pytest

from cross.outbound import HttpRequest, NoAnswer
from cross.simulation.asgi import Receive, Scope, Send
from cross.simulation.loopback import AsgiOutbound
from cross.simulation.timers import Timers
from tests.simulators.stage import NOON, PatientLoop


def run(act: Callable[[], Coroutine[object, object, None]]) -> None:
    with asyncio.Runner(loop_factory=PatientLoop) as runner:
        runner.run(act())


def test_what_falls_due_is_done_in_order_each_at_its_own_time() -> None:
    async def act() -> None:
        timers = Timers(lambda: NOON)
        done: list[object] = []
        timers.after(30, lambda: done.append((timers.now() - NOON).total_seconds()))
        timers.after(10, lambda: timers.after(5, lambda: done.append("after 15")))
        timers.after(10, lambda: done.append("second at 10"))
        timers.advance(29)
        assert done == ["second at 10", "after 15"]
        timers.advance(100)
        assert done[2] == pytest.approx(30)
        assert (timers.now() - NOON).total_seconds() == pytest.approx(129)

    run(act)


def test_time_also_passes_by_itself() -> None:
    async def act() -> None:
        timers = Timers(lambda: NOON)
        done: list[int] = []
        timers.after(2, lambda: done.append(2))
        timers.after(1, lambda: done.append(1))
        await asyncio.sleep(1.5)
        assert done == [1]
        await timers.sleep(1)
        assert done == [1, 2]

    run(act)


def test_what_was_to_come_is_forgotten_on_demand() -> None:
    async def act() -> None:
        timers = Timers(lambda: NOON)
        done: list[int] = []
        timers.after(1, lambda: done.append(1))
        task = timers.start(asyncio.sleep(100))
        timers.clear()
        await asyncio.sleep(5)
        assert done == []
        assert task.cancelled()

    run(act)


async def _silent(_: Scope, receive: Receive, __: Send) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _absent(_: Scope, __: Receive, ___: Send) -> None:
    return


@pytest.mark.parametrize(
    ("url", "sent", "seconds"),
    [("http://silent/x", True, 7), ("http://absent/x", True, 0), ("http://nobody/x", False, 0)],
)
def test_silence_is_no_answer(url: str, *, sent: bool, seconds: int) -> None:
    async def act() -> None:
        outbound = AsgiOutbound({"http://silent": _silent, "http://absent": _absent})
        with pytest.raises(NoAnswer) as silence:
            await outbound.send(HttpRequest("GET", url, deadline_seconds=7))
        assert silence.value.sent == sent
        assert asyncio.get_running_loop().time() == pytest.approx(seconds)
        await outbound.settle()

    run(act)
