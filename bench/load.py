"""The load's own process: `python -m bench.load SWITCH SIMULATORS`, an order a line, in JSON.

Closed loop: no more than so many transfers are under way, from the request until the recipient
has the money. Open loop: one at each moment of a fixed schedule, whatever became of the others,
and every latency counts from the moment of the schedule.
"""

import asyncio
import json
import sys
import time
from collections.abc import Iterator, Sequence
from typing import Any, Final, TypeAlias

import uvloop

from bench.connection import Connections
from bench.gateway import Bank
from bench.serving import say
from bench.traffic import question, transfer_request
from bench.watch import Watch, all_completed

CONNECTIONS_MAX: Final = 64
LAST: Final = 64
START_SECONDS: Final = 0.1
ACCEPTED: Final = 202
OK: Final = 200

Order: TypeAlias = dict[str, Any]
Accepted: TypeAlias = tuple[bytes, float]
"""The body of a 202, and the seconds until it came."""


class Load:
    """Sends transfers, and waits for what becomes of them."""

    def __init__(self, switch: str, simulators: str) -> None:
        self._switch = switch
        self._simulators = simulators
        self._connections = Connections(switch)
        self._bank = Bank(switch)
        self._clock = time.perf_counter  # finer than the loop's own, which counts milliseconds

    async def obey(self, order: Order) -> Order:
        """What came of one order."""
        bank_rate = order.get("bank_rate", 0)
        match order["do"]:
            case "closed":
                async with self._bank.credits(bank_rate):
                    return await self._closed(order["first"], order["count"], order["window"])
            case "offered":
                async with self._bank.credits(bank_rate):
                    return await self._offered(order["first"], order["count"], order["rate"])
            case "bank":
                return {"credit_seconds": self._bank.credit_seconds}
            case "read":
                return await self._read(order["path"], order["times"])
            case other:
                raise ValueError(f"an unknown order: {other}")

    async def _closed(self, first: int, count: int, window: int) -> Order:
        watch = await Watch.begin(self._simulators)
        room = asyncio.Semaphore(window)
        numbers = iter(range(first, first + count))
        accepted: list[Accepted] = []
        began_at = time.time()
        async with asyncio.TaskGroup() as group:
            for _ in range(min(window, CONNECTIONS_MAX, count)):
                group.create_task(self._work(room, numbers, accepted))
            before = 0
            async for done in watch.until(count):
                for _ in range(done - before):
                    room.release()
                before = done
        return {"began_at": began_at, **await self._ended(accepted)}

    async def _work(
        self, room: asyncio.Semaphore, numbers: Iterator[int], accepted: list[Accepted]
    ) -> None:
        while True:
            await room.acquire()
            number = next(numbers, None)
            if number is None:
                room.release()
                return
            asked = self._clock()
            body = await self._ask(transfer_request(number), ACCEPTED)
            accepted.append((body, self._clock() - asked))

    async def _offered(self, first: int, count: int, rate: float) -> Order:
        watch = await Watch.begin(self._simulators)
        start = self._clock() + START_SECONDS
        wall = time.time() - self._clock()
        late: list[float] = []
        asked: list[asyncio.Task[Accepted]] = []
        for place in range(count):
            at = start + place / rate
            if (early := at - self._clock()) > 0:
                await asyncio.sleep(early)
            late.append(self._clock() - at)
            asked.append(asyncio.create_task(self._ask_at(at, transfer_request(first + place))))
        accepted = await asyncio.gather(*asked)
        async for _ in watch.until(count):
            pass
        return {
            "scheduled_at": [wall + start + place / rate for place in range(count)],
            "late_seconds": late,
            **await self._ended(accepted),
        }

    async def _ask_at(self, at: float, request: bytes) -> Accepted:
        body = await self._ask(request, ACCEPTED)
        return body, self._clock() - at

    async def _ask(self, request: bytes, expected: int) -> bytes:
        answer = await self._connections.ask(request)
        if answer.status != expected:
            raise ValueError(f"{answer.status} {answer.body[:300]!r} to {request[:80]!r}")
        return answer.body

    async def _ended(self, accepted: Sequence[Accepted]) -> Order:
        """Waits for what the switch writes after the last credit; the clock has stopped by then."""
        ids = [json.loads(body)["id"] for body, _ in accepted]
        await all_completed(self._switch, ids[-LAST:])
        return {"ids": ids, "accept_seconds": [took for _, took in accepted]}

    async def _read(self, path: str, times: int) -> Order:
        """One question so many times, one after the other; the first few are not counted."""
        request, took, body = question(path), [], b""
        for _ in range(times):
            asked = self._clock()
            body = await self._ask(request, OK)
            took.append(self._clock() - asked)
        return {"read_seconds": took[times // 10 :], "bytes": len(body)}


async def main(switch: str, simulators: str) -> None:
    """Obeys until standard input ends."""
    load = Load(switch, simulators)
    orders = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(orders), sys.stdin
    )
    say({"url": ""})
    while line := await orders.readline():
        say(await load.obey(json.loads(line)))


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:3]))
