"""What a failing disk means for books in a file: nothing more is written, and the process ends.

A sync that failed must not be tried again: the kernel forgets what it could not write, and says
yes the second time. So the process ends, and the next one begins with what is there (F-D14).
"""

import json
import os
from typing import Final, NoReturn

import apsw

DISK_FAILED: Final = os.EX_IOERR
"""The exit code of a process whose disk failed; sysexits.h: 74, an error of input or output."""

_SPACE_MAY_RETURN: Final = frozenset(
    {  # what a full disk gives besides SQLITE_FULL: memory shared through a file that cannot grow
        apsw.SQLITE_IOERR_SHMOPEN,
        apsw.SQLITE_IOERR_SHMSIZE,
        apsw.SQLITE_IOERR_SHMMAP,
        apsw.SQLITE_IOERR_NOMEM,
    }
)


def is_of_a_failing_disk(error: BaseException) -> bool:
    """Whether what was written before may be gone from the disk as well."""
    if not isinstance(error, apsw.IOError):
        return False
    return getattr(error, "extendedresult", apsw.SQLITE_IOERR) not in _SPACE_MAY_RETURN


def stay(reason: str) -> None:
    """Does nothing: the store refuses every further write by itself."""
    del reason


def end_process(reason: str) -> NoReturn:
    """Ends this process at once, as death by a signal would: that is what recovery is made for."""
    line = {"level": "critical", "logger": "cross.storage", "event": "disk_failed"}
    os.write(2, json.dumps({**line, "reason": reason}).encode() + b"\n")
    os._exit(DISK_FAILED)
