"""Keys that are read once: OpenSSL proves a private key's arithmetic each time, in 0.13 s.

A test or a simulated world makes a connector of D-Money for each of its processes, always with the
same few keys of the simulator.
"""

from contextlib import AbstractContextManager
from functools import cache
from typing import Any
from unittest.mock import patch

from cryptography.hazmat.primitives.serialization import load_der_private_key

from cross.operators.dmoney import signing


def keys_read_once() -> AbstractContextManager[Any]:
    """Within it a private key that was read before is the one that was read."""
    return patch.object(signing, "load_der_private_key", cache(load_der_private_key))
