"""Meters: processor time and memory, process by process, from one moment to another."""

import threading
from collections.abc import Callable, Mapping
from typing import Final, Self

import psutil  # type: ignore[import-untyped]

from bench.databases import Server
from bench.process import Process, Use
from bench.stage import Stage

LOOK_SECONDS: Final = 0.5


class Meter:
    """Measures from when it is entered; a database server's memory is looked at now and then."""

    def __init__(
        self, stage: Stage, server: Server | None, also: Mapping[str, Process] | None = None
    ) -> None:
        self._users: dict[str, Callable[[], Use]] = {
            "load": stage.load.use,
            "switch": stage.switch.use,
            "simulators": stage.simulators.use,
        }
        self._users["database server"] = server.use if server is not None else _nothing
        self._also = also or {}
        self._users |= {name: process.use for name, process in self._also.items()}
        self._stage = stage
        self._server = server
        self._server_peak = 0
        self._over = threading.Event()
        self._looking = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Self:
        self._before = {name: use() for name, use in self._users.items()}
        self._machine_before = _machine_seconds()
        self._looking.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._looking.join()
        self.cpu_seconds: Mapping[str, float] = {
            name: use().since(self._before[name]) for name, use in self._users.items()
        }
        ours = sum(self.cpu_seconds.values())
        self.others_cpu_seconds = max(0.0, _machine_seconds() - self._machine_before - ours)

    def memory_peaks(self) -> Mapping[str, int]:
        """The most bytes resident, by process, from its start."""
        peaks = {
            "load": self._stage.load.memory_peak(),
            "switch": self._stage.switch.memory_peak(),
            "simulators": self._stage.simulators.memory_peak(),
        }
        peaks |= {name: process.memory_peak() for name, process in self._also.items()}
        peaks["database server"] = self._server_peak
        return peaks

    def _look(self) -> None:
        while self._server is not None:
            self._server_peak = max(self._server_peak, self._server.memory())
            if self._over.wait(LOOK_SECONDS):
                return


def _nothing() -> Use:
    return Use(0.0)


def _machine_seconds() -> float:
    times = psutil.cpu_times()
    return float(times.user + times.nice + times.system + times.softirq + times.irq)
