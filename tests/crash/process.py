"""Real processes from the outside: born, told apart, signalled, and never left behind."""

import asyncio
import itertools
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import IO, Any, Final

ROOT: Final = Path(__file__).resolve().parents[2]
START_SECONDS: Final = 30.0


class Process:
    """One process. `ready` holds its address, or the reason why it refused to start."""

    def __init__(self, number: int, log: Path, orders: IO[bytes]) -> None:
        loop = asyncio.get_running_loop()
        self.number = number
        self.log = log
        self.ready: asyncio.Future[str] = loop.create_future()
        self.ended: asyncio.Future[int] = loop.create_future()
        self._orders = orders

    @property
    def is_alive(self) -> bool:
        """Whether its end was not told yet."""
        return not self.ended.done()

    def signal(self, number: int) -> None:
        """Sends a signal by the process's own descriptor: never to another of the same number."""
        _order(self._orders, {"number": self.number, "signal": int(number)})

    async def kill(self) -> None:
        """`kill -9`; returns once it is gone."""
        self.signal(signal.SIGKILL)
        await self.ended

    async def told_ready(self) -> str:
        """Its address once it answers; raises `ProcessRefused` where it would not start."""
        first: list[asyncio.Future[Any]] = [self.ready, self.ended]
        async with asyncio.timeout(START_SECONDS):
            await asyncio.wait(first, return_when=asyncio.FIRST_COMPLETED)
        if not self.ready.done():
            raise ProcessRefused(f"ended with {self.ended.result()}: {self.last_words()}")
        return self.ready.result()

    def last_words(self) -> str:
        """The end of its log."""
        return self.log.read_text(errors="replace")[-3_000:]


class ProcessRefused(Exception):
    """A process that would not start, and why."""


class Nursery:
    """The process that bears all others (`tests.crash.nursery`); all end with it."""

    def __init__(self, folder: Path) -> None:
        self._errors = folder / "nursery.log"
        with self._errors.open("ab") as errors:
            self._child = subprocess.Popen(
                [sys.executable, "-m", "tests.crash.nursery", str(os.getpid())],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
            )
        self._numbers = itertools.count(1)
        self._alive: dict[int, Process] = {}
        self._heard = b""

    @asynccontextmanager
    async def attended(self) -> AsyncIterator[None]:
        """News is heard within the block; at its end every process that is left is killed."""
        loop = asyncio.get_running_loop()
        news = _pipe(self._child.stdout)
        os.set_blocking(news.fileno(), False)
        loop.add_reader(news.fileno(), self._hear)
        try:
            yield
        finally:
            for process in list(self._alive.values()):
                await process.kill()
            loop.remove_reader(news.fileno())

    def bear(self, program: str, plan: Mapping[str, Any], *, log: Path) -> Process:
        """A new process that runs the program; it is not ready yet."""
        process = Process(next(self._numbers), log, _pipe(self._child.stdin))
        self._alive[process.number] = process
        order = {"number": process.number, "program": program, "plan": plan, "log": str(log)}
        _order(_pipe(self._child.stdin), order)
        return process

    def close(self) -> None:
        """Ends the nursery, and with it everything that it bore."""
        _pipe(self._child.stdin).close()
        self._child.wait()
        _pipe(self._child.stdout).close()

    def _hear(self) -> None:
        read = os.read(_pipe(self._child.stdout).fileno(), 65_536)
        if not read:
            raise ProcessRefused(f"the nursery ended: {self._errors.read_text()}")
        *lines, self._heard = (self._heard + read).split(b"\n")
        for line in lines:
            self._take(json.loads(line))

    def _take(self, news: Mapping[str, Any]) -> None:
        process = self._alive[news["number"]]
        if "ready" in news:
            process.ready.set_result(news["ready"])
        elif "refused" in news:
            process.ready.set_exception(ProcessRefused(news["refused"]))
            process.ready.exception()  # told to whoever waits, if anyone does
        else:
            del self._alive[process.number]
            process.ended.set_result(news["ended"])


def _order(orders: IO[bytes], order: Mapping[str, Any]) -> None:
    orders.write(json.dumps(order).encode() + b"\n")
    orders.flush()


def _pipe(pipe: "IO[bytes] | None") -> "IO[bytes]":
    assert pipe is not None
    return pipe
