"""An ASGI application served over HTTP: its port taken first, its end a graceful one."""

import asyncio
import errno
import logging
import signal
import socket
import struct
import sys
from collections.abc import Awaitable, Callable, Coroutine, Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any, Final, TypeAlias, cast

import uvicorn
import uvloop
from uvicorn.server import ServerState

from cross import logs
from cross.capacity import Capacity
from cross.cli import log_writer
from cross.cli.listener import Listener
from cross.cli.screen import Failed
from cross.inbound.connection import InboundConnection
from cross.inbound.guests import Guests, take_all_descriptors
from cross.inbound.shared import Shared

DRAIN_SECONDS: Final = 5
BACKLOG: Final = 2048
UNSENT_BYTES_MAX: Final = 64 * 1024
"""Of a connection, in the kernel: 5 000 that read nothing would fill its memory for all (F-R03)."""

UNSENT_BYTES_LOW: Final = 16 * 1024
"""Of a connection, in the kernel, while its client takes nothing: where Linux keeps to it."""

_AT_ONCE: Final = struct.pack("ii", 1, 0)  # socket(7): struct linger

Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
App: TypeAlias = Callable[[Message, Receive, Send], Awaitable[None]]


def take_port(host: str, port: int, *, flag: str) -> socket.socket:
    """A socket that already listens, so that a port in use is known before anything starts."""
    try:
        listener = socket.create_server((host, port), backlog=BACKLOG)
        # Every connection that is accepted has what its listener has.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, UNSENT_BYTES_MAX)
        if hasattr(socket, "TCP_NOTSENT_LOWAT"):
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT_BYTES_LOW)
    except (OSError, OverflowError) as error:
        taken = isinstance(error, OSError) and error.errno == errno.EADDRINUSE
        raise Failed(
            fr=f"le port {port} est déjà pris : {flag} en choisit un autre, 0 un port libre"
            if taken
            else f"impossible d'écouter sur {host}:{port} ({error}) : {flag}",
            en=f"port {port} is in use: {flag} chooses another, 0 a free one"
            if taken
            else f"cannot listen on {host}:{port} ({error}): {flag}",
        ) from None
    return listener


def drop(transport: asyncio.Transport) -> None:
    """Ends a connection; the kernel keeps nothing of what its client did not take (F-R03)."""
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
    transport.abort()


def address_of(listener: socket.socket) -> str:
    """The address under which a listening socket is reached from this machine."""
    host, port = listener.getsockname()[:2]
    return f"http://{host}:{port}"


def run(main: Coroutine[Any, Any, int | None]) -> int | None:
    """Runs a process that serves, on uvloop, with its log on standard error."""
    take_all_descriptors()
    with log_writer.written_to(sys.stderr.fileno()) as writer:
        logs.configure(writer.take, readable=sys.stderr.isatty(), dropped=lambda: writer.dropped)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(main)


def stop_asked_for() -> asyncio.Event:
    """Set by the first Ctrl-C or SIGTERM; a second Ctrl-C ends the process at once."""
    loop, asked = asyncio.get_running_loop(), asyncio.Event()

    def ask() -> None:
        asked.set()
        loop.remove_signal_handler(signal.SIGINT)

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ask)
    return asked


class Server:
    """One application on one listening socket."""

    def __init__(self, app: App, listener: socket.socket, guests: Guests | None = None) -> None:
        self._app = app
        self._listener = listener
        self._guests = guests or Guests(Capacity())
        self._refusal: str | None = None
        self._server = _Uvicorn(
            uvicorn.Config(
                self._overheard,
                interface="asgi3",
                http=cast("Any", InboundConnection),  # the listener makes them, uvicorn none
                ws="none",
                lifespan="on",
                log_config=None,
                access_log=False,
                server_header=False,
                date_header=False,
                proxy_headers=False,
                timeout_graceful_shutdown=DRAIN_SECONDS,
            ),
            self._listen,
        )
        self.ended: asyncio.Task[None]

    async def start(self) -> None:
        """Returns once requests are answered; raises `Failed` with the application's own reason."""
        logging.getLogger("uvicorn.error").addFilter(_tells_more_than_the_lifespan)
        serving = self._server.serve(sockets=[self._listener])
        self.ended = asyncio.get_running_loop().create_task(serving)
        began = asyncio.get_running_loop().create_task(self._server.began.wait())
        await asyncio.wait([self.ended, began], return_when=asyncio.FIRST_COMPLETED)
        began.cancel()
        if not self._server.started:
            await self.ended
            self._listener.close()
            reason = self._refusal or "?"
            raise Failed(fr=f"démarrage impossible : {reason}", en=f"cannot start: {reason}")

    async def stop(self) -> None:
        """Finishes what is under way, for a while, and ends."""
        self._server.should_exit = True
        await self.ended

    def _listen(self, state: ServerState) -> Listener:
        """What uvicorn calls once the application is ready, in place of a server of the loop."""
        app = cast("Callable[..., Coroutine[Any, Any, None]]", self._app)
        shared = Shared(app, state.connections, state.tasks, guests=self._guests, drop=drop)
        return Listener(self._listener, shared)

    async def _overheard(self, scope: Message, receive: Receive, send: Send) -> None:
        """The lifespan, which is all that uvicorn asks of the application itself."""

        async def overheard(message: Message) -> None:
            if message["type"] == "lifespan.startup.failed":
                self._refusal = str(message.get("message", ""))
            await send(message)

        await self._app(scope, receive, overheard)


class _Uvicorn(uvicorn.Server):
    """Leaves signals to whoever started it, and never ends the process by itself."""

    def __init__(self, config: uvicorn.Config, listen: Callable[[ServerState], Listener]) -> None:
        super().__init__(config)
        self._listen = listen
        self.began = asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are the command's to hear."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn starts, with a listener of ours; an application may refuse to."""
        del sockets  # which are uvicorn's to close at the end
        await self.lifespan.startup()
        if self.lifespan.should_exit:
            self.should_exit = True
            return
        self.servers = [cast("asyncio.Server", self._listen(self.server_state))]
        self.started = True
        self.began.set()


def _tells_more_than_the_lifespan(record: logging.LogRecord) -> bool:
    """The reason of a failed start is told once, by the command; an exception is told whole."""
    return record.module != "on" or record.exc_info is not None
