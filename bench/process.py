"""Our own child processes: started, spoken to in lines of JSON, measured, ended."""

import json
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Final, Self

import psutil  # type: ignore[import-untyped]

ROOT: Final = Path(__file__).resolve().parent.parent
END_SECONDS: Final = 30.0
TOLD_OF_ERRORS: Final = 4_000


class Failed(Exception):
    """A part of the benchmark did not do its work: there is nothing to print."""


@dataclass(frozen=True, slots=True)
class Use:
    """What a process, or several, used so far."""

    cpu_seconds: float

    def since(self, before: "Use") -> float:
        """Seconds of one core."""
        return self.cpu_seconds - before.cpu_seconds


class Process:
    """`python -m bench.<module>`, which tells its address first, in its own folder for errors."""

    def __init__(self, module: str, *arguments: str, folder: Path) -> None:
        self.name = module.rpartition(".")[2]
        self._errors = folder / f"{module}.log"
        with self._errors.open("ab") as errors:
            self._child = subprocess.Popen(
                [sys.executable, "-m", module, *arguments],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
            )
        self._psutil = psutil.Process(self._child.pid)
        try:
            self.url = str(self.hear()["url"])
        except Failed:
            self.kill()
            raise

    def ask(self, order: dict[str, Any]) -> dict[str, Any]:
        """The answer to one order; raises `Failed` where the process ended instead."""
        into = _pipe(self._child.stdin)
        into.write(json.dumps(order).encode() + b"\n")
        into.flush()
        return self.hear()

    def hear(self) -> dict[str, Any]:
        """The next line that it says."""
        line = _pipe(self._child.stdout).readline()
        if not line:
            raise Failed(f"{self.name} ended: {self._last_errors()}")
        return dict(json.loads(line))

    def use(self) -> Use:
        """Processor time until now, all threads."""
        times = self._psutil.cpu_times()
        return Use(times.user + times.system)

    def memory_peak(self) -> int:
        """The most bytes that were resident at once."""
        status = Path(f"/proc/{self._child.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024

    def end(self) -> dict[str, Any]:
        """Lets the process go; what it says last, if anything."""
        _pipe(self._child.stdin).close()
        said = _pipe(self._child.stdout).read()
        try:
            self._child.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            raise Failed(f"{self.name} did not end") from None
        if self._child.returncode:
            raise Failed(f"{self.name} failed: {self._last_errors()}")
        return dict(json.loads(said)) if said.strip() else {}

    def kill(self) -> None:
        """Ends it at once; nothing happens where it has ended."""
        self._child.kill()
        self._child.wait()
        for pipe in (self._child.stdin, self._child.stdout):
            with suppress(OSError):
                _pipe(pipe).close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.kill()

    def _last_errors(self) -> str:
        return self._errors.read_text(errors="replace")[-TOLD_OF_ERRORS:]


def _pipe(pipe: "IO[bytes] | None") -> "IO[bytes]":
    assert pipe is not None
    return pipe
