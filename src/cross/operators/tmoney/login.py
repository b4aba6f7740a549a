"""TMoney's login: a JWT for a user name and a password (operators.md 2.2)."""

import base64
import binascii
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from http.client import OK
from typing import Final

from cross.clock import Clock
from cross.connector.asking import ask
from cross.connector.reading import Fields, read_object, text_in
from cross.connector.tokens import Token
from cross.domain.errors import AmountNotWhole
from cross.domain.money import whole_amount
from cross.domain.operator import Unknown
from cross.outbound import HttpRequest, HttpResponse, Outbound

JSON_HEADERS: Final = (("Content-Type", "application/json"), ("Accept", "application/json"))

_LIFE: Final = timedelta(seconds=3600)  # ASSUMED: operators.md 2.2, for a token that tells no `exp`
_RENEWED_BEFORE_END: Final = timedelta(seconds=60)  # operators.md 2.2: `exp-60s`
_SHOWN_AT_LEAST: Final = timedelta(seconds=30)  # a clock that differs must not cost a login a call
_TOKEN_LENGTH_MAX: Final = 8192
_SIGNED_IN: Final = frozenset({"2000", "200"})  # operators.md 2.2, 2.7
_SECONDS_MAX: Final = 253_402_300_799  # the end of year 9999, where datetime ends


def login_request(url: str, *, user: str, password: str, deadline_seconds: float) -> HttpRequest:
    """The request that signs in; it is the same each time."""
    credentials = {"nomUtilisateur": user, "motDePasse": password}
    return HttpRequest(
        "POST", url, JSON_HEADERS, json.dumps(credentials).encode(), deadline_seconds
    )


async def sign_in(outbound: Outbound, request: HttpRequest, clock: Clock) -> Token | Unknown:
    """A new token, or `Unknown(sent=False)`: a login sends nothing about money."""
    answer = await ask(outbound, request)
    if isinstance(answer, Unknown):
        return Unknown(f"login: {answer.detail}", sent=False)
    jwt = token_in(answer)
    if jwt is None:
        return Unknown(f"login: no token, HTTP status {answer.status}", sent=False)
    headers = (("Authorization", f"Bearer {jwt}"), *JSON_HEADERS)
    return Token(headers, renew_at(jwt, now=clock()))


def token_in(answer: HttpResponse) -> str | None:
    """The JWT without any `Bearer`, however often it was put before it; None without a yes."""
    fields = read_object(answer.body)
    if answer.status != OK or fields is None:
        return None
    data = fields.get("data")
    if not isinstance(data, Mapping) or not _says_yes(fields):
        return None
    jwt = _bare(text_in(data.get("token")) or "")
    fits = 0 < len(jwt) <= _TOKEN_LENGTH_MAX and jwt.isascii() and jwt.isprintable()
    return jwt if fits and " " not in jwt else None


def renew_at(jwt: str, *, now: datetime) -> datetime:
    """When to sign in anew: a minute before the token's own end, or before the assumed one."""
    end = _end_of(jwt) or now + _LIFE
    return max(end - _RENEWED_BEFORE_END, now + _SHOWN_AT_LEAST)


def _says_yes(fields: Fields) -> bool:
    """Whether `status`, else `statut`, has a good code; the token alone will do without both."""
    for name in ("status", "statut"):
        said = fields.get(name)
        if said is not None:
            return isinstance(said, Mapping) and text_in(said.get("code")) in _SIGNED_IN
    return True


def _bare(token: str) -> str:
    bare = token.lstrip(" ")
    while bare[:7].lower() == "bearer ":
        bare = bare[7:].lstrip(" ")
    return bare.rstrip(" ")


def _end_of(jwt: str) -> datetime | None:
    """The token's `exp`, read without checking the signature: it is TMoney's to check."""
    _, _, rest = jwt.partition(".")
    payload = rest.partition(".")[0]
    try:
        claims = read_object(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (ValueError, binascii.Error):
        return None
    said = (claims or {}).get("exp")
    try:
        seconds = whole_amount(said) if isinstance(said, str) else _SECONDS_MAX + 1
    except AmountNotWhole:
        return None
    return datetime.fromtimestamp(seconds, UTC) if seconds <= _SECONDS_MAX else None
