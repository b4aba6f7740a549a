"""The door out over real HTTP/1.1: the only module that opens a connection.

Our own on top of httptools' parser because it is on the hot path: docs/decisions has the figures.
One request at a time on a connection; connections are kept and used again. Nothing is ever sent
twice: a connection that ends without an answer is an answer that never came.
"""

import asyncio
import re
import ssl
from collections import deque
from datetime import UTC, datetime
from functools import lru_cache
from math import inf
from typing import Final, TypeAlias, cast
from urllib.parse import urlsplit

import httptools

from cross.outbound import ANSWER_BYTES_MAX, HttpRequest, HttpResponse, NoAnswer
from cross.outbound_names import Names, Resolve, first_of, system_resolve

CONNECTIONS_MAX: Final = 256
"""To one origin; further requests wait their turn within their deadline."""

READ_BYTES_MAX: Final = ANSWER_BYTES_MAX + 64 * 1024
"""Of one answer, its head and what frames its chunks included."""

IDLE_SECONDS: Final = 4.0
"""A connection unused for so long is not trusted: servers close theirs after 5 s (uvicorn)."""

ADDRESS: Final = re.compile(r"(https?://[!-\"$-.0->@-~]+)((?:[/?][!-\"$-~]*)?)", re.IGNORECASE)
"""Scheme and host, then path and query; visible ASCII only, and no fragment (RFC 9112, 3.2)."""

FRAMING: Final = (b"content-length", b"transfer-encoding")
"""Headers that tell where an answer ends; without one it ends with the connection."""

NO_ADDRESS: Final = "not an http address"

Origin: TypeAlias = tuple[str, int, bool]


POOLS_MAX: Final = 512
"""Origins whose connections are kept; webhooks go to as many as there are merchants."""


async def certificate_end(host: str, port: int) -> datetime:
    """Until when a server's certificate holds; raises `OSError` where it does not now."""
    secured = ssl.create_default_context()
    _, writer = await asyncio.open_connection(host, port, ssl=secured)
    told = writer.get_extra_info("peercert")
    writer.close()
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(str(told["notAfter"])), UTC)


class HttpOutbound:
    """Sends requests over pooled connections; use it within one running loop, and close it.

    `read_bytes`: of an answer that is longer only so much is read, and it is the answer all the
    same; without it a longer one than `ANSWER_BYTES_MAX` is none.
    """

    def __init__(
        self,
        *,
        tls: ssl.SSLContext | None = None,
        read_bytes: int | None = None,
        resolve: Resolve = system_resolve,
    ) -> None:
        self._tls = tls or ssl.create_default_context()
        self._read_bytes = read_bytes
        self._names = Names(resolve)
        self._pools: dict[tuple[Origin, str | None], _Pool] = {}

    async def send(self, request: HttpRequest) -> HttpResponse:
        """The whole answer within the deadline; raises `NoAnswer`."""
        return await self.send_to(None, request)

    async def send_to(self, address: str | None, request: HttpRequest) -> HttpResponse:
        """As `send`, by a connection to that very address, whatever the host's name leads to."""
        origin, head = _address_of(request, again=address is None)
        pool = self._pools.get((origin, address))
        if pool is None:
            pool = self._new_pool(origin, address)
        loop = asyncio.get_running_loop()
        ends_at = loop.time() + request.deadline_seconds
        connection = await pool.take(ends_at)
        try:
            response = await connection.exchange(head + request.body, ends_at)
        except BaseException:
            connection.abandon()
            raise
        finally:
            pool.give_back(connection)
        return response

    def _new_pool(self, origin: Origin, address: str | None) -> "_Pool":
        if len(self._pools) >= POOLS_MAX:
            oldest = next(iter(self._pools))
            self._pools.pop(oldest).close()
        tls = self._tls if origin[2] else None
        pool = _Pool(origin, tls, names=self._names, address=address, read_bytes=self._read_bytes)
        self._pools[origin, address] = pool
        return pool

    async def close(self) -> None:
        """Closes every idle connection; those in use close when their request ends."""
        for pool in self._pools.values():
            pool.close()


class _Pool:
    """The connections to one origin, the last used first, and who waits for one."""

    def __init__(
        self,
        origin: Origin,
        tls: ssl.SSLContext | None,
        *,
        names: Names,
        address: str | None = None,
        read_bytes: int | None = None,
    ) -> None:
        self._origin = origin
        self._tls = tls
        self._names = names
        self._host = address or origin[0]
        self._read_bytes = read_bytes
        self._idle: list[_Connection] = []
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._open = 0
        self._closed = False

    async def take(self, ends_at: float) -> "_Connection":
        loop = asyncio.get_running_loop()
        while True:
            while self._idle:
                connection = self._idle.pop()
                if connection.is_usable(loop.time() - IDLE_SECONDS):
                    return connection
                connection.abandon()
                self._open -= 1
            if self._open < CONNECTIONS_MAX:
                self._open += 1
                return await self._connect(ends_at)
            await self._wait_for_turn(ends_at)

    def give_back(self, connection: "_Connection") -> None:
        if connection.is_usable(0.0) and not self._closed:
            self._idle.append(connection)
        else:
            connection.abandon()
            self._open -= 1
        self._wake_one()

    def close(self) -> None:
        self._closed = True
        while self._idle:
            self._idle.pop().abandon()
            self._open -= 1

    async def _connect(self, ends_at: float) -> "_Connection":
        try:
            return await self._connected(ends_at)
        except BaseException:
            self._open -= 1
            self._wake_one()
            raise

    async def _connected(self, ends_at: float) -> "_Connection":
        try:
            async with asyncio.timeout_at(ends_at):
                addresses = await self._names.addresses_of(self._host, self._origin[1])
                return await first_of(addresses, self._connection_to, ends_at)
        except TimeoutError:
            raise NoAnswer("no connection within the deadline", sent=False) from None
        except (OSError, ValueError) as error:  # ValueError: no such name can be looked up
            raise NoAnswer(f"no connection: {type(error).__name__}", sent=False) from None

    async def _connection_to(self, address: str) -> "_Connection":
        _, connection = await asyncio.get_running_loop().create_connection(
            lambda: _Connection(self._read_bytes),
            address,
            self._origin[1],
            ssl=self._tls,
            server_hostname=self._server_name(),
        )
        return connection

    def _server_name(self) -> str | None:
        return self._origin[0] if self._tls else None

    async def _wait_for_turn(self, ends_at: float) -> None:
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            async with asyncio.timeout_at(ends_at):
                await turn
        except BaseException as ended:
            if not turn.cancelled():
                self._wake_one()  # the turn had come: it is the next one's
            if isinstance(ended, TimeoutError):
                raise NoAnswer("no free connection within the deadline", sent=False) from None
            raise

    def _wake_one(self) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return


class _Connection(asyncio.Protocol):
    """One connection, and the answer that is being read from it."""

    def __init__(self, read_bytes: int | None = None) -> None:
        self._read_bytes = read_bytes
        self._transport: asyncio.Transport | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._answer: asyncio.Future[HttpResponse] | None = None
        self._headers: list[tuple[str, str]] = []
        self._chunks: list[bytes] = []
        self._size = 0
        self._read = 0
        self._framed = self._until_close = False
        self._keep = True
        self._used_at = 0.0
        self._ends_at = inf
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = inf

    def is_usable(self, not_before: float) -> bool:
        """Whether another request may be sent on it."""
        open_ = self._transport is not None and not self._transport.is_closing()
        return open_ and self._keep and self._answer is None and self._used_at >= not_before

    def abandon(self) -> None:
        """Closes it; whatever still comes is not read."""
        if self._transport is not None:
            self._transport.abort()

    async def exchange(self, content: bytes, ends_at: float) -> HttpResponse:
        """Sends one request and waits for its whole answer, until that moment at most."""
        if self._transport is None or self._transport.is_closing():
            raise NoAnswer("the connection closed", sent=False)
        loop = asyncio.get_running_loop()
        self._answer, self._read, self._ends_at = loop.create_future(), 0, ends_at
        if ends_at < self._timer_at:
            self._set_timer()
        self._transport.write(content)
        try:
            return await self._answer
        finally:
            self._used_at = loop.time()
            self._answer, self._ends_at = None, inf

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Asyncio: the connection is there."""
        self._transport = cast(asyncio.Transport, transport)
        self._used_at = asyncio.get_running_loop().time()

    def connection_lost(self, exc: Exception | None) -> None:
        """Asyncio: it is gone; an answer without length ends here, any other is torn off."""
        self._keep = False
        if self._timer is not None:
            self._timer.cancel()
        if exc is None and self._until_close:
            self._complete()
        else:
            self._fail("the connection was lost before the whole answer")

    def data_received(self, data: bytes) -> None:
        """Asyncio: some of the answer."""
        if self._nobody_asks():
            self.abandon()
            return
        self._read += len(data)
        if self._read > READ_BYTES_MAX:
            self._fail("the answer is too long")
            return
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._fail("the answer is not HTTP")

    def on_message_begin(self) -> None:
        """Httptools: an answer begins; a second one spoils the connection (F-N06)."""
        if self._nobody_asks():
            self.abandon()
        self._headers, self._chunks, self._size = [], [], 0
        self._framed = False

    def on_header(self, name: bytes, value: bytes) -> None:
        """Httptools: one header."""
        self._headers.append((name.decode("latin-1"), value.decode("latin-1")))
        if name.lower() in FRAMING:
            self._framed = True

    def on_headers_complete(self) -> None:
        """Httptools: all headers are there."""
        self._until_close = not self._framed

    def on_body(self, body: bytes) -> None:
        """Httptools: some of the body."""
        self._size += len(body)
        if self._size > (self._read_bytes or ANSWER_BYTES_MAX):
            self._too_long(body)
        else:
            self._chunks.append(body)

    def on_message_complete(self) -> None:
        """Httptools: the answer is whole; an interim one (1xx) is not the answer."""
        self._until_close = False
        if self._parser.get_status_code() >= 200:  # noqa: PLR2004  RFC 9110: 1xx are interim
            self._keep = self._parser.should_keep_alive()
            self._complete()

    def _set_timer(self) -> None:
        """One a connection and not one a request: most requests end long before their deadline."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer_at = self._ends_at
        self._timer = asyncio.get_running_loop().call_at(self._timer_at, self._look_at_clock)

    def _look_at_clock(self) -> None:
        self._timer, self._timer_at = None, inf
        if self._ends_at <= asyncio.get_running_loop().time():
            self._fail("no answer within the deadline")
        elif self._ends_at < inf:
            self._set_timer()

    def _nobody_asks(self) -> bool:
        return self._answer is None or self._answer.done()

    def _complete(self) -> None:
        if self._answer is not None and not self._answer.done():
            status = self._parser.get_status_code()
            body = self._chunks[0] if len(self._chunks) == 1 else b"".join(self._chunks)
            self._answer.set_result(HttpResponse(status, body, tuple(self._headers)))

    def _too_long(self, body: bytes) -> None:
        """Where the beginning is enough the rest is not read; else there is no answer."""
        if self._read_bytes is None:
            self._fail("the answer is too long")
            return
        self._keep = False
        self._chunks.append(body[: len(body) - (self._size - self._read_bytes)])
        self._complete()
        self.abandon()

    def _fail(self, detail: str) -> None:
        self._keep = False
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(NoAnswer(detail, sent=True))


@lru_cache(maxsize=256)
def _origin_of(scheme_and_host: str) -> tuple[Origin, str]:
    try:
        url = urlsplit(scheme_and_host)
        host, port, secure = url.hostname, url.port, url.scheme == "https"
    except ValueError:
        host = None
    if host is None or url.username is not None:
        raise NoAnswer(NO_ADDRESS, sent=False)
    return (host, port or (443 if secure else 80), secure), url.netloc


def _address_of(request: HttpRequest, *, again: bool) -> tuple[Origin, bytes]:
    """Where to connect, and the head of the request; refuses what would forge another header.

    `again`: such headers come again, so they are remembered; a webhook's never do.
    """
    url = ADDRESS.fullmatch(request.url)
    if url is None:
        raise NoAnswer(NO_ADDRESS, sent=False)
    origin, host = _origin_of(url[1])
    slash = "" if url[2].startswith("/") else "/"
    line = _one_line(f"{request.method} {slash}{url[2]} HTTP/1.1")
    length = b"Content-Length: %d\r\n\r\n" % len(request.body)
    headers_of = _headers_of if again else _headers_of.__wrapped__
    return origin, line + headers_of(host, request.headers) + length


@lru_cache(maxsize=64)
def _headers_of(host: str, headers: tuple[tuple[str, str], ...]) -> bytes:
    """Kept because most requests to an operator carry the same ones."""
    return b"".join([_one_line(f"{name}: {value}") for name, value in (("Host", host), *headers)])


def _one_line(text: str) -> bytes:
    try:
        line = text.encode("latin-1")
    except UnicodeEncodeError:
        raise NoAnswer("a letter that a header cannot have", sent=False) from None
    if b"\r" in line or b"\n" in line or b"\0" in line:
        raise NoAnswer("a line break or NUL in the request's head", sent=False)
    return line + b"\r\n"
