"""A kept-alive HTTP/1.1 connection that asks one thing at a time, as cheaply as Python can."""

import asyncio
from typing import Final, NamedTuple, cast
from urllib.parse import urlsplit

from httptools import HttpResponseParser

CONNECTIONS_MAX: Final = 256
IDLE_SECONDS: Final = 2.0  # servers close a connection unused for 5 s (uvicorn), or later if busy


class Answer(NamedTuple):
    """A whole answer."""

    status: int
    body: bytes


class Connection(asyncio.Protocol):
    """One connection; `ask` again only after the answer before has come."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport
        self._asked: asyncio.Future[Answer] | None = None
        self._parser: HttpResponseParser
        self._parts: list[bytes] = []
        self.is_open = False

    async def ask(self, request: bytes) -> Answer:
        """The answer; raises `ConnectionError` where the connection was lost before it."""
        self._asked = asyncio.get_running_loop().create_future()
        self._parser = HttpResponseParser(self)
        self._parts = []
        self._transport.write(request)
        return await self._asked

    def close(self) -> None:
        """Nothing more is asked."""
        self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by the loop."""
        # uvloop's transports are asyncio's in all but the class.
        self._transport, self.is_open = cast("asyncio.Transport", transport), True

    def connection_lost(self, exc: Exception | None) -> None:
        """Called by the loop."""
        self.is_open = False
        if self._asked is not None and not self._asked.done():
            self._asked.set_exception(ConnectionError(f"the connection was lost: {exc}"))

    def data_received(self, data: bytes) -> None:
        """Called by the loop."""
        self._parser.feed_data(data)

    def on_body(self, body: bytes) -> None:
        """Called by the parser."""
        self._parts.append(body)

    def on_message_complete(self) -> None:
        """Called by the parser."""
        if self._asked is not None and not self._asked.done():
            self._asked.set_result(Answer(self._parser.get_status_code(), b"".join(self._parts)))


class Connections:
    """Connections to one server, as many as a large client has; the last used is used next."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._address = str(parts.hostname), int(parts.port or 80)
        self._idle: list[tuple[Connection, float]] = []
        self._room = asyncio.Semaphore(CONNECTIONS_MAX)

    async def ask(self, request: bytes) -> Answer:
        """The answer, on the first connection that is free; raises `ConnectionError`."""
        async with self._room:
            return await self._ask(request)

    async def ask_once(self, request: bytes) -> Answer:
        """The answer, on a connection of its own that ends with it."""
        connection = await self._connect()
        try:
            return await connection.ask(request)
        finally:
            connection.close()

    async def _ask(self, request: bytes) -> Answer:
        clock = asyncio.get_running_loop().time
        connection = None
        while self._idle and connection is None:
            last, since = self._idle.pop()
            is_fresh = last.is_open and clock() < since + IDLE_SECONDS
            connection = last if is_fresh else None
        answer = await (connection := connection or await self._connect()).ask(request)
        self._idle.append((connection, clock()))
        return answer

    async def _connect(self) -> Connection:
        create = asyncio.get_running_loop().create_connection
        _, connection = await create(Connection, *self._address)
        return connection
