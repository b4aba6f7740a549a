"""What a request asks for: its path as it was sent and as text, and its query."""

import re
from typing import Final
from urllib.parse import unquote

import httptools

_PLAIN_TARGET: Final = re.compile(rb"(/[!-\"$&->@-~]*)(?:\?([!-\"$-~]*))?")
"""A path without escapes, and a query: nearly every target there is."""


def target_of(target: bytes) -> tuple[bytes, str, bytes]:
    """The path as sent, the path as text, and the query; raises what the parser makes a 400."""
    plain = _PLAIN_TARGET.fullmatch(target)
    if plain is not None:
        return plain[1], plain[1].decode("ascii"), plain[2] or b""
    url = httptools.parse_url(target)
    path: bytes = url.path
    text = unquote(path.decode("ascii"))
    if "\0" in text:
        raise ValueError("no address of ours and no text of PostgreSQL holds a NUL")
    return path, text, url.query or b""
