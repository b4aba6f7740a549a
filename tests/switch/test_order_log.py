"""The log of an order: what is exchanged while it is tried, kept after the money."""

import asyncio
from contextlib import suppress
from pathlib import Path

from cross.domain.movement import Movement
from cross.domain.order import Order
from cross.outbound import HttpRequest, HttpResponse, NoAnswer
from cross.storage.store import OrderNotes, StoreUnavailable, Verdict, Write
from cross.switch import exchanges, order_log, orders
from cross.switch.exchanges import EXCHANGES_MAX, Overheard
from cross.switch.order_log import Note
from tests.conftest import NewStore, Run
from tests.switch import ordering
from tests.switch.ordering import shop
from tests.world import MERCHANT, World, until

QUERY = HttpRequest("GET", "https://operator.example/status?id=1")


class Operator:
    """Answers with a figure that is another each time, and once with something else."""

    def __init__(self) -> None:
        self.asked = 0

    async def send(self, request: HttpRequest) -> HttpResponse:
        self.asked += 1
        if request.method == "POST":
            raise NoAnswer("read timeout", sent=True)
        return HttpResponse(200, f'{{"state":"pending","at":{self.asked}}}'.encode())


async def tried(world: World) -> tuple[Order, Movement]:
    order = await ordering.order(world.switch)
    attempt = await ordering.attempt(world.switch, order)
    await ordering.until_stored(world.switch, order, "paid")
    await until(lambda: not world.switch.tasks)
    return order, attempt


async def exchanged(world: World, order: Order) -> int:
    entries = await order_log.entries(world.switch, order)
    return sum(entry.type == "exchange" for entry in entries)


def test_what_is_asked_over_and_over_is_kept_until_it_is_no_news(
    new_store: NewStore, run: Run, tmp_path: Path
) -> None:
    async def scenario() -> None:
        async with shop(tmp_path, new_store()) as world:
            order, attempt = await tried(world)
            before = await exchanged(world, order)
            door = Overheard(Operator())
            for _ in range(3 * EXCHANGES_MAX):
                with exchanges.kept(world.switch, attempt):
                    await door.send(QUERY)
            await until(lambda: not world.switch.tasks)

            assert await exchanged(world, order) == EXCHANGES_MAX + 1
            assert before < EXCHANGES_MAX

    run(scenario())


def test_silence_is_kept_too_and_nothing_once_nobody_listens(run: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with shop(tmp_path) as world:
            order, attempt = await tried(world)
            before = await exchanged(world, order)
            door = Overheard(Operator())
            with exchanges.kept(world.switch, attempt), suppress(NoAnswer):
                await door.send(HttpRequest("POST", "https://operator.example/debit"))
            await door.send(QUERY)
            await until(lambda: not world.switch.tasks)
            entries = await order_log.entries(world.switch, order)

            assert await exchanged(world, order) == before + 1
            assert entries[-1].data["response"]["silence"] == "read timeout"

    run(scenario())


def test_a_log_that_cannot_be_written_stops_no_money(run: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with shop(tmp_path) as world:
            switch = world.switch
            record = switch.recorder.record

            def refuse_notes(write: Write) -> "asyncio.Future[Verdict]":
                if isinstance(write, OrderNotes):
                    raise StoreUnavailable("no room for notes")
                return record(write)

            switch.recorder.record = refuse_notes  # type: ignore[method-assign]
            order = await ordering.order(switch)
            await ordering.attempt(switch, order)
            await ordering.until_stored(switch, order, "paid")

    run(scenario())


def test_a_page_may_say_the_same_thing_often(new_store: NewStore, run: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with shop(tmp_path, new_store()) as world:
            order = await ordering.order(world.switch)
            said = Note("opened", "the payer opened the page", {"pin": "1234"}, once="opened")
            for _ in range(5):
                order_log.note_in_passing(world.switch, order, said)
            await asyncio.gather(*(order_log.note(world.switch, order, said) for _ in range(3)))
            await until(lambda: not world.switch.tasks)
            stands = await orders.find(world.switch, order.id, merchant=MERCHANT)
            entries = await order_log.entries(world.switch, stands.order)

            assert [entry.type for entry in entries] == ["created", "opened"]
            assert "1234" not in str(entries[1].data)

    run(scenario())
