"""One connection of the server: what httptools parses becomes exchanges, answered in their order.

Every phase of a request has its deadline, so that a socket that is slow on purpose is closed
(F-R01 to F-R03). One timer a connection looks at the clock now and then, not one a request.
"""

import asyncio
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from math import inf
from traceback import extract_tb
from typing import Any, Final, cast

import httptools
import structlog

from cross.inbound.exchange import ASGI, BODY_KEPT_BYTES, LARGE_BYTES, Exchange, plain_answer
from cross.inbound.shared import Shared
from cross.inbound.target import target_of
from cross.switch.limits import source_of

HEAD_BYTES_MAX: Final = 16 * 1024  # money-safety.md, S-API-11
"""Of a request's target and headers (F-R05)."""

HEADERS_MAX: Final = 64  # S-API-11
_HEAD_END: Final = b"\r\n\r\n"

log = structlog.get_logger("cross.inbound")


class InboundConnection(asyncio.Protocol):
    """One connection."""

    def __init__(self, shared: Shared, peer: str) -> None:
        self.write_paused = False
        self.drained: asyncio.Event  # of the last pause
        self._shared = shared
        self._patience = shared.patience
        self._loop = asyncio.get_running_loop()
        self._parser = httptools.HttpRequestParser(self)
        self._transport: asyncio.Transport
        self._ends: dict[str, Any]
        self._timer: asyncio.TimerHandle
        self._due = self._taken_by = inf  # `_taken_by`: all of what is being sent
        self._poured: bytes | memoryview = b""  # of an answer: what is not taken yet
        self._target = self._unseen = b""  # `_unseen`: what came, and waits for its turn
        self._headers: list[tuple[bytes, bytes]]
        self._expects_continue = False
        self._in_request = False  # some of it is here, not all
        self._has_asked = False  # a first request has come whole
        self._read_bytes = 0  # of it
        self._reading: Exchange | None = None  # its headers are here
        self._answering: Exchange | None = None
        self._waiting: list[Exchange] = []
        self._refusal = 0  # what to say once all before it is answered
        self._read_paused = self._deaf = self._stopping = self._has_turn = False
        self._peer, guests = peer, shared.guests
        self._is_proxy, self._is_stranger = guests.is_proxy(peer), not guests.knows(peer)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Asyncio: somebody has connected."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's are, but for the class
        ours, theirs = transport.get_extra_info("sockname"), transport.get_extra_info("peername")
        self._ends = {
            "type": "http",
            "asgi": ASGI,
            "scheme": "https" if transport.get_extra_info("sslcontext") else "http",
            "root_path": "",
            "server": tuple(ours[:2]) if isinstance(ours, tuple) else None,
            "client": tuple(theirs[:2]) if isinstance(theirs, tuple) else None,
        }
        self._shared.connections.add(self)
        self._due_in(self._patience.head_seconds)
        self._timer = self._loop.call_later(self._patience.shortest_seconds, self._look_at_clock)

    def connection_lost(self, exc: Exception | None) -> None:
        """Asyncio: it is gone; whoever works on a request learns it, and what it had is freed."""
        del exc
        self._deaf, self._unseen, self._due = True, b"", inf
        self._shared.guests.leave(self._peer)
        self._shared.connections.discard(self)
        if self._answering is not None:
            self._answering.is_over = True
        self._soon(self._clear_away)  # thousands may leave at one moment

    def _clear_away(self) -> None:
        self._timer.cancel()
        self._waiting.clear()
        del self._parser  # these know us: no cycle is left for the collector to find
        answering, self._answering, self._reading = self._answering, None, None
        if answering is not None:
            answering.give_up()
        if self.write_paused:
            self.write_paused = False
            self.drained.set()

    def data_received(self, data: bytes) -> None:
        """Asyncio: some of a request, or several; a stranger's is looked at in turn."""
        if self._unseen:
            self._unseen += data
            if len(self._unseen) > HEAD_BYTES_MAX:
                self._pause_reading()
        else:
            self._unseen = data
            self._soon(self._look)

    def _soon(self, act: Callable[[], None]) -> None:
        if self._is_stranger:
            self._shared.turns.take(source_of(self._peer), act)
        else:
            act()

    def _look(self) -> None:
        """Up to the end of a request; those behind it are looked at once it is answered."""
        data, self._unseen, self._has_turn = self._unseen, b"", self._is_stranger
        self.resume_reading()
        start, size = 0, len(data)
        while start < size and not self._deaf:
            if self._answering is not None and not self._in_request:
                self._unseen = data[start:]
                break
            found = data.find(_HEAD_END, start)
            end = size if found < 0 else found + len(_HEAD_END)
            self._feed(data[start:end])
            start = end
        if self._in_request and not self._deaf:
            self._wait_for_rest(is_new=self._read_bytes <= size)
        self._has_turn = False

    def _feed(self, part: bytes) -> None:
        self._read_bytes += len(part)
        try:
            self._parser.feed_data(part)
        except httptools.HttpParserUpgrade:
            self.shutdown()  # answered as if no upgrade were asked for, and nothing after it
        except httptools.HttpParserError:
            self._refuse(self._refusal or HTTPStatus.BAD_REQUEST)

    def pause_writing(self) -> None:
        """Asyncio: the client reads more slowly than we write."""
        self.write_paused, self.drained = True, asyncio.Event()
        self._due = min(self._loop.time() + self._patience.write_seconds, self._taken_by)

    def resume_writing(self) -> None:
        """Asyncio: it has caught up."""
        self.write_paused = False
        self.drained.set()
        self._pour_on()
        if self._answering is None:
            self._rest()
        elif not self.write_paused:
            self._due = inf
            if self._answering.is_over:
                self.answered(self._answering)

    def on_message_begin(self) -> None:
        """Httptools: a request begins."""
        self._in_request = True
        self._target, self._headers, self._expects_continue = b"", [], False

    def on_url(self, url: bytes) -> None:
        """Httptools: some of its target."""
        self._target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """Httptools: a header; behind the body it is none that anybody asked for."""
        if self._reading is None:
            name = name.lower()
            self._headers.append((name, value))
            if name == b"expect":
                self._expects_continue = value.lower() == b"100-continue"
            if len(self._headers) > HEADERS_MAX:
                self._refusal = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
                raise ValueError("too many headers")

    def on_headers_complete(self) -> None:
        """Httptools: all headers are here."""
        sizes = (len(name) + len(value) for name, value in self._headers)
        if self._read_bytes > HEAD_BYTES_MAX and len(self._target) + sum(sizes) > HEAD_BYTES_MAX:
            self._refusal = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
            raise ValueError("a head too large")
        version = self._parser.get_http_version()
        scope = {**self._ends, "http_version": version, "headers": self._headers}
        scope["method"] = self._parser.get_method().decode("ascii")
        scope["raw_path"], scope["path"], scope["query_string"] = target_of(self._target)
        keep = version == "1.1" and self._parser.should_keep_alive()
        self._reading = Exchange(self, scope, keep=keep, expects_continue=self._expects_continue)
        if self._answering is None:
            self._due_in(self._patience.body_seconds)

    def on_body(self, body: bytes) -> None:
        """Httptools: some of the body."""
        if self._reading is not None and self._reading.take_in(body) > BODY_KEPT_BYTES:
            self._pause_reading()

    def on_message_complete(self) -> None:
        """Httptools: the request is whole."""
        exchange, self._reading = self._reading, None
        self._in_request, self._has_asked, self._read_bytes = False, True, 0
        self._deaf = self._stopping
        if exchange is None:
            return
        exchange.end()
        if self._answering is None and not exchange.is_over:
            self._begin(exchange)
        elif self._answering is exchange:
            self._due_at_leisure()
        elif exchange.is_over:
            self._rest()
        else:
            self._waiting.append(exchange)
            self._pause_reading()

    def write(self, data: bytes) -> None:
        """Sends bytes after all before them."""
        self._transport.write(data)

    def pour(self, data: bytes) -> None:
        """Sends what is large no faster than it is taken; none of it is kept twice (F-R03)."""
        self._poured = memoryview(data)
        self._taken_by = self._loop.time() + self._patience.write_seconds
        self._pour_on()

    def _pour_on(self) -> None:
        while self._poured and not self.write_paused:
            self._transport.write(self._poured[:LARGE_BYTES])
            self._poured = self._poured[LARGE_BYTES:]

    def is_last(self) -> bool:
        """Whether no request is answered after this one."""
        return self._stopping and not self._waiting

    def answered(self, exchange: Exchange) -> None:
        """An answer is complete: the next one's turn, or the end, once it is sent."""
        if self._poured:
            return
        self._answering, self._taken_by = None, inf
        if exchange.scope.get("has_key"):
            self._shared.guests.came_with_key(exchange.asker)
            self._is_stranger = False
        if exchange.keep:
            self._go_on()
        else:
            self._close()

    def resume_reading(self) -> None:
        """There is room for more of a body, or for more requests."""
        if self._read_paused and not self._waiting:
            self._read_paused = False
            self._transport.resume_reading()

    def shutdown(self) -> None:
        """Uvicorn: answers what was asked, and no more."""
        unseen, self._unseen = self._unseen, b""
        if unseen:
            self._feed(unseen)
        self._stopping, self._deaf = True, self._reading is None
        if self._answering is None and (self._reading is None or self._reading.is_over):
            self._close()

    def _go_on(self) -> None:
        if self._waiting:
            self._begin(self._waiting.pop(0))
        elif self._refusal:
            self._refuse(self._refusal)
        elif self._stopping:
            self._close()
        elif self._unseen:
            self._soon(self._look)
        elif self._reading is not None and not self._reading.is_over:
            self._due_in(self._patience.body_seconds)
            self._read_on(self._reading)
        else:
            self._rest()
        self.resume_reading()

    def _begin(self, exchange: Exchange) -> None:
        self._answering = exchange
        if exchange.is_whole:
            self._due_at_leisure()
        exchange.asker, guests = self._peer, self._shared.guests
        if self._is_proxy:
            exchange.asker = guests.caller(self._peer, exchange.scope["headers"])
            if not guests.asks(exchange.asker):
                self._break_off(exchange, HTTPStatus.TOO_MANY_REQUESTS)
                return
        has_turn, self._has_turn = self._has_turn, False
        if has_turn or guests.knows(exchange.asker):
            self._start(exchange)
        else:
            self._shared.turns.take(source_of(exchange.asker), partial(self._start, exchange))

    def _start(self, exchange: Exchange) -> None:
        if exchange.is_over:  # nobody waited until its turn came
            self._done_with(exchange)
            return
        work = self._shared.app(exchange.scope, exchange.receive, exchange.send)
        exchange.task = self._loop.create_task(work)
        self._shared.tasks.add(exchange.task)
        exchange.task.add_done_callback(self._ended)
        if self._is_proxy:
            exchange.task.add_done_callback(lambda _: self._done_with(exchange))

    def _done_with(self, exchange: Exchange) -> None:
        if self._is_proxy:
            self._shared.guests.is_answered(exchange.asker)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._shared.tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            # Where it happened and of what type: its text could hold a number or a secret.
            frames = [f"{f.filename}:{f.lineno}" for f in extract_tb(error.__traceback__)]
            log.error("request_failed", error=type(error).__name__, at=frames)
        exchange = self._answering
        if exchange is not None and exchange.task is task and not exchange.is_over:
            self._break_off(exchange, HTTPStatus.INTERNAL_SERVER_ERROR)

    def _wait_for_rest(self, *, is_new: bool) -> None:
        """Some of a request is here: it has a while to come whole."""
        reading = self._reading
        if reading is None and self._read_bytes > HEAD_BYTES_MAX:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        elif self._answering is not None or (reading is not None and reading.is_over):
            return
        elif reading is not None:
            self._read_on(reading)
        elif is_new and self._has_asked:  # the first head's time runs since the connection
            self._due_in(self._patience.head_seconds)

    def _read_on(self, reading: Exchange) -> None:
        """A body of usual size is awaited: nobody works for one that never comes (F-R02)."""
        if reading.cannot_wait():
            self._begin(reading)

    def _rest(self) -> None:
        """Nothing is to be answered: the client may ask again for a while."""
        patience = self._patience
        if self._deaf or self.write_paused:
            return
        if not self._in_request:
            self._due_in(patience.idle_seconds)
        else:
            self._due_in(patience.head_seconds if self._reading is None else patience.body_seconds)

    def _refuse(self, status: int) -> None:
        """Says so once all before it is answered, reads no more, and ends."""
        self._deaf, self._refusal, reading, self._reading = True, status, self._reading, None
        if reading is not None and reading is self._answering:
            self._break_off(reading, status)
        elif self._answering is None:
            self._transport.write(plain_answer(status))
            self._close()

    def _break_off(self, exchange: Exchange, status: int) -> None:
        """Ends an exchange that cannot end well; half an answer is left a half."""
        exchange.give_up()
        self._answering = None
        if not exchange.said:
            self._transport.write(plain_answer(status))
        self._close()

    def _close(self) -> None:
        self._deaf, self._poured = True, b""
        self._waiting.clear()
        self._transport.close()
        self._due_in(self._patience.write_seconds)

    def _pause_reading(self) -> None:
        if not self._read_paused:
            self._read_paused = True
            self._transport.pause_reading()

    def _due_in(self, seconds: float) -> None:
        due = self._loop.time() + seconds  # no word buys time to take what was told (F-R03)
        self._due = min(due, self._due) if self.write_paused else due

    def _due_at_leisure(self) -> None:
        """The application may take its time; a client that does not read what is said may not."""
        if not self.write_paused:
            self._due = inf

    def _look_at_clock(self) -> None:
        if (left := self._due - self._loop.time()) <= 0:
            left = self._patience.write_seconds
            self._soon(self._end_what_is_late)  # thousands may be late at once
        seconds = min(left, self._patience.shortest_seconds)
        self._timer = self._loop.call_later(seconds, self._look_at_clock)

    def _end_what_is_late(self) -> None:
        if self._loop.time() < self._due:  # its rest came before its turn
            return
        if self._transport.is_closing() or self.write_paused:
            self._shared.drop(self._transport)
        elif self._in_request:
            self._refuse(HTTPStatus.REQUEST_TIMEOUT)
        else:
            self._close()
