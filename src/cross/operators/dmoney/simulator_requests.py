"""Requests to the simulated D-Money: token, envelope, signature, freshness, and forged fields."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from cross.operators.dmoney.signing import SIGN_TYPE, is_ambiguous, read_public_key, verify_fields
from cross.operators.dmoney.simulator_access import Access
from cross.operators.dmoney.simulator_answers import BAD_SIGNATURE, NOT_VALID, refusal
from cross.operators.dmoney.simulator_facts import FACTS
from cross.simulation.clients import FIRST_CLIENT, Client
from cross.simulation.exchange import Reply, Request, json_object
from cross.simulation.keys import public_text
from cross.simulation.world import World

ADDRESSES: Final = ("notify_url", "redirect_url")
"""The signed values that may hold `&` and `=`: they have a query (operators.md section 5.5)."""

SECONDS_DIGITS: Final = 10
_ENVELOPE: Final[Mapping[str, re.Pattern[str]]] = {
    "timestamp": re.compile(r"(?=[0-9]*[1-9])([0-9]{10}|[0-9]{13})", re.ASCII),
    "nonce_str": re.compile(r"[A-Za-z0-9]{1,32}", re.ASCII),
    "sign": re.compile(r"[A-Za-z0-9+/]{1,684}={0,2}", re.ASCII),
    "version": re.compile(r"1\.0", re.ASCII),
    "sign_type": re.compile(SIGN_TYPE),
}
_LINE_ENDS: Final = re.compile("[\r\n\0]")


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that its client really signed, now; `content` is its `biz_content`."""

    client: Client
    content: Mapping[str, object]

    def text(self, name: str) -> str:
        """A field as text, empty where it is not there."""
        value = self.content.get(name)
        return value if isinstance(value, str) else ""


class Requests:
    """Reads requests; each is refused for the first thing that is wrong with it."""

    def __init__(self, access: Access, *, world: World) -> None:
        self._access = access
        self._world = world
        self._nonces: dict[tuple[str, str], float] = {}

    def read(self, request: Request, *methods: str) -> Asked | Reply:
        """The request, whose `method` must be one of these; or the refusal."""
        client = self._access.client_of(request)
        if isinstance(client, Reply):
            return client
        fields = json_object(request.body) or {}
        content = _content_of(fields)
        if content is None:
            return refusal(NOT_VALID, "biz_content is missing, or the body is not a JSON object")
        details = _wrong_in_envelope(fields, methods) or _not_the_clients(client, fields, content)
        if details is not None:
            return refusal(NOT_VALID, details)
        if not is_signed_by(client, {**fields, "biz_content": content}, world=self._world):
            has_key = public_key_of(client, world=self._world) is not None
            why = "sign does not verify" if has_key else "no readable public_key is registered"
            return refusal(BAD_SIGNATURE, why)
        details = _forging(client, {**fields, **content}) or self._stale(client, fields)
        if details is not None:
            return refusal(NOT_VALID, details)
        return Asked(client, content)

    def _stale(self, client: Client, fields: Mapping[str, object]) -> str | None:
        """Why a request is too old or a repetition; by the clients' time, not by what was skipped.

        ASSUMED: operators.md section 5.4.
        """
        now = self._world.timers.given_now().timestamp()
        sent = int(str(fields["timestamp"])[:SECONDS_DIGITS])
        freshness = client.settings["freshness_s"]
        if isinstance(freshness, int) and freshness and abs(now - sent) > freshness:
            return "timestamp is too far from now"
        kept_seconds = client.settings["nonce_s"]
        assert isinstance(kept_seconds, int)  # noqa: S101 - as its default is
        self._forget_nonces(now)
        nonce = (client.name, str(fields["nonce_str"]))
        if nonce in self._nonces:
            return "nonce_str was used before"
        if kept_seconds:
            self._nonces[nonce] = now + kept_seconds
        return None

    def _forget_nonces(self, now: float) -> None:
        while self._nonces:
            oldest = next(iter(self._nonces))
            if self._nonces[oldest] > now:
                return
            del self._nonces[oldest]


def is_signed_by(client: Client, fields: Mapping[str, object], *, world: World) -> bool:
    """Whether the client's registered key signed these fields; false too without a key."""
    key = public_key_of(client, world=world)
    accepts_old = bool(client.settings["accept_pkcs1v15"])
    if key is None:
        return False
    return verify_fields(fields, key, accept_pkcs1v15=accepts_old) is not None


def public_key_of(client: Client, *, world: World) -> RSAPublicKey | None:
    """The key that a client registered, in any form that is read; None where it is none."""
    text = client.public_key
    if text is None and client.name == FIRST_CLIENT:
        text = public_text(world.keys.client(FACTS.name))
    try:
        return read_public_key(text or "")
    except ValueError:
        return None


def _content_of(fields: Mapping[str, object]) -> Mapping[str, object] | None:
    """`biz_content`, which some send as JSON in a string (operators.md section 5.4)."""
    content = fields.get("biz_content")
    if isinstance(content, str):
        try:
            content = json.loads(content, parse_float=str)
        except ValueError:
            return None
    return content if isinstance(content, dict) else None


def _wrong_in_envelope(fields: Mapping[str, object], methods: tuple[str, ...]) -> str | None:
    for name, pattern in _ENVELOPE.items():
        value = fields.get(name)
        if not isinstance(value, str) or not pattern.fullmatch(value):
            return f"{name} is missing or malformed"
    if fields.get("method") not in methods:
        return f"method is none of {', '.join(methods)}"
    return None


def _not_the_clients(
    client: Client, fields: Mapping[str, object], content: Mapping[str, object]
) -> str | None:
    for name in ("appid", "merch_code"):
        if content.get(name, fields.get(name)) != client.credentials[name]:
            return f"{name} is not this client's"
    return None


def _forging(client: Client, fields: Mapping[str, object]) -> str | None:
    """The signed value that could pass for other fields, if any (operators.md section 7b)."""
    for name, value in fields.items():
        if name == "sign" or not isinstance(value, str):
            continue
        if name in ADDRESSES:
            is_forging = _LINE_ENDS.search(value) is not None
        else:
            is_forging = is_ambiguous(value)
        if client.settings["refuse_forging_values"] and is_forging and name != "biz_content":
            return f"{name} holds a character that the signature does not protect"
    return None
