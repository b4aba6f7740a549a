"""Troubles of one seed as they come and go: planted, cut, clogged, full, slow, and wrong clocks."""

import json
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

from cross.outbound import HttpRequest, Outbound
from tests.simulation.asked import OPERATORS
from tests.simulation.death import Ground
from tests.simulation.families import Families
from tests.simulation.swarm import FullDisk, Planted, Swarm


class Troubles:
    """Plans all of them at the start; `end` puts everything right."""

    def __init__(self, ground: Ground, direct: Outbound) -> None:
        self._ground = ground
        self._network = ground.network
        self._direct = direct
        self._is_over = False

    def begin(self, swarm: Swarm, families: Families) -> None:
        """Everything in its time."""
        later, network = self._network.later, self._network
        for planted in swarm.planted:
            later(planted.at_seconds, partial(self._spoil, planted))
        self._disks(swarm.full_disks, self._fill_disk)
        self._disks(families.slow_disks, self._slow_disk)
        for cut in swarm.cuts:
            later(cut.at_seconds, partial(network.cut, cut))
            later(cut.at_seconds + cut.for_seconds, partial(network.cut, None))
        for clog in families.clogs:
            later(clog.at_seconds, partial(network.clog, clog, clog.operator))
            later(clog.at_seconds + clog.for_seconds, partial(network.clog, None, clog.operator))
        for at in families.broken_syncs:
            later(at, self._break_sync)
        for step in families.clock_steps:
            later(step.at_seconds, partial(self._set_clock, step.ahead_seconds))

    async def end(self) -> None:
        """Nothing is wrong any more, and nothing goes wrong."""
        self._set_clock(0.0)
        self._is_over = True
        self._ground.disk.is_full = self._ground.disk.syncs_slowly = False
        if self._ground.disk.power is not None:
            self._ground.disk.power.broken_syncs = 0
        self._network.calm_down()
        await self.control("DELETE", "/faults")

    async def control(
        self, method: str, path: str, body: object = None, *, may_fail: bool = False
    ) -> Any:
        """A call of the simulators' control API."""
        content = b"" if body is None else json.dumps(body).encode()
        request = HttpRequest(method, f"{OPERATORS}/control{path}", (), content)
        answer = await self._direct.send(request)
        if not may_fail and answer.status >= 300:
            raise RuntimeError(f"control {path}: {answer.status} {answer.body!r}")
        return json.loads(answer.body)

    def _disks(self, times: tuple[FullDisk, ...], turn: Callable[..., None]) -> None:
        for one in times:
            self._network.later(one.at_seconds, partial(turn, is_on=True))
            self._network.later(one.at_seconds + one.for_seconds, partial(turn, is_on=False))

    def _fill_disk(self, *, is_on: bool) -> None:
        self._note("disk_full", is_on=is_on)
        self._ground.disk.is_full = is_on and not self._is_over

    def _slow_disk(self, *, is_on: bool) -> None:
        self._note("disk_slow", is_on=is_on)
        self._ground.disk.syncs_slowly = is_on and not self._is_over

    def _break_sync(self) -> None:
        power = self._ground.disk.power
        if power is not None and not self._is_over:
            self._note("sync_failed", is_on=True)
            power.broken_syncs = 1

    def _set_clock(self, ahead_seconds: float) -> None:
        if self._is_over or self._ground.ahead == timedelta(seconds=ahead_seconds):
            return
        self._note("clock_step", is_on=True)
        self._ground.ahead = timedelta(seconds=ahead_seconds)

    def _note(self, kind: str, *, is_on: bool) -> None:
        self._ground.tape.note(kind, "on" if is_on else "off")
        self._network.faults[kind] += is_on

    def _spoil(self, planted: Planted) -> None:
        loop, network = self._ground.loop, self._network
        loop.create_task(self._plant(planted), context=network.world.copy())

    async def _plant(self, planted: Planted) -> None:
        fault = {
            "operator": planted.operator,
            "fault": planted.kind.value,
            "probability": planted.probability,
            "value": planted.value,
        }
        self._ground.tape.note("fault", f"{planted.operator} {planted.kind}")
        answer = await self.control("POST", "/faults", fault)
        self._network.faults[planted.kind.value] += 1
        self._network.later(planted.for_seconds, lambda: self._mend(answer["id"]))

    def _mend(self, fault: str) -> None:
        work = self.control("DELETE", f"/faults/{fault}", may_fail=True)
        self._ground.loop.create_task(work, context=self._network.world.copy())
