"""Starting a sandbox as a process, and typing commands at it."""

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from typer.testing import CliRunner

from cross.cli.app import application

CROSS = (sys.executable, "-m", "cross.cli.app")
FREE = ("--port", "0", "--sim-port", "0")


def environment(home: Path, **more: str) -> dict[str, str]:
    """A person's, without what this machine says of Cross and of languages."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("CROSS_", "LC_")) and name not in ("LANG", "NO_COLOR")
    }
    return {**kept, "XDG_STATE_HOME": str(home), "COLUMNS": "80", **more}


@dataclass(frozen=True, slots=True)
class Running:
    """A sandbox, and what it said of itself."""

    process: subprocess.Popen[str]
    said: Mapping[str, Any]

    def control(self, path: str, content: object = None, method: str = "GET") -> Any:
        """The answer of the simulators' control API."""
        body = None if content is None else json.dumps(content).encode()
        request = urllib.request.Request(self.said["sim_url"] + path, body, method=method)  # noqa: S310
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310  on this machine
            return json.load(answer)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Its exit code, once it has ended."""
        self.process.send_signal(number)
        return self.process.wait(timeout=20)


@contextmanager
def sandbox(home: Path, *flags: str) -> Iterator[Running]:
    """A sandbox on free ports, from its one JSON line to its end."""
    process = subprocess.Popen(
        [*CROSS, "sandbox", "--json", *FREE, *flags],
        stdout=subprocess.PIPE,
        env=environment(home),
        text=True,
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        said = json.loads(line or "{}")
        assert "api_url" in said, said
        yield Running(process, said)
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(timeout=20)
        if process.stdout is not None:
            process.stdout.close()


def cross(home: Path, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    """One command in a process of its own."""
    return subprocess.run(
        [*CROSS, *words],
        capture_output=True,
        cwd=home,
        env=environment(home, **more),
        text=True,
        timeout=90,
        check=False,
    )


def answers(url: str) -> bool:
    """Whether anything listens there."""
    place = urlsplit(url)
    try:
        socket.create_connection((str(place.hostname), int(place.port or 0)), timeout=5).close()
    except OSError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Said:
    """What a command printed, and its exit code."""

    out: str
    err: str
    code: int

    @property
    def document(self) -> Any:
        """The one JSON document on standard output."""
        return json.loads(self.out)


class Typed:
    """Types commands in this process, which is quicker; the sandbox is another one."""

    def __init__(self, home: Path) -> None:
        self._home = home

    def __call__(self, *words: str, **more: str) -> Said:
        """What it says."""
        silenced = {name: None for name in os.environ if name.startswith(("CROSS_", "LC_", "LANG"))}
        runner = CliRunner(env={**silenced, "XDG_STATE_HOME": str(self._home), **more})
        result = runner.invoke(application(words), list(words))
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Said(result.stdout, result.stderr, result.exit_code)

    def document(self, *words: str) -> Any:
        """What it says with `--json`, whatever its exit code."""
        return self(*words, "--json").document
