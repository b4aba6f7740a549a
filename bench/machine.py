"""The machine on which it was measured, named: a figure without it means nothing."""

import os
import platform
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import apsw
import psycopg
from psutil import cpu_count, virtual_memory  # type: ignore[import-untyped]

from bench.databases import Server
from bench.figures import megabytes

FSYNCS: Final = 200
PAGE: Final = bytes(4_096)


def describe(folder: Path, server: Server | None) -> Mapping[str, str]:
    """What a reader must know to compare."""
    return {
        "machine": f"{cpu_count()} cores, {_processor()}, {_gigabytes()} of memory;"
        " shared and noisy: read ratios",
        "disk": f"{folder}: a page of 4 KiB is durable after {_fsync_microseconds(folder):,.0f} us"
        " (write and fdatasync, median)",
        "software": f"Python {platform.python_version()}, SQLite {apsw.sqlite_lib_version()}"
        f" (synchronous=FULL), {_postgres(server)}",
    }


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _gigabytes() -> str:
    return f"{megabytes(virtual_memory().total) / 1024:.0f} GB"


def _postgres(server: Server | None) -> str:
    if server is None:
        return "no PostgreSQL"
    with psycopg.connect(server.url("postgres")) as connection:
        version, fsync, commit = connection.execute(
            "SELECT current_setting('server_version'), current_setting('fsync'),"
            " current_setting('synchronous_commit')"
        ).fetchall()[0]
    return f"PostgreSQL {version} (fsync={fsync}, synchronous_commit={commit})"


def _fsync_microseconds(folder: Path) -> float:
    took = []
    handle = os.open(folder / "fsync", os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        for _ in range(FSYNCS):
            began = time.perf_counter()
            os.write(handle, PAGE)
            os.fdatasync(handle)
            took.append(time.perf_counter() - began)
    finally:
        os.close(handle)
    return sorted(took)[FSYNCS // 2] * 1e6
