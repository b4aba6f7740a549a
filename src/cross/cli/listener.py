"""The listening socket: whoever is known is let in at once, strangers in turn (F-R03, S-API-11).

A loop's own server sets up all that wait in one turn, and a crowd comes in hundreds: everybody else
waits for them. Here taking a connection is the system's call and one look at who it is.
"""

import asyncio
import errno
import socket
from functools import partial
from typing import Any, Final, TypeAlias

import structlog

from cross.garbage import look_at_young
from cross.inbound.connection import InboundConnection
from cross.inbound.shared import Shared
from cross.switch.limits import source_of

AT_ONCE: Final = 64
"""So many are taken in one turn of the loop; the system keeps the others."""

YOUNG_MAX: Final = 256
"""So many come in between two looks of the collector: some 5 ms of everybody's time."""

PAUSE_SECONDS: Final = 1.0
"""Nobody is taken for so long once there is no room for one more descriptor."""

_NO_ROOM: Final = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)

_SettingUp: TypeAlias = "asyncio.Task[tuple[Any, InboundConnection]]"

log = structlog.get_logger("cross.listener")


class Listener:
    """One socket that listens, and what comes of it."""

    def __init__(self, listening: socket.socket, shared: Shared) -> None:
        self._listening = listening
        self._shared = shared
        self._loop = asyncio.get_running_loop()
        self._waiting: dict[socket.socket, str] = {}  # for their turn, and from where
        self._setting_up: set[_SettingUp] = set()
        self._is_closed = False
        self._young = 0
        listening.setblocking(False)  # noqa: FBT003  the library's own signature
        self._loop.add_reader(listening, self._take_some)

    def close(self) -> None:
        """Takes nobody any more; who waits for their turn is hung up on."""
        if self._is_closed:
            return
        self._is_closed = True
        self._loop.remove_reader(self._listening)
        for came, address in self._waiting.items():
            self._shared.guests.leave(address)
            came.close()
        self._waiting.clear()

    async def wait_closed(self) -> None:
        """Returns once nobody is being set up."""
        await asyncio.gather(*self._setting_up, return_exceptions=True)

    def _take_some(self) -> None:
        for _ in range(AT_ONCE):
            try:
                came, (address, *_) = self._listening.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                if error.errno not in _NO_ROOM:
                    raise
                log.warning("no_descriptor_left")
                self._loop.remove_reader(self._listening)
                self._loop.call_later(PAUSE_SECONDS, self._go_on)
                return
            self._meet(came, address)

    def _go_on(self) -> None:
        if not self._is_closed:
            self._loop.add_reader(self._listening, self._take_some)

    def _meet(self, came: socket.socket, address: str) -> None:
        guests = self._shared.guests
        if not guests.enter(address):
            came.close()
        elif guests.knows(address):
            self._let_in(came, address)
        else:
            self._waiting[came] = address
            self._shared.turns.take(source_of(address), partial(self._turn_of, came))

    def _turn_of(self, came: socket.socket) -> None:
        address = self._waiting.pop(came, None)
        if address is not None:
            self._let_in(came, address)

    def _let_in(self, came: socket.socket, address: str) -> None:
        came.setblocking(False)  # noqa: FBT003  the library's own signature
        connection = partial(InboundConnection, self._shared, address)
        setting_up = self._loop.connect_accepted_socket(connection, came)
        task = self._loop.create_task(setting_up)
        self._setting_up.add(task)
        task.add_done_callback(partial(self._is_in, came, address))
        self._young += 1
        if self._young == YOUNG_MAX:
            self._young = 0
            look_at_young()

    def _is_in(self, came: socket.socket, address: str, task: _SettingUp) -> None:
        self._setting_up.discard(task)
        if task.cancelled() or task.exception() is not None:
            self._shared.guests.leave(address)
            came.close()
        elif self._is_closed:
            task.result()[1].shutdown()  # nobody knew of it when all others were told
