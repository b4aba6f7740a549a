"""A stage: the simulators, one switch and one load, each in its own process."""

import json
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Final, TypeAlias
from urllib.parse import urlsplit

from bench.process import Failed, Process
from bench.traffic import FLOAT
from cross.bootstrap import callback_token
from cross.domain.limits import UNHINDERED
from cross.sealing import new_master_key_line

CALLBACK_SECRET: Final = "bench"  # noqa: S105  of a switch that nobody else can reach
OPERATORS: Final = ("tmoney", "flooz")
CONTROL_SECONDS: Final = 60

OperatorSettings: TypeAlias = Mapping[str, Mapping[str, str]]
StartSwitch: TypeAlias = Callable[[OperatorSettings], Process]
CallbackPath: TypeAlias = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Ending:
    """What the operators say when all is over, and what the switch said last."""

    journal: Sequence[Mapping[str, Any]]
    floats: Mapping[str, int]
    told: Mapping[str, Any]


@dataclass(slots=True)
class Stage:
    """The processes; `first` counts the transfers asked for so far, `ids` are those accepted.

    `bank_rate`: how many credits a second a bank asks for meanwhile.
    """

    simulators: Process
    switch: Process
    load: Process
    first: int = 0
    bank_rate: int = 0
    ids: list[str] = field(default_factory=list)

    def send(self, do: str, count: int, **how: float) -> dict[str, Any]:
        """Has the load send so many transfers and wait for their end."""
        asked = {"do": do, "first": self.first, "count": count, "bank_rate": self.bank_rate, **how}
        result = self.load.ask(asked)
        self.first += count
        self.ids += result["ids"]
        return result

    def bank_credits(self) -> list[float]:
        """How long each credit of the bank took to be final."""
        return list(self.load.ask({"do": "bank"})["credit_seconds"])

    def end(self) -> Ending:
        """Ends the load, then the switch, and asks the operators what really happened."""
        self.load.end()
        told = self.switch.end()
        journal = control(self.simulators.url, "GET", "/journal")["data"]
        floats = {
            operator: control(self.simulators.url, "GET", f"/partner/{operator}")["balance"]
            for operator in OPERATORS
        }
        self.simulators.end()
        return Ending(journal, floats, told)


@contextmanager
def stage_with(
    start: StartSwitch,
    *,
    folder: Path,
    callback_path: CallbackPath,
    floats: Mapping[str, int] | None = None,
    first: int = 0,
) -> Iterator[Stage]:
    """A stage on which nothing has happened; what is left of it is killed in the end."""
    with ExitStack() as processes:
        simulators = processes.enter_context(Process("bench.simulators", folder=folder))
        switch = processes.enter_context(start(control(simulators.url, "GET", "/settings")))
        for operator in OPERATORS:
            held = (floats or {}).get(operator, FLOAT)
            control(simulators.url, "PUT", f"/partner/{operator}", {"balance": held})
            callback_url = switch.url + callback_path(operator)
            path = f"/credentials/{operator}/cross"
            control(simulators.url, "PUT", path, {"callback_url": callback_url})
        load = Process("bench.load", switch.url, simulators.url, folder=folder)
        processes.enter_context(load)
        yield Stage(simulators, switch, load, first)


@dataclass(frozen=True, slots=True)
class Hearers:
    """Whom the switch tells by webhooks: the merchant that is measured, and its neighbours.

    `secret_file` is where the secret of the endpoint at `url` is left; `neighbours` are other
    merchants by name: the key of each, and where its webhooks go.
    """

    url: str | None = None
    secret_file: Path | None = None
    neighbours: Mapping[str, tuple[str, str]] = field(default_factory=dict)


def cross_switch(
    database_url: str,
    *,
    folder: Path,
    profile: Path | None = None,
    bank: bool = False,
    hearers: Hearers = Hearers(),
) -> StartSwitch:
    """Starts our switch on that database."""

    def start(operators: OperatorSettings) -> Process:
        plan = folder / "switch.json"
        settings = {
            "database_url": database_url,
            "callback_secret": CALLBACK_SECRET,
            "limits": dict(UNHINDERED),
            "operators": {name: operators[name] for name in OPERATORS},
            "webhook_private_networks": True,
            "master_key_file": str(_master_key(folder)),
        }
        told = {"settings": settings, "bank": bank, "profile": str(profile) if profile else None}
        told |= {"neighbours": dict(hearers.neighbours)}
        if hearers.url is not None:
            told |= {"webhooks": hearers.url, "secret_file": str(hearers.secret_file)}
        plan.write_text(json.dumps(told))
        return Process("bench.switch", str(plan), folder=folder)

    return start


def _master_key(folder: Path) -> Path:
    file = folder / "master.key"
    if not file.exists():
        file.touch(0o600)
        file.write_text(new_master_key_line("bench", random_bits=secrets.randbits))
    return file


def cross_callback_path(operator: str) -> str:
    """Where our switch hears an operator."""
    return f"/callbacks/{operator}/{callback_token(CALLBACK_SECRET, operator)}"


def control(url: str, method: str, path: str, body: object = None) -> dict[str, Any]:
    """A call of the simulators' control API; raises `Failed`."""
    parts = urlsplit(url)
    connection = HTTPConnection(str(parts.hostname), parts.port, timeout=CONTROL_SECONDS)
    try:
        content = None if body is None else json.dumps(body)
        headers = {"Content-Type": "application/json"}
        connection.request(method, f"/control{path}", content, headers)
        answer = connection.getresponse()
        text = answer.read()
    finally:
        connection.close()
    if answer.status >= 300:  # noqa: PLR2004  RFC 9110: beyond the 2xx class
        raise Failed(f"{method} /control{path}: {answer.status} {text[:300]!r}")
    return dict(json.loads(text))
