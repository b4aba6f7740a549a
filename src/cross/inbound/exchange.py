"""One request and its answer, as ASGI's `receive` and `send` have them."""

import asyncio
from collections.abc import MutableMapping
from http import HTTPStatus
from typing import Any, Final, Protocol, TypeAlias

Message: TypeAlias = MutableMapping[str, Any]

ASGI: Final = {"version": "3.0", "spec_version": "2.3"}

BODY_KEPT_BYTES: Final = 64 * 1024
"""Of a body that nobody has read yet; beyond it the socket is not read."""

BODY_AWAITED_BYTES: Final = 8 * 1024
"""Of a body that is waited for in silence; more is not kept for whoever has shown no key."""

LARGE_BYTES: Final = 32 * 1024
"""Of an answer: what is larger is sent as it is taken."""

_CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"
_CLOSE: Final = b"connection: close\r\n"
_WITHOUT_BODY: Final = (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)  # RFC 9112 section 6.3
_STATUS_LINES: Final = {
    status.value: b"HTTP/1.1 %d %b\r\n" % (status, status.phrase.encode()) for status in HTTPStatus
}


class Wire(Protocol):
    """What an exchange needs of the connection that it is on."""

    write_paused: bool
    drained: asyncio.Event

    def write(self, data: bytes) -> None:
        """Sends bytes after all before them."""

    def pour(self, data: bytes) -> None:
        """Sends the end of an answer, which is large, no faster than it is taken."""

    def resume_reading(self) -> None:
        """There is room for more of the body."""

    def is_last(self) -> bool:
        """Whether no request is answered after this one."""

    def answered(self, exchange: "Exchange") -> None:
        """The answer is complete."""


class Exchange:
    """One request; `is_over` once it is answered or nobody is there to hear the answer.

    `asker`: the address of whoever asks, behind a proxy or not.
    """

    __slots__ = (
        "_body",
        "_body_told",
        "_expects_continue",
        "_is_bare",
        "_is_chunked",
        "_left",
        "_news",
        "_start",
        "_wire",
        "asker",
        "is_over",
        "is_whole",
        "keep",
        "said",
        "scope",
        "task",
    )

    def __init__(self, wire: Wire, scope: Message, *, keep: bool, expects_continue: bool) -> None:
        self.scope = scope
        self.keep = keep
        self.asker = ""
        self.task: asyncio.Task[None] | None = None
        self.is_over = self.is_whole = self.said = False
        self._wire = wire
        self._expects_continue = expects_continue
        self._body = b""
        self._body_told = False
        self._news: asyncio.Event | None = None
        self._start: Message | None = None
        self._is_bare = self._is_chunked = False
        self._left: int | None = None

    def take_in(self, body: bytes) -> int:
        """Some of the body; gives how much of it nobody has read yet."""
        if self.is_over:
            return 0
        self._body = self._body + body if self._body else body
        self._wake()
        return len(self._body)

    def cannot_wait(self) -> bool:
        """Whether the application is needed before the body is whole: to ask for it, or to read."""
        return self._expects_continue or len(self._body) > BODY_AWAITED_BYTES

    def end(self) -> None:
        """The request is whole."""
        self.is_whole = True
        self._wake()

    def give_up(self) -> None:
        """Nobody waits for the answer any more."""
        self.is_over = True
        self._wake()

    async def receive(self) -> Message:
        """ASGI: the body, piece by piece as it comes, then that the client is gone."""
        while not self.is_over:
            if self._body or (self.is_whole and not self._body_told):
                body, self._body, self._body_told = self._body, b"", self.is_whole
                self._wire.resume_reading()
                return {"type": "http.request", "body": body, "more_body": not self.is_whole}
            if self._expects_continue and not self.is_whole:
                self._expects_continue = False
                self._wire.write(_CONTINUE)
            if self._news is None:
                self._news = asyncio.Event()
            await self._news.wait()
            self._news.clear()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        """ASGI: the answer; its head is written with the first of its body."""
        if self._wire.write_paused:
            await self._wire.drained.wait()
        if self.is_over:
            return
        kind = message["type"]
        if self._start is None:
            if kind != "http.response.start":
                raise RuntimeError(f"an answer cannot begin with {kind!r}")
            self._start = message
        elif kind != "http.response.body":
            raise RuntimeError(f"an answer cannot go on with {kind!r}")
        else:
            self._say(self._start, message.get("body", b""), more=message.get("more_body", False))

    def _say(self, start: Message, body: bytes, *, more: bool) -> None:
        head = b"" if self.said else self._head(start, None if more else len(body))
        if self._is_bare:
            body = b""
        elif self._is_chunked:
            body = _chunk(body, is_last=not more)
        elif self._left is not None:
            self._left -= len(body)
            if self._left < 0 or (self._left and not more):
                raise RuntimeError("an answer is not as long as it says")
        self.said = True
        if not more and len(body) > LARGE_BYTES:
            self._wire.write(head)
            self._wire.pour(body)
        else:
            self._wire.write(head + body)
        if not more:
            self.is_over = True
            self._wake()
            self._wire.answered(self)

    def _head(self, start: Message, length: int | None) -> bytes:
        status, declared, closes = start["status"], None, False
        lines = [_STATUS_LINES.get(status) or b"HTTP/1.1 %d \r\n" % status]
        for name, value in start.get("headers", ()):
            lines.append(b"%b: %b\r\n" % (name, value))
            if name == b"content-length":
                declared = int(value)
            elif name == b"connection":
                closes = b"close" in value.lower()
        self._is_bare = self.scope["method"] == "HEAD" or status in _WITHOUT_BODY
        self._left = length if declared is None else declared
        if declared is None and not self._is_bare:
            self._frame(lines, length)
        unasked = self._expects_continue and not self.is_whole  # its body may never come
        self.keep = self.keep and not closes and not unasked
        if not closes and (not self.keep or self._wire.is_last()):
            self.keep = False
            lines.append(_CLOSE)
        lines.append(b"\r\n")
        head = b"".join(lines)
        if not head.count(b"\r\n") == head.count(b"\r") == head.count(b"\n") == len(lines):
            raise RuntimeError("a line break in the head of an answer")
        return head

    def _frame(self, lines: list[bytes], length: int | None) -> None:
        """Says how the client knows where the answer ends."""
        if length is not None:
            lines.append(b"content-length: %d\r\n" % length)
        elif self.scope["http_version"] == "1.1":
            self._is_chunked = True
            lines.append(b"transfer-encoding: chunked\r\n")
        else:
            self.keep = False  # where the connection ends

    def _wake(self) -> None:
        if self._news is not None:
            self._news.set()


def plain_answer(status: int) -> bytes:
    """A whole answer of the server's own, after which the connection ends."""
    told = HTTPStatus(status).phrase.encode()
    head = b"content-type: text/plain; charset=utf-8\r\ncontent-length: %d\r\n" % len(told)
    return _STATUS_LINES[status] + head + _CLOSE + b"\r\n" + told


def _chunk(body: bytes, *, is_last: bool) -> bytes:
    """RFC 9112 section 7.1; an empty one in the middle would be the end."""
    framed = b"%x\r\n%b\r\n" % (len(body), body) if body else b""
    return framed + b"0\r\n\r\n" if is_last else framed
