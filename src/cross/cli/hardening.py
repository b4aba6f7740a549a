"""What a process that holds secrets does for itself: no core dump, no debugger (S-SEC-04)."""

import ctypes
import resource
from typing import Final

PR_SET_DUMPABLE: Final = 4  # linux/prctl.h


def leave_no_dump() -> None:
    """From now on no memory of this process reaches a disk by way of a crash, nor a debugger.

    Where the system has no `prctl` the limit alone holds.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    prctl = getattr(ctypes.CDLL(None), "prctl", None)
    if prctl is not None:
        prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
