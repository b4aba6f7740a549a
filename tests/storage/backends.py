"""PostgreSQL's own processes as a test sees them, and a network between them and the store."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

import psycopg

SOCKET: Final = ".s.PGSQL.5432"  # PostgreSQL's name for its socket
READY: Final = b"Z\x00\x00\x00\x05"  # protocol 3: ReadyForQuery: all of it was answered
CALL: Final = b"record_batch"


async def until(condition: Callable[[], Awaitable[Sequence[int]]]) -> Sequence[int]:
    """What the condition gives, once it gives something."""
    async with asyncio.timeout(20):
        while not (found := await condition()):
            await asyncio.sleep(0.01)
    return found


async def waiting_backends(url: str) -> Sequence[int]:
    """Process ids of server processes that wait for a lock in the schema of that address."""
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        cursor = await connection.execute(
            "SELECT DISTINCT l.pid FROM pg_locks l JOIN pg_stat_activity a USING (pid)"
            " JOIN pg_locks held ON held.pid = l.pid"
            " WHERE NOT l.granted AND a.wait_event_type = 'Lock'"
            " AND held.relation = 'accounts'::regclass"
        )
        return [row[0] for row in await cursor.fetchall()]


class Network:
    """A socket that forwards to the server, until it is told to lose one batch or its answer."""

    def __init__(self, folder: Path, server_folder: str) -> None:
        self.folder = folder
        self._server = str(Path(server_folder) / SOCKET)
        self._writers: list[asyncio.StreamWriter] = []
        self._listening: asyncio.Server
        self._late: list[tuple[asyncio.StreamWriter, bytes]] = []
        self.lose_answer = 0
        self.lose_call = 0
        self.delay_call = 0
        self.refuse = 0

    async def start(self) -> None:
        """Listens where the store will look for the server."""
        self._listening = await asyncio.start_unix_server(self._accept, self.folder / SOCKET)

    async def stop(self) -> None:
        """Ends every connection."""
        self._listening.close()
        for writer in self._writers:
            writer.close()
        for writer in self._writers:
            with suppress(ConnectionError):
                await writer.wait_closed()

    def break_all(self) -> None:
        """Ends what is there: on a new connection the call that is to be lost is spelt out again.

        From the fifth time on a connection names a statement that it prepared.
        """
        for writer in self._writers:
            writer.close()
        self._writers.clear()

    async def deliver_late(self) -> None:
        """What was under way when the connection broke arrives after all."""
        for writer, data in self._late:
            writer.write(data)

    async def _accept(self, near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        self._writers.append(back)
        if self.refuse:
            self.refuse -= 1
            back.close()
            return
        answers, far = await asyncio.open_unix_connection(self._server)
        self._writers.append(far)
        answering = asyncio.ensure_future(_forward(answers, back))
        while data := await _heard(near):
            if CALL in data and await self._loses(data, answering, answers, far):
                break
            far.write(data)
        answering.cancel()
        back.close()
        if not self._late:
            far.close()

    async def _loses(
        self,
        data: bytes,
        answering: "asyncio.Future[None]",
        answers: asyncio.StreamReader,
        far: asyncio.StreamWriter,
    ) -> bool:
        if self.lose_call:
            self.lose_call -= 1
            far.close()
            return True
        if self.delay_call:
            self.delay_call -= 1
            self._late.append((far, data))
            return True
        if self.lose_answer:
            self.lose_answer -= 1
            answering.cancel()
            with suppress(asyncio.CancelledError):
                await answering
            far.write(data)
            heard = b""
            while READY not in heard:
                more = await answers.read(1 << 20)
                if not more:
                    break
                heard += more
            return True
        return False


async def _heard(near: asyncio.StreamReader) -> bytes:
    """What the store says next; nothing where it has hung up in whatever way."""
    with suppress(ConnectionError):
        return await near.read(1 << 20)
    return b""


async def _forward(source: asyncio.StreamReader, to: asyncio.StreamWriter) -> None:
    while data := await source.read(1 << 20):
        to.write(data)
    to.close()
