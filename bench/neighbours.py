"""What one merchant's endpoint costs another's webhooks: `python -m bench.neighbours [ROUNDS]`.

I-39: an endpoint that is dead, slow or hostile delays another merchant's p95 by 10 % at most. Each
phase with one stands beside a phase in which the neighbour's endpoint is well, in one run.
"""

import asyncio
import secrets
import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from os import getloadavg
from pathlib import Path
from statistics import median
from typing import Any, Final

import uvloop

from bench.figures import percentile
from bench.offering import Bench, Seen, collection, lasting, number, on_schedule, say
from bench.process import Process
from bench.stage import OPERATORS, Hearers, control, cross_callback_path, cross_switch
from bench.traffic import AUTHORIZATION, FLOAT
from bench.webhooks import Hearing, hearing

RATE: Final = 40
NEIGHBOURS_RATE: Final = 20
"""Movements a second of each of the two merchants."""

PHASE_SECONDS: Final = 10.0
ROUNDS: Final = 4
BOUND: Final = 1.10  # money-safety.md, I-39
KINDS: Final = ("dead", "slow", "hostile")
NOBODY: Final = "http://127.0.0.1:9/"
"""Where nothing listens: the port is reserved (RFC 863)."""


class Street:
    """Two merchants at a time: ours, whose webhooks are timed, and one of the neighbours."""

    def __init__(self, bench: Bench, keys: Mapping[str, str], heard: Hearing) -> None:
        self._bench, self._keys, self._heard = bench, keys, heard
        self._asked = 0

    async def phase(self, neighbour: str) -> list[str]:
        """Our movements of one phase."""
        ours, theirs, until = Seen(), Seen(), lasting(PHASE_SECONDS)
        await asyncio.gather(
            self._offered("22890", RATE, until, ours),
            self._offered("22891", NEIGHBOURS_RATE, until, theirs, self._keys[neighbour]),
        )
        await self._bench.drained()
        return ours.ids

    async def _offered(
        self,
        prefix: str,
        rate: float,
        until: "asyncio.Task[Any]",
        seen: Seen,
        key: str = AUTHORIZATION,
    ) -> None:
        async def collect(_: int, due: float) -> None:
            self._asked += 1
            name = f"n-{self._asked}"
            request = collection("tmoney", number(prefix, self._asked), name, authorization=key)
            await self._bench.ask(request, due, seen)

        await on_schedule(rate, until, collect)

    def lags(self) -> dict[str, list[float]]:
        """Of each movement that was told of: seconds from each of its events to our server."""
        secret = self._heard.endpoint()["secret"]
        found: dict[str, list[float]] = {}
        told = self._heard.process.ask({"do": "told", "secret": secret})["told"]
        for _, movement, created, at in told:
            found.setdefault(movement, []).append(at - created)
        return found


async def measure(street: Street, rounds: int) -> None:
    """Every kind of neighbour in every round, each beside one that is well."""
    well: dict[str, list[list[str]]] = {kind: [] for kind in KINDS}
    beside: dict[str, list[list[str]]] = {kind: [] for kind in KINDS}
    for turn in range(rounds):
        for kind in KINDS:
            if turn % 2:  # what drifts with time falls on both
                beside[kind].append(await street.phase(kind))
                well[kind].append(await street.phase("well"))
            else:
                well[kind].append(await street.phase("well"))
                beside[kind].append(await street.phase(kind))
    lags = street.lags()
    say(f"webhooks of one merchant beside another's endpoint (I-39), load {getloadavg()[0]:.1f}")
    for kind in KINDS:
        _told(kind, lags, well[kind], beside[kind])


def _told(
    kind: str,
    lags: Mapping[str, Sequence[float]],
    well: Sequence[Sequence[str]],
    beside: Sequence[Sequence[str]],
) -> None:
    missed = sum(not lags.get(one) for phase in (*well, *beside) for one in phase)
    say(f"  a neighbour's endpoint is {kind}: {missed} movements of ours not told of")
    times = [
        [[lag * 1e3 for one in phase for lag in lags.get(one, ())] for phase in phases]
        for phases in (well, beside)
    ]
    for percent in (50, 95):
        one, other = (
            percentile([lag for phase in all_ for lag in phase], percent) for all_ in times
        )
        bound = "" if percent == 50 else f" (at most {BOUND:.2f})"  # noqa: PLR2004
        ratio = f"{other / one:.2f}{bound}"
        say(f"    p{percent}: {one:.1f} ms beside a well one, {other:.1f} ms: {ratio}")
    ratios = [
        percentile(with_it, 95) / percentile(without, 95)
        for without, with_it in zip(*times, strict=True)
    ]
    said = ", ".join(f"{ratio:.2f}" for ratio in ratios)
    say(f"    p95 by round: {said}; median {median(ratios):.2f}")


def main(rounds: int) -> None:
    """The processes, the phases, the figures."""
    folder = Path(tempfile.mkdtemp(prefix="cross-neighbours-"))
    try:
        with ExitStack() as processes:
            heard = processes.enter_context(hearing(folder))
            bad = processes.enter_context(Process("bench.bad_receiver", folder=folder))
            simulators = processes.enter_context(Process("bench.simulators", folder=folder))
            urls = {kind: f"{bad.url}/{kind}" for kind in ("well", *KINDS)} | {"dead": NOBODY}
            keys = {kind: f"sk_test_{secrets.token_hex(12)}" for kind in urls}
            start = cross_switch(
                f"sqlite:{folder / 'books.db'}",
                folder=folder,
                hearers=Hearers(
                    heard.url, heard.file, {kind: (keys[kind], urls[kind]) for kind in urls}
                ),
            )
            switch = processes.enter_context(start(control(simulators.url, "GET", "/settings")))
            for operator in OPERATORS:
                control(simulators.url, "PUT", f"/partner/{operator}", {"balance": FLOAT})
                url = switch.url + cross_callback_path(operator)
                path = f"/credentials/{operator}/cross"
                control(simulators.url, "PUT", path, {"callback_url": url})
            bearers = {kind: f"Bearer {key}" for kind, key in keys.items()}
            street = Street(Bench(folder, switch, simulators), bearers, heard)
            uvloop.run(measure(street, rounds))
            switch.end()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS)
