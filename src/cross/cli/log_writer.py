"""What writes log lines out: a thread behind a buffer that has an end (F-R09).

Whoever logs leaves a line and goes on. A full disk or a pipe that nobody reads stops the thread
alone; lines that find the buffer full are dropped, and how many is the next line that gets through.
"""

import json
import os
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

LINES_MAX: Final = 10_000
GATHERING_SECONDS: Final = 0.05
ENDING_SECONDS: Final = 1.0


class LogWriter:
    """Writes to a file descriptor; `dropped` counts what it could not."""

    def __init__(self, descriptor: int, *, lines_max: int = LINES_MAX) -> None:
        self.dropped = 0
        self._descriptor = descriptor
        self._lines_max = lines_max
        self._lines: deque[str] = deque()
        self._wanted = threading.Event()
        self._ending = threading.Event()
        self._told_dropped = 0
        self._thread = threading.Thread(target=self._run, name="log", daemon=True)

    def start(self) -> None:
        """Begins to write."""
        self._thread.start()

    def take(self, line: str) -> None:
        """Leaves a line to be written; never waits, never raises."""
        if len(self._lines) >= self._lines_max:
            self.dropped += 1
            return
        self._lines.append(line)
        if not self._wanted.is_set():
            self._wanted.set()

    def stop(self) -> None:
        """Writes what is left, for so long as a reader who is there would need."""
        self._ending.set()
        self._wanted.set()
        self._thread.join(ENDING_SECONDS)

    def _run(self) -> None:
        while True:
            self._wanted.wait()
            self._ending.wait(GATHERING_SECONDS)
            self._wanted.clear()
            while self._lines:
                self._write("".join(f"{line}\n" for line in self._gathered()))
            if self._ending.is_set() and not self._lines:
                return

    def _gathered(self) -> Iterator[str]:
        lost = self.dropped - self._told_dropped
        if lost:
            self._told_dropped += lost
            yield json.dumps({"level": "error", "event": "log_lines_dropped", "count": lost})
        for _ in range(min(len(self._lines), 512)):
            yield self._lines.popleft()

    def _write(self, text: str) -> None:
        left = memoryview(text.encode("ascii", "backslashreplace"))
        try:
            while left:
                left = left[os.write(self._descriptor, left) :]
        except OSError:  # a full disk, a reader that has gone: the lines are lost, and counted
            self.dropped += text.count("\n")


@contextmanager
def written_to(descriptor: int) -> Iterator[LogWriter]:
    """A writer for as long as the block."""
    writer = LogWriter(descriptor)
    writer.start()
    try:
        yield writer
    finally:
        writer.stop()
