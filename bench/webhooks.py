"""Webhooks: that every completed transfer was told of, how late, and what telling costs."""

import json
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from bench.databases import Server
from bench.figures import Figure, milliseconds, percentile
from bench.process import Failed, Process
from bench.proof import Disagreement
from bench.stage import Stage
from bench.traffic import AUTHORIZATION, COMPLETED
from cross.domain.webhook import key_of, signatures

SECTION: Final = "Webhooks"
LOOK_SECONDS: Final = 0.02
PATIENCE_SECONDS: Final = 60.0
SIGNED: Final = 20_000
BODY_BYTES: Final = 1_500
"""About what the event of a transfer is long."""

_TOLD_MAX: Final = 8


@dataclass(frozen=True, slots=True)
class Hearing:
    """The merchant's server, and what the switch told of its endpoint when that was made."""

    process: Process
    file: Path

    @property
    def url(self) -> str:
        """Where webhooks go."""
        return f"{self.process.url}/webhooks"

    def counted(self, what: str) -> int:
        """How many came: `total`, or `distinct` ones."""
        return int(self.process.ask({"do": "count"})[what])

    def wait_for(self, count: int, what: str = "distinct") -> None:
        """Returns once so many came; raises `Failed` where for long none does."""
        before, heard_at = -1, time.monotonic()
        while (now := self.counted(what)) < count:
            if now != before:
                before, heard_at = now, time.monotonic()
            elif time.monotonic() > heard_at + PATIENCE_SECONDS:
                raise Failed(f"{count - now} of {count} webhooks do not come")
            time.sleep(LOOK_SECONDS)

    def endpoint(self) -> Mapping[str, str]:
        """The endpoint's id and secret."""
        return dict(json.loads(self.file.read_text()))


@contextmanager
def hearing(folder: Path) -> Iterator[Hearing]:
    """A server that hears webhooks, for as long as the block."""
    with Process("bench.receiver", folder=folder) as process:
        yield Hearing(process, folder / "endpoint.json")


@dataclass(frozen=True, slots=True)
class Told:
    """What the merchant heard: of each transfer the moment of its event, and of the first word."""

    completed: Mapping[str, tuple[float, float]]
    repeated: int

    def lags(self, ids: Sequence[str]) -> list[float]:
        """Seconds from the step to the merchant, of these transfers."""
        return [self.completed[id_][1] - self.completed[id_][0] for id_ in ids]


def require_told(ids: Sequence[str], heard: Hearing, *, repeated: int) -> Told:
    """Raises `Disagreement` unless each transfer was told of, in genuine words, and no other."""
    told = heard.process.ask({"do": "told", "secret": heard.endpoint()["secret"]})
    came: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for kind, transfer, created, at in told["told"]:
        if kind == COMPLETED:
            came[transfer].append((created, at))
    differences = [f"webhook {id_} is not signed by its secret" for id_ in told["wrong"]]
    differences += [f"{id_} was not told of" for id_ in ids if id_ not in came]
    differences += [f"{id_} was told of, and nobody asked for it" for id_ in came.keys() - set(ids)]
    if differences:
        raise Disagreement(*differences[:_TOLD_MAX], f"{len(differences)} in all")
    more = sum(len(times) - 1 for times in came.values()) - repeated
    return Told({id_: times[0] for id_, times in came.items()}, more)


@dataclass(frozen=True, slots=True)
class Resent:
    """A delivery's own cost: of events of before, sent once more while nothing else happens."""

    count: int
    switch_seconds: float
    database_seconds: float
    seconds: float


def resend(stage: Stage, heard: Hearing, server: Server | None, *, since: float) -> Resent:
    """Has the events from that moment on sent again; the transfers' own work is not in it."""
    total, began = heard.counted("total"), time.monotonic()
    before = stage.switch.use()
    database = None if server is None else server.use()
    place = f"/v1/webhook_endpoints/{heard.endpoint()['id']}/resend"
    moment = datetime.fromtimestamp(since, UTC).isoformat()
    count = int(_post(stage.switch.url, place, {"created_from": moment})["count"])
    heard.wait_for(total + count, "total")
    return Resent(
        count,
        stage.switch.use().since(before),
        0.0 if server is None or database is None else server.use().since(database),
        time.monotonic() - began,
    )


def figures_of(
    engine: str, told: Told, resent: Resent, lags: Mapping[str, Sequence[str]]
) -> list[Figure]:
    """What the table says of webhooks; `lags`: which transfers were sent in which way."""
    found = [
        Figure(
            SECTION,
            "transfers told of",
            engine,
            len(told.completed),
            "",
            f"every completed one, at least once, each signature verified; {told.repeated:,} twice",
        ),
        Figure(
            SECTION,
            "deliveries per second, nothing else",
            engine,
            resent.count / resent.seconds,
            "/s",
            f"{resent.count:,} events sent again to one endpoint",
        ),
        Figure(
            SECTION,
            "CPU a delivery, switch",
            engine,
            resent.switch_seconds / max(1, resent.count) * 1e6,
            "us",
            "reading it, signing it, sending it, writing down what came of it",
        ),
        Figure(
            SECTION,
            "CPU a delivery, database server",
            engine,
            resent.database_seconds / max(1, resent.count) * 1e6,
            "us",
            "all processes of PostgreSQL; SQLite has none",
        ),
    ]
    return found + [
        Figure(
            SECTION,
            f"lag p{percent} {name}",
            engine,
            milliseconds(percentile(told.lags(ids), percent)),
            "ms",
            "from the step that completed it to the merchant's server",
            digits=1,
        )
        for name, ids in lags.items()
        for percent in (50, 99)
    ]


def signing() -> Figure:
    """What one signature takes."""
    key, body = key_of("whsec_" + "QUJD" * 8), b"x" * BODY_BYTES
    began = time.perf_counter()
    for number in range(SIGNED):
        signatures([key], f"evt_{number:026d}", at_seconds=1_795_000_000, body=body)
    took = (time.perf_counter() - began) / SIGNED
    meaning = f"HMAC-SHA256 of {BODY_BYTES:,} bytes and its base64, in this process"
    return Figure(SECTION, "a signature", "", took * 1e6, "us", meaning, digits=1)


def _post(url: str, path: str, content: Mapping[str, Any]) -> dict[str, Any]:
    parts = urlsplit(url)
    connection = HTTPConnection(str(parts.hostname), parts.port, timeout=PATIENCE_SECONDS)
    headers = {"Content-Type": "application/json", "Authorization": AUTHORIZATION}
    try:
        connection.request("POST", path, json.dumps(content), headers)
        answer = connection.getresponse()
        text = answer.read()
    finally:
        connection.close()
    if answer.status >= 300:  # noqa: PLR2004  RFC 9110: beyond the 2xx class
        raise Failed(f"POST {path}: {answer.status} {text[:300]!r}")
    return dict(json.loads(text))
