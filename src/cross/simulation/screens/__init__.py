"""Screens of the sandbox: a handset and the bench. Each is one document that loads nothing else."""

import json
from base64 import b64encode
from collections.abc import Mapping
from functools import cache
from html import escape
from importlib.resources import files
from string import Template
from typing import Final

from cross.domain.ids import RandomBits
from cross.simulation.exchange import Reply, html_reply

NONCE_BITS: Final = 128


def screen(
    name: str,
    values: Mapping[str, str],
    *,
    words: Mapping[str, object],
    random_bits: RandomBits,
    frames: str = "",
) -> Reply:
    """The page `name`: texts are escaped here, save for `content`, `plain`, `keys`, `operators`.

    `words` is what its script says; `frames` lists the origins that it may show in frames.
    """
    nonce = b64encode(random_bits(NONCE_BITS).to_bytes(NONCE_BITS // 8)).decode()
    made = ("content", "plain", "keys", "operators")
    filled = {key: value if key in made else escape(value) for key, value in values.items()}
    html = _template(f"{name}.html").substitute(
        filled,
        nonce=nonce,
        style=_text(f"{name}.css"),
        script=_text(f"{name}.js"),
        words=json.dumps(words).replace("<", "\\u003c"),
    )
    policy = (
        f"default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}';"
        f" connect-src 'self'; form-action 'self'; frame-src 'self' {frames};"
        " frame-ancestors 'self'; base-uri 'none'"
    )
    return html_reply(html, policy=policy)


@cache
def _text(name: str) -> str:
    return files(__package__).joinpath(name).read_text("utf-8")


@cache
def _template(name: str) -> Template:
    return Template(_text(name))
