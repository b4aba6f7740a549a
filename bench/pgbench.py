"""pgbench, PostgreSQL's own load generator: how fast the very same SQL runs without us."""

import re
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from bench.databases import Server
from bench.process import Failed

CLIENTS: Final = 16
THREADS: Final = 2
RANDOM_MAX: Final = 2**53

_LATENCY_MS: Final = re.compile(r"^latency average = ([0-9.]+) ms$", re.MULTILINE)
_FAILED: Final = re.compile(r"^number of failed transactions: ([0-9]+)", re.MULTILINE)
_PER_SECOND: Final = re.compile(r"^tps = ([0-9.]+) \(without", re.MULTILINE)


def seconds_of(server: Server, database: str, scripts: Sequence[Path]) -> float:
    """How long scripts take that run beside each other, each on a connection of its own."""
    programs = [
        subprocess.Popen(
            [*_command(server), "-c", "1", "-t", "1", "-f", str(script), server.url(database)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for script in scripts
    ]
    return max(_found(_LATENCY_MS, _output(program)) for program in programs) / 1_000


def calls_a_second(server: Server, database: str, script: Path, *, seconds: float) -> float:
    """How often a second a short script runs, by sixteen clients."""
    program = subprocess.Popen(
        [
            *_command(server),
            *("-c", str(CLIENTS), "-j", str(THREADS), "-T", str(max(1, round(seconds)))),
            *("-f", str(script), server.url(database)),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    return _found(_PER_SECOND, _output(program))


def literal(value: str | None) -> str:
    """A text as SQL writes it."""
    return "NULL" if value is None else "'" + value.replace("'", "''") + "'"


def _command(server: Server) -> list[str]:
    return [str(server.programs / "pgbench"), "--no-vacuum", "--protocol=simple"]


def _output(program: "subprocess.Popen[str]") -> str:
    output, errors = program.communicate()
    if program.returncode:
        raise Failed(f"pgbench: {errors[-2_000:]}")
    if _found(_FAILED, output):
        raise Failed(f"pgbench: some transactions failed: {output[-2_000:]}")
    return output


def _found(pattern: re.Pattern[str], output: str) -> float:
    match = pattern.search(output)
    if match is None:
        raise Failed(f"pgbench said something else: {output[-2_000:]}")
    return float(match[1])
