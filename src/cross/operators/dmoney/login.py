"""D-Money's token, and the prefix of its paths: both come from the first login that works (5.2)."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from http.client import OK, UNAUTHORIZED
from typing import Final

from cross.clock import Clock
from cross.connector.asking import ask
from cross.connector.reading import Fields, read_object, text_in
from cross.connector.tokens import Token
from cross.domain.errors import AmountNotWhole
from cross.domain.money import whole_amount
from cross.domain.operator import Unknown
from cross.operators.dmoney.setup import Setup
from cross.outbound import HttpRequest, HttpResponse, Outbound

# Source: operators.md 5.1: *try both prefixes until one works*.
PREFIXES: Final = ("/apiaccess/payment/gateway", "/payment/gateway")
_TOKEN_PATH: Final = "/payment/v1/token"  # noqa: S105

_SIGNED_IN: Final = frozenset({"0", "200"})  # operators.md 5.2
_BAD_CREDENTIALS: Final = "1001"  # operators.md 5.2
_LIFE_SECONDS: Final = 3600  # ASSUMED: operators.md 5.2, for an answer that tells no end
_LIFE_SECONDS_MAX: Final = 86_400  # ASSUMED: a token that says it lives longer is renewed daily
_RENEWED_BEFORE_END: Final = timedelta(seconds=60)
_SHOWN_AT_LEAST: Final = timedelta(seconds=30)  # a clock that differs must not cost a login a call
_GATEWAY_ZONE: Final = timezone(timedelta(hours=3))  # ASSUMED: operators.md 5.2, Africa/Djibouti
_TOKEN_LENGTH_MAX: Final = 8192
_MOMENT: Final = re.compile(r"[0-9]{14}", re.ASCII)  # operators.md 5.2: yyyyMMddHHmmss


class Login:
    """Signs in. The prefix of the first login that worked is that of every later call (F-O23)."""

    def __init__(self, setup: Setup, *, outbound: Outbound, clock: Clock) -> None:
        self._setup = setup
        self._outbound = outbound
        self._clock = clock
        self._to_try: tuple[str, ...] = PREFIXES
        self._body = json.dumps({"appSecret": setup.app_secret}).encode()

    @property
    def prefix(self) -> str:
        """The prefix that worked, once one has."""
        return self._to_try[0]

    async def fetch(self) -> Token | Unknown:
        """A new token, or `Unknown(sent=False)`: a login sends nothing about money.

        The second prefix is tried where the first is not there, not where it is silent or where
        it refuses the credentials.
        """
        refusal = Unknown("login: not tried", sent=False)
        for prefix in self._to_try:
            answer = await ask(self._outbound, self._request(prefix))
            if isinstance(answer, Unknown):
                return Unknown(f"login: {answer.detail}", sent=False)
            fields = read_object(answer.body) or {}
            token = _token_in(answer, fields)
            if token is not None:
                self._to_try = (prefix,)
                return self._shown(token, fields)
            refusal = Unknown(f"login: no token, HTTP status {answer.status}", sent=False)
            if _refuses_credentials(answer, fields):
                return refusal
        return refusal

    def _request(self, prefix: str) -> HttpRequest:
        headers = (
            ("X-APP-Key", self._setup.app_key),
            ("Content-Type", "application/json"),
            ("Accept", "application/json"),
        )
        url = f"{self._setup.base_url}{prefix}{_TOKEN_PATH}"
        deadline = self._setup.profile.answer_timeout_seconds
        return HttpRequest("POST", url, headers, self._body, deadline)

    def _shown(self, token: str, fields: Fields) -> Token:
        headers = (
            ("Authorization", f"Bearer {token}"),
            ("X-APP-Key", self._setup.app_key),
            ("Content-Type", "application/json"),
            ("Accept", "application/json"),
        )
        now = self._clock()
        latest = now + timedelta(seconds=_LIFE_SECONDS_MAX)
        end = min(_end_of(fields, now=now), latest)
        return Token(headers, max(end - _RENEWED_BEFORE_END, now + _SHOWN_AT_LEAST))


def _token_in(answer: HttpResponse, fields: Fields) -> str | None:
    """The token without any `Bearer`, however often it was put before it; None without a yes."""
    if answer.status != OK or "errorCode" in fields:
        return None
    if "code" in fields and text_in(fields["code"]) not in _SIGNED_IN:
        return None
    token = (text_in(fields.get("token")) or "").strip(" ")
    while token[:7].lower() == "bearer ":
        token = token[7:].lstrip(" ")
    fits = 0 < len(token) <= _TOKEN_LENGTH_MAX and token.isascii() and token.isprintable()
    return token if fits and " " not in token else None


def _refuses_credentials(answer: HttpResponse, fields: Mapping[str, object]) -> bool:
    return answer.status == UNAUTHORIZED or fields.get("code") == _BAD_CREDENTIALS


def _end_of(fields: Fields, *, now: datetime) -> datetime:
    """`expires_in`, which no time zone can spoil, else `expirationDate`, else an hour."""
    said = fields.get("expires_in")
    try:
        seconds = whole_amount(said) if isinstance(said, str) else 0
    except AmountNotWhole:
        seconds = 0
    if seconds:
        return now + timedelta(seconds=min(seconds, _LIFE_SECONDS_MAX))
    moment = fields.get("expirationDate")
    if isinstance(moment, str) and _MOMENT.fullmatch(moment):
        try:
            end = datetime.strptime(moment, "%Y%m%d%H%M%S").replace(tzinfo=_GATEWAY_ZONE)
            return end.astimezone(UTC)
        except (ValueError, OverflowError):  # the 31st of February; the year 0
            pass
    return now + timedelta(seconds=_LIFE_SECONDS)
