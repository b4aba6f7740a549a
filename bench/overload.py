"""What overload of one part does to the others: `python -m bench.overload [PART…] [ROUNDS]`.

Each phase with the trouble stands between phases without it, in one run: the machine's own noise
falls on both. Prints figures, and the ratios that money-safety.md, section 4, bounds.
"""

import asyncio
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from os import getloadavg
from pathlib import Path
from typing import Any, Final, TypeAlias

import uvloop

from bench.figures import percentile
from bench.offering import RATE, Bench, Seen, lasting, on_schedule, say
from bench.process import Process
from bench.siege import slow_sockets
from bench.slow_sockets import HOW, take_descriptors
from bench.stage import OPERATORS, control, cross_callback_path, cross_switch
from bench.traffic import FLOAT

SLOW_RATE: Final = 30
SLOW_SECONDS: Final = 12.0
ROUNDS: Final = 3
LATENCY_MS: Final = 30_000  # money-safety.md, F-O01
BURST_RATE: Final = 1_000  # F-C10
BURST_SECONDS: Final = 8.0


async def one_slow_operator(bench: Bench, rounds: int) -> None:
    """F-O01: Flooz takes 30 s for an answer; what TMoney's collections notice of it."""
    quiet, during, well, slow = Seen(), Seen(), Seen(), Seen()
    for _ in range(rounds):
        phase = lasting(SLOW_SECONDS)
        await asyncio.gather(
            bench.offered("tmoney", "22890", RATE, phase, quiet),
            bench.offered("flooz", "22896", SLOW_RATE, phase, well),
        )
        fault = {"operator": "flooz", "fault": "latency", "value": LATENCY_MS}
        planted = control(bench.simulators.url, "POST", "/faults", fault)
        phase = lasting(SLOW_SECONDS)
        await asyncio.gather(
            bench.offered("tmoney", "22890", RATE, phase, during),
            bench.offered("flooz", "22896", SLOW_RATE, phase, slow),
        )
        control(bench.simulators.url, "DELETE", f"/faults/{planted['id']}")
        await bench.drained()
    say("one operator at 30 s latency (F-O01)")
    say(f"  asked of it meanwhile: {slow.statuses}; load average {getloadavg()[0]:.1f}")
    told("accept", quiet.seconds, during.seconds, bound=1.10)
    told("complete", bench.completed(quiet), bench.completed(during), bound=1.10)


async def burst(bench: Bench, rounds: int) -> None:
    """F-C10: as many callbacks as an operator sends that was away for hours."""
    del rounds  # one burst is enough
    seen, before = Seen(), bench.rows("SELECT count(*) FROM callbacks")[0][0]
    path, began_at = cross_callback_path("tmoney"), time.perf_counter()

    async def call_back(place: int, due: float) -> None:
        body = json.dumps({"idRequete": f"CRXBURST{place:012}", "statutRequete": "SUCCES"})
        request = (
            f"POST {path} HTTP/1.1\r\nHost: switch\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}"
        ).encode()
        await bench.ask(request, due, seen)

    await on_schedule(BURST_RATE, lasting(BURST_SECONDS), call_back)
    lasted = time.perf_counter() - began_at
    stored = bench.rows("SELECT count(*) FROM callbacks")[0][0] - before
    say(f"a burst of {BURST_RATE:,} callbacks a second for {BURST_SECONDS:.0f} s (F-C10)")
    say(f"  answered {seen.statuses}, stored {stored:,}: {stored / lasted:,.0f}/s")
    say(f"  p50 {percentile(seen.seconds, 50) * 1e3:.1f} ms, ")
    say(f"  p99 {percentile(seen.seconds, 99) * 1e3:.1f} ms")


def told(what: str, quiet: Sequence[float], during: Sequence[float], *, bound: float) -> None:
    """Two percentiles of both, and their ratio."""
    for percent in (50, 99):
        one, other = (percentile(values, percent) * 1e3 for values in (quiet, during))
        word = "" if percent == 50 else f"  (at most {bound:.2f})"  # noqa: PLR2004
        before = f"{one:.1f} ms before, {other:.1f} ms during"
        say(f"  {what} p{percent}: {before}: {other / one:.2f}{word}")
    say(f"  of {len(quiet):,} and {len(during):,}")


@contextmanager
def stage(folder: Path) -> Iterator[Bench]:
    """The processes, until the end."""
    with Process("bench.simulators", folder=folder) as simulators:
        start = cross_switch(f"sqlite:{folder / 'books.db'}", folder=folder)
        settings: Mapping[str, Any] = control(simulators.url, "GET", "/settings")
        with start(settings) as switch:
            for operator in OPERATORS:
                control(simulators.url, "PUT", f"/partner/{operator}", {"balance": FLOAT})
                url = switch.url + cross_callback_path(operator)
                path = f"/credentials/{operator}/cross"
                control(simulators.url, "PUT", path, {"callback_url": url})
            yield Bench(folder, switch, simulators)
            switch.end()
            simulators.end()


Part: TypeAlias = Callable[..., Awaitable[None]]
PARTS: Final[Mapping[str, Part]] = {
    "operator": one_slow_operator,
    **{how: partial(slow_sockets, how=how) for how in HOW},
    "burst": burst,
}


def main(arguments: Sequence[str]) -> None:
    """Those parts, or all, in so many rounds."""
    take_descriptors()
    folder = Path(tempfile.mkdtemp(prefix="cross-overload-"))
    rounds = next((int(one) for one in arguments if one.isdigit()), ROUNDS)
    try:
        with stage(folder) as bench:
            uvloop.run(_measure(bench, [one for one in arguments if one in PARTS], rounds))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _measure(bench: Bench, parts: Sequence[str], rounds: int) -> None:
    for part in parts or PARTS:
        await PARTS[part](bench, rounds=rounds)


if __name__ == "__main__":
    main(sys.argv[1:])
