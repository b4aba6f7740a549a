"""A disk that loses power: SQLite's files, only what was synced outlives it (F-P07, F-P08).

`PowerLossDisk()` registers a VFS with SQLite; while it `is_default` every connection that this
process opens uses it. What is written stays in this process's memory, where its own connections
read it, and reaches the real file when SQLite syncs that file. So power is lost

- in a simulation by `is_off`, from when on nothing reaches the disk, and `lose_power` once the
  connections are closed: what was not synced is gone, or each sector of it got through or did not
  (`torn`);
- of a real process by SIGKILL: the real files hold what was synced, and nothing else. Install it
  before the books are opened, and there the promise of synchronous FULL can be tried (and that of
  NORMAL be seen broken).

Names of files are durable at once: that a folder is synced is not tried. `-shm` is memory that
SQLite shares between connections; it is not shadowed, and `lose_power` removes it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, Final, Self, TypeAlias

import apsw

SECTOR_BYTES: Final = 512
"""What a disk writes whole, or not at all."""

SURVIVES: Final = 0.5
NAME: Final = "power-loss"
BENEATH: Final = "unix"  # sqlite.org/vfs.html: what SQLite uses by itself
OPENED_BY_NAME: Final = (
    apsw.SQLITE_OPEN_MAIN_DB | apsw.SQLITE_OPEN_MAIN_JOURNAL | apsw.SQLITE_OPEN_WAL
)

Written: TypeAlias = tuple[int, bytes | None]
"""Where, and what; None cuts the file off there."""


@dataclass(slots=True)
class Shadow:
    """One file as this process sees it, and what of that is not on the disk yet."""

    content: bytearray
    unsynced: list[Written] = field(default_factory=list)


class PowerLossDisk:
    """The files of one machine. `broken_syncs`: so many syncs fail from now on (F-D14).

    What such a sync should have written is read as if it were there, until power is lost.
    """

    def __init__(self, *, is_default: bool = True, name: str = NAME) -> None:
        self.shadows: dict[str, Shadow] = {}
        self.is_off = False
        self.broken_syncs = 0
        self.syncs = 0
        self._writes_left = 0
        self._then: Callable[[], None] = lambda: None
        self._vfs = _Vfs(self, name, is_default=is_default)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._vfs.unregister()

    def lose_power_at(self, writes: int, then: Callable[[], None]) -> None:
        """After so many more writes nothing reaches the disk, and `then` is called, once."""
        self._writes_left, self._then = writes, then

    def lose_power(self, *, torn: Random | None = None) -> None:
        """Forget what was not synced; with `torn`, each sector of it may have got through."""
        for name, shadow in self.shadows.items():
            path = Path(name)
            if torn is not None and path.exists():
                _let_some_through(path, shadow.unsynced, torn)
            Path(f"{name}-shm").unlink(missing_ok=True)
        self.shadows.clear()
        self.is_off = False
        self._writes_left = 0

    def shadow_of(self, name: str) -> Shadow:
        """The file of that name; read from the disk where nobody has it open."""
        shadow = self.shadows.get(name)
        if shadow is None:
            path = Path(name)
            content = path.read_bytes() if path.exists() else b""
            shadow = self.shadows[name] = Shadow(bytearray(content))
        return shadow

    def forget(self, name: str) -> None:
        """The file was deleted."""
        self.shadows.pop(name, None)

    def count_write(self) -> None:
        """One write more; the one that was waited for is the first that does not get through."""
        if self._writes_left > 0:
            self._writes_left -= 1
            if self._writes_left == 0:
                self.is_off = True
                self._then()

    def must_fail(self) -> bool:
        """Whether this sync fails as a broken disk's does."""
        self.syncs += 1
        if self.broken_syncs <= 0:
            return False
        self.broken_syncs -= 1
        return True


class _Vfs(apsw.VFS):
    def __init__(self, disk: PowerLossDisk, name: str, *, is_default: bool) -> None:
        self._disk = disk
        super().__init__(name, base=BENEATH, makedefault=is_default)

    def xOpen(self, name: Any, flags: list[int]) -> apsw.VFSFile:  # noqa: N802  SQLite's
        wanted = flags[0]
        if name is None or not wanted & OPENED_BY_NAME:
            return super().xOpen(name, flags)
        path = name.filename() if isinstance(name, apsw.URIFilename) else name
        return _File(self._disk, path, name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: FBT001, N802  SQLite's
        if not self._disk.is_off:
            super().xDelete(filename, syncdir)
            self._disk.forget(filename)


class _File(apsw.VFSFile):
    def __init__(self, disk: PowerLossDisk, path: str, name: Any, flags: list[int]) -> None:
        super().__init__(BENEATH, name, flags)
        self._disk = disk
        self._shadow = disk.shadow_of(path)

    def xRead(self, amount: int, offset: int) -> bytes:  # noqa: N802  SQLite's
        return bytes(self._shadow.content[offset : offset + amount])

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802  SQLite's
        self._disk.count_write()
        data, content = bytes(data), self._shadow.content
        if offset > len(content):
            content.extend(bytes(offset - len(content)))
        content[offset : offset + len(data)] = data
        self._keep((offset, data))

    def xTruncate(self, newsize: int) -> None:  # noqa: N802  SQLite's
        del self._shadow.content[newsize:]
        self._keep((newsize, None))

    def xFileSize(self) -> int:  # noqa: N802  SQLite's
        return len(self._shadow.content)

    def xSync(self, flags: int) -> None:  # noqa: N802  SQLite's
        del flags
        if self._disk.is_off:
            return
        if self._disk.must_fail():  # and the kernel forgets what it could not write
            self._shadow.unsynced.clear()
            raise apsw.IOError("the disk does not sync")
        for offset, data in self._shadow.unsynced:
            if data is None:
                super().xTruncate(offset)
            else:
                super().xWrite(data, offset)
        self._shadow.unsynced.clear()

    def _keep(self, written: Written) -> None:
        if not self._disk.is_off:
            self._shadow.unsynced.append(written)


def _let_some_through(path: Path, unsynced: list[Written], random: Random) -> None:
    """Of each write some sectors: a disk does them in any order, and power goes in the middle."""
    with path.open("r+b") as file:
        for offset, data in unsynced:
            if data is None:
                if random.random() < SURVIVES:
                    file.truncate(offset)
                continue
            for start in range(0, len(data), SECTOR_BYTES):
                if random.random() < SURVIVES:
                    file.seek(offset + start)
                    file.write(data[start : start + SECTOR_BYTES])
