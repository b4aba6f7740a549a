"""Where processes are born: they fork from one that has imported everything, in milliseconds.

`python -m tests.crash.nursery` takes orders and gives news on its standard streams, in lines of
JSON. Whatever it bore dies with it, and it dies with whoever started it.
"""

import ctypes
import gc
import json
import os
import selectors
import signal
import sys
from collections.abc import Mapping
from typing import Any, Final

from cross.cli import serving
from tests.crash.programs import PROGRAMS

_PR_SET_PDEATHSIG: Final = 1  # Linux, prctl(2)
_ORDERS: Final = 0


def die_with_parent(parent: int) -> None:
    """Makes the kernel kill this process when its parent ends, in whatever way."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)


def say(news: Mapping[str, Any]) -> None:
    """One line; short enough for the pipe to take it whole."""
    os.write(1, json.dumps(news).encode() + b"\n")


class Nursery:
    """Bears processes, passes signals on to them, and tells of their end."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._selector.register(_ORDERS, selectors.EVENT_READ)
        self._pidfds: dict[int, int] = {}
        self._numbers: dict[int, tuple[int, int]] = {}
        self._heard = b""

    def run(self) -> None:
        """Obeys until the orders end."""
        while True:
            for key, _ in self._selector.select():
                if key.fd != _ORDERS:
                    self._bury(key.fd)
                elif not self._hear():
                    return

    def _hear(self) -> bool:
        read = os.read(_ORDERS, 65_536)
        *lines, self._heard = (self._heard + read).split(b"\n")
        for line in lines:
            order = json.loads(line)
            if "signal" in order:
                self._send(order["number"], order["signal"])
            else:
                self._bear(order)
        return bool(read)

    def _send(self, number: int, signal_number: int) -> None:
        pidfd = self._pidfds.get(number)
        if pidfd is not None:
            signal.pidfd_send_signal(pidfd, signal_number)

    def _bear(self, order: Mapping[str, Any]) -> None:
        mother = os.getpid()
        pid = os.fork()
        if pid == 0:
            _live(order, mother)
        pidfd = os.pidfd_open(pid)
        self._pidfds[order["number"]] = pidfd
        self._numbers[pidfd] = (order["number"], pid)
        self._selector.register(pidfd, selectors.EVENT_READ)

    def _bury(self, pidfd: int) -> None:
        number, pid = self._numbers.pop(pidfd)
        self._selector.unregister(pidfd)
        del self._pidfds[number]
        os.close(pidfd)
        _, status = os.waitpid(pid, 0)
        say({"number": number, "ended": os.waitstatus_to_exitcode(status)})


def _live(order: Mapping[str, Any], mother: int) -> None:
    """The child's whole life; never returns."""
    code = 1
    try:
        die_with_parent(mother)
        log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(log, 2)
        os.dup2(os.open(os.devnull, os.O_RDONLY), _ORDERS)
        program = PROGRAMS[order["program"]]
        plan, number = order["plan"], order["number"]
        code = serving.run(program(plan, lambda news: say({"number": number, **news}))) or 0
    except BaseException:  # noqa: BLE001  it never returns to its mother's code, whatever happens
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    die_with_parent(int(sys.argv[1]))
    gc.freeze()  # what was imported is shared by all
    Nursery().run()
